// The points, and what the network (or one neuron of it) says at every place around them.

const LESSON_ROOT = document.documentElement;
const CELLS = 48; // places along each side, or four times as many along a curve
const ROOM = 0.12; // of the points' extent, that is shown around them
const RADIUS = 5; // pixels, of a point

// Colours of the page, as [red, green, blue].
class Palette {
  constructor() {
    const style = getComputedStyle(LESSON_ROOT);
    this.of = (name) => style.getPropertyValue(`--${name}`).trim();
    for (const name of ["paper", "ink", "soft", "line", "mark", "lit", "high", "low", "grad", "data"]) this[name] = this.of(name);
    this.classes = [this.low, this.high, this.data, this.grad, this.lit, this.soft];
    this.rgb = Object.fromEntries(["paper", "high", "low"].map((name) => [name, rgbOf(this[name])]));
    this.classRgb = this.classes.map(rgbOf);
  }

  // Pale where share is near 0, and at most so strong that points can be told apart on it.
  shade(pixels, at, colour, share) {
    const strength = Math.min(1, share) * 0.62;
    for (let k = 0; k < 3; k++) pixels[at + k] = this.rgb.paper[k] + (colour[k] - this.rgb.paper[k]) * strength;
    pixels[at + 3] = 255;
  }
}

const rgbOf = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

// A canvas that is as sharp as the screen; `paint` is called with its width and height in pixels.
function prepared(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas.parentNode;
  const ratio = Math.min(2, devicePixelRatio);
  const [across, down] = [width, height].map((length) => Math.max(1, Math.round(length * ratio))); // 0 before it is shown
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, width, height };
}

// What every neuron gives on a grid of places, or along a line of them.
class Grid {
  constructor(run) {
    const { network, data } = run;
    this.run = run;
    this.flat = data.inputs === 1;
    this.columns = this.flat ? 4 * CELLS : CELLS;
    this.count = this.flat ? this.columns : CELLS * CELLS;
    const all = [...data.x, ...data.validX];
    const along = (axis) => all.filter((_, k) => k % data.inputs === axis);
    this.x = spread(along(0));
    this.y = spread(this.flat ? [...data.y, ...data.validY] : along(1));
    this.rows = new Float64Array(this.count * data.inputs);
    for (let k = 0; k < this.count; k++) {
      const place = (axis, at) => axis.low + ((at + 0.5) / this.columns) * (axis.high - axis.low);
      this.rows[k * data.inputs] = place(this.x, k % this.columns);
      if (!this.flat) this.rows[2 * k + 1] = place(this.y, this.columns - 1 - Math.floor(k / this.columns));
    }
    this.outs = Array.from({ length: network.neurons }, () => new Float32Array(this.count));
    this.sums = Array.from({ length: network.neurons }, () => new Float32Array(this.count));
  }

  compute() {
    const { network, parameters } = this.run;
    const { neurons, inputs, out, sums } = network;
    for (let k = 0; k < this.count; k++) {
      network.forward(parameters, this.rows, k * inputs);
      for (let j = 0; j < neurons; j++) {
        this.outs[j][k] = out[j];
        this.sums[j][k] = sums[j];
      }
    }
  }
}

// The lowest and the highest of some numbers, with room around them.
function spread(numbers) {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const room = ROOM * (high - low) || 1;
  return { low: low - room, high: high + room };
}

class Plane {
  // added: is called with a place where the reader puts a point; without it the picture is one to see.
  constructor(frame, added = null) {
    this.frame = frame;
    this.canvas = this.frame.querySelector("canvas");
    this.front = document.createElement("canvas"); // points and axes, which seldom change
    this.small = document.createElement("canvas");
    this.small.width = this.small.height = CELLS;
    this.cross = null; // which the keys move
    if (!added) return;
    this.frame.addEventListener("click", (event) => {
      const box = this.canvas.getBoundingClientRect();
      const place = this.placeAt(event.clientX - box.left, event.clientY - box.top);
      if (place) added(place, event.shiftKey);
    });
    this.frame.addEventListener("keydown", (event) => this.pressed(event, added));
    this.frame.addEventListener("blur", () => {
      this.cross = null;
      this.redraw?.();
    });
  }

  pressed(event, added) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && this.cross) added(this.cross, event.shiftKey);
    else if (event.key in moves) {
      const { x, y } = this.grid;
      const [across, up] = moves[event.key];
      const [a, b] = this.cross ?? [(x.low + x.high) / 2, (y.low + y.high) / 2];
      const within = (at, { low, high }, by) => Math.max(low, Math.min(high, at + (by * (high - low)) / 40));
      this.cross = [within(a, x, across), within(b, y, up)];
      byId("live").textContent = say`the cross is at ${number(this.cross[0])}, ${number(this.cross[1])}`;
      this.redraw();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Where the picture is in the frame: square for a plane, with room for names at two sides.
  box() {
    const [width, height] = [this.width, this.height];
    const [left, bottom, edge] = [this.letters * 2.1, this.letters * 1.9, 6];
    if (this.grid.flat) return { left, top: edge, width: width - left - edge, height: height - bottom - edge };
    const side = Math.min(width - left - edge, height - bottom - edge);
    return { left: left + (width - left - edge - side) / 2, top: edge + (height - bottom - edge - side) / 2, width: side, height: side };
  }

  // Whether there is room for numbers beside the names of axes, and for large points.
  isWide() {
    const { width, height } = this.box();
    return Math.min(width, height) > 8 * this.letters;
  }

  at(x, y) {
    const { left, top, width, height } = this.box();
    const share = (value, { low, high }) => (value - low) / (high - low);
    return [left + width * share(x, this.grid.x), top + height * (1 - share(y, this.grid.y))];
  }

  placeAt(across, down) {
    const { left, top, width, height } = this.box();
    const [a, b] = [(across - left) / width, 1 - (down - top) / height];
    if (a < 0 || a > 1 || b < 0 || b > 1) return null;
    const { x, y } = this.grid;
    return [x.low + a * (x.high - x.low), y.low + b * (y.high - y.low)];
  }

  // unit: a neuron to show in place of the output, or null.
  draw(run, grid, palette, unit, batch) {
    Object.assign(this, { grid, palette });
    const { context, width, height } = prepared(this.canvas);
    Object.assign(this, { context, width, height });
    this.letters = parseFloat(getComputedStyle(this.frame).fontSize) * 0.85;
    context.clearRect(0, 0, width, height);
    if (grid.flat) this.drawCurve(run, unit);
    else this.drawShades(run, unit);
    this.drawFront(run, batch);
    if (this.cross) {
      const [x, y] = this.at(...this.cross);
      context.strokeStyle = palette.ink;
      context.lineWidth = 2;
      stroke(context, [[x - 10, y], [x + 10, y]]);
      stroke(context, [[x, y - 10], [x, y + 10]]);
    }
  }

  // The axes and the points, from a picture that is made anew where something of it has changed.
  drawFront(run, batch) {
    const { canvas, front, context, palette, grid, letters } = this;
    const shown = [run.data, palette, grid.x, grid.y, letters, canvas.width, canvas.height, String(batch && [...batch])];
    if (shown.some((each, k) => each !== this.shown?.[k])) {
      this.shown = shown;
      Object.assign(front, { width: canvas.width, height: canvas.height });
      this.context = front.getContext("2d");
      this.context.setTransform(context.getTransform());
      this.drawAxes(run);
      this.drawPoints(run, batch);
      this.context = context;
    }
    context.drawImage(front, 0, 0, this.width, this.height);
  }

  drawShades(run, unit) {
    const { grid, context, palette } = this;
    const { left, top, width, height } = this.box();
    const image = new ImageData(CELLS, CELLS);
    const { neurons, outputs } = run.network;
    const last = neurons - outputs;
    if (unit === null && run.data.kind === "classes") shadeClasses(image.data, grid, palette, last, outputs);
    else if (unit === null) shadeScores(image.data, grid, palette, run.data, last);
    else shadeNeuron(image.data, grid.outs[unit], palette, 1);
    this.small.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(this.small, left, top, width, height);
    context.strokeStyle = palette.ink;
    context.lineWidth = 2.5;
    const lines =
      unit !== null
        ? [contour(grid.sums[unit], 0)]
        : run.data.kind === "sides"
          ? [contour(grid.outs[last], threshold(run.data))]
          : run.data.kind === "classes"
            ? Array.from({ length: outputs }, (_, k) => contour(margins(grid, last, outputs, k), 0))
            : [];
    const pixel = ([a, b]) => [left + ((a + 0.5) / CELLS) * width, top + ((b + 0.5) / CELLS) * height];
    context.beginPath();
    for (const pieces of lines) {
      for (const [from, to] of pieces) {
        context.moveTo(...pixel(from));
        context.lineTo(...pixel(to));
      }
    }
    context.stroke();
  }

  drawCurve(run, unit) {
    const { grid, context, palette } = this;
    const { left, top, width, height } = this.box();
    const last = run.network.neurons - 1;
    const path = (values, put) => stroke(context, [...values].map((value, k) => [left + ((k + 0.5) / grid.count) * width, put(value)]));
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.lineWidth = 4;
    context.strokeStyle = palette.high;
    if (unit === null) path(grid.outs[last], (value) => this.at(0, value)[1]);
    else {
      const values = grid.outs[unit];
      const largest = Math.max(1e-9, ...values.map(Math.abs));
      const middle = top + height / 2;
      context.lineWidth = 1;
      context.strokeStyle = palette.line;
      stroke(context, [[left, middle], [left + width, middle]]);
      context.lineWidth = 4;
      context.strokeStyle = palette.low;
      path(values, (value) => middle - (value / largest) * height * 0.45);
    }
    context.restore();
  }

  drawAxes(run) {
    const { context, palette, grid, letters } = this;
    const { left, top, width, height } = this.box();
    context.strokeStyle = palette.line;
    context.lineWidth = 1;
    context.strokeRect(left, top, width, height);
    context.fillStyle = palette.soft;
    context.font = `${letters}px system-ui, sans-serif`;
    const [below, beside] = [top + height + letters * 1.25, left - letters * 0.7];
    const write = (text, x, y, align) => {
      context.textAlign = align;
      context.fillText(text, x, y);
    };
    const isWide = this.isWide();
    if (isWide) write(number2(grid.x.low), left, below, "left");
    if (isWide) write(number2(grid.x.high), left + width, below, "right");
    write(run.data.names[0], left + width / 2, below, "center");
    context.save();
    context.translate(beside, top + height / 2);
    context.rotate(-Math.PI / 2);
    write(run.data.names[1], 0, 0, "center");
    if (isWide) write(number2(grid.y.low), -height / 2, 0, "left");
    if (isWide) write(number2(grid.y.high), height / 2, 0, "right");
    context.restore();
  }

  drawPoints(run, batch) {
    const { data } = run;
    const count = data.y.length + data.validY.length;
    const radius = RADIUS * Math.max(1, this.letters / 16) * (count > 400 ? 0.7 : count < 20 && this.isWide() ? 1.5 : 1);
    for (let k = 0; k < data.y.length; k++) this.drawPoint(data, data.x, data.y, k, radius, false, batch?.has(k));
    for (let k = 0; k < data.validY.length; k++) this.drawPoint(data, data.validX, data.validY, k, radius, true, false);
  }

  // Mark one point: the one that is explained.
  mark({ data }, k) {
    const { context, palette } = this;
    const [x, y] = data.inputs === 1 ? this.at(data.x[k], data.y[k]) : this.at(data.x[2 * k], data.x[2 * k + 1]);
    for (const [colour, thick] of [[palette.paper, 8], [palette.lit, 4]]) {
      context.beginPath();
      context.arc(x, y, 15, 0, 2 * Math.PI);
      context.strokeStyle = colour;
      context.lineWidth = thick;
      context.stroke();
    }
  }

  // Full, or hollow if held out; round or pointed by its class; ringed if it is in the next batch.
  drawPoint(data, x, y, k, radius, hollow, ringed) {
    const { context, palette } = this;
    const flat = data.inputs === 1;
    const [across, down] = flat ? this.at(x[k], y[k]) : this.at(x[2 * k], x[2 * k + 1]);
    const turn = data.labels.indexOf(y[k]);
    const strong = data.kind === "surface" ? (y[k] < 0 ? palette.low : palette.high) : flat ? palette.ink : palette.classes[turn % palette.classes.length];
    context.beginPath();
    shape(context, flat ? 0 : Math.max(0, turn), across, down, radius);
    context.fillStyle = hollow ? palette.paper : strong;
    context.fill();
    context.lineWidth = hollow ? 2 : 1.5;
    context.strokeStyle = hollow ? strong : palette.paper;
    context.stroke();
    if (!ringed) return;
    context.beginPath();
    context.arc(across, down, radius + 3, 0, 2 * Math.PI);
    context.lineWidth = 1.75;
    context.strokeStyle = palette.mark;
    context.stroke();
  }
}

const number2 = (x) => numberText(Math.round(x * 100) / 100, 3);

function stroke(context, points) {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}

// A circle, a triangle, a square, or a square on its corner, in turn.
function shape(context, turn, x, y, radius) {
  if (turn % 4 === 0) context.arc(x, y, radius, 0, 2 * Math.PI);
  else {
    const corners = turn % 4 === 1 ? 3 : 4;
    const begin = turn % 4 === 2 ? Math.PI / 4 : -Math.PI / 2;
    for (let k = 0; k < corners; k++) {
      const angle = begin + (2 * Math.PI * k) / corners;
      context.lineTo(x + 1.25 * radius * Math.cos(angle), y + 1.25 * radius * Math.sin(angle));
    }
    context.closePath();
  }
}
