// The network: neurons with what each gives, lines as thick as their weights, and on every line a
// dot, as large as its gradient, that goes back along it while the run plays.

const THUMB = 24; // cells along a side of a neuron's picture
const THICKEST = 7; // pixels, of a line
const LARGEST_DOT = 5.5;
const NEAR = 7; // pixels from a line, at which it is pointed at

class Diagram {
  // told: is called with what is pointed at or has the focus: {unit}, {input}, {weight} or null.
  constructor(told, pinned) {
    this.frame = document.getElementById("network");
    this.canvas = this.frame.querySelector("canvas");
    this.told = told;
    this.thumb = document.createElement("canvas");
    this.thumb.width = this.thumb.height = THUMB;
    this.back = document.createElement("canvas"); // the lines
    this.frame.addEventListener("pointermove", (event) => {
      if (event.target === this.canvas) this.told(this.weightAt(event), false);
    });
    this.frame.addEventListener("pointerleave", () => this.told(null, false));
    this.frame.addEventListener("click", (event) => {
      if (event.target === this.canvas) pinned(this.weightAt(event));
    });
    this.pinned = pinned;
  }

  // Lay the neurons of a run out: a button for each, over the canvas.
  lay(run) {
    this.run = run;
    const { network, data } = run;
    this.valley = descentOf(run);
    for (const old of this.frame.querySelectorAll("button, span")) old.remove();
    this.units = [];
    const button = (name, what) => {
      const made = document.createElement("button");
      made.type = "button";
      made.setAttribute("aria-label", name);
      for (const event of ["pointerenter", "focus"]) made.addEventListener(event, () => this.told(what, event === "focus"));
      made.addEventListener("blur", () => this.told(null, true));
      made.addEventListener("click", () => this.pinned(what));
      if (what.unit !== undefined) made.addEventListener("keydown", (event) => this.walk(event, what));
      this.frame.append(made);
      return made;
    };
    for (let input = 0; input < network.inputs; input++) {
      const label = say`input ${data.names[input]}`;
      this.units.push({ column: 0, turn: input, of: network.inputs, button: button(label, { input }) });
    }
    for (const [layer, { width, neuron }] of network.layers.entries()) {
      for (let turn = 0; turn < width; turn++) {
        const unit = neuron + turn;
        this.units.push({ column: layer + 1, turn, of: width, unit, button: button(nameOf(run, unit), { unit }) });
      }
    }
    this.heads = network.widths.map((width, column) => {
      const made = document.createElement("span");
      made.words = column === 0 ? say("inputs") : column === network.layers.length ? say("output") : say`layer ${column}`;
      this.frame.append(made);
      return made;
    });
    this.place();
  }

  // Where everything stands in the room there is.
  place() {
    const { clientWidth: width, clientHeight: all } = this.frame;
    const height = this.valley ? all * (1 - VALLEY_SHARE) : all;
    const { widths } = this.run.network;
    const letters = parseFloat(getComputedStyle(this.frame).fontSize);
    const [top, edge] = [letters * 2, 8];
    const most = Math.max(...widths);
    const room = (count) => Math.max(8, Math.min((width / widths.length) * 0.5, ((height - top - edge) / count) * 0.84, letters * 3.4));
    const sizes = widths.map((count, column) => (column === 0 || column === widths.length - 1 ? room(Math.max(count, most / 2)) : room(most)));
    const widest = Math.max(...sizes);
    const across = (column) => edge + widest / 2 + ((width - 2 * edge - widest) * column) / (widths.length - 1);
    for (const unit of this.units) {
      unit.x = across(unit.column);
      unit.y = top + ((height - top - edge) * (unit.turn + 0.5)) / unit.of;
      unit.size = sizes[unit.column];
      const half = unit.size / 2;
      Object.assign(unit.button.style, { left: `${unit.x - half}px`, top: `${unit.y - half}px`, width: `${2 * half}px`, height: `${2 * half}px` });
    }
    this.placeHeads(across, width, letters);
    this.drawnFor = null;
    this.thickest = Math.max(2.5, Math.min(THICKEST, sizes[1] * 0.2));
    this.lines = [];
    for (const [layer, { first, neuron, width: count, fanIn }] of this.run.network.layers.entries()) {
      for (let turn = 0; turn < count; turn++) {
        for (let input = 0; input < fanIn; input++) {
          const from = this.units[layer ? this.run.network.inputs + this.run.network.layers[layer - 1].neuron + input : input];
          const to = this.units[this.run.network.inputs + neuron + turn];
          const weight = first + turn * (fanIn + 1) + input;
          this.lines.push({ weight, x0: from.x + from.size / 2, y0: from.y, x1: to.x - to.size / 2, y1: to.y });
        }
      }
    }
  }

  // The names of the layers; where there is no room for these, their numbers.
  placeHeads(across, width, letters) {
    const { heads } = this;
    const put = () => {
      const halves = heads.map((head) => head.offsetWidth / 2 + 4);
      const middles = heads.map((_, column) => Math.max(halves[column], Math.min(width - halves[column], across(column))));
      for (const [column, head] of heads.entries()) Object.assign(head.style, { left: `${middles[column]}px`, top: `${letters}px` });
      return middles.every((middle, k) => k === 0 || middle - middles[k - 1] >= halves[k] + halves[k - 1] - 4);
    };
    for (const head of heads) head.textContent = head.words;
    if (put()) return;
    const hidden = heads.slice(1, -1);
    for (const [column, head] of hidden.entries()) head.textContent = String(column + 1);
    if (put() || !hidden.length) return;
    for (const head of [hidden[0], hidden.at(-1)]) head.textContent = ""; // on a phone
    put();
  }

  weightAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [best, least] = [null, NEAR];
    for (const { weight, x0, y0, x1, y1 } of this.lines) {
      const share = (x - x0) / (x1 - x0);
      if (share < 0 || share > 1) continue;
      const slope = (y1 - y0) / (x1 - x0);
      const away = Math.abs(y - y0 - slope * (x - x0)) / Math.hypot(1, slope);
      if (away < least) [best, least] = [{ weight }, away];
    }
    return best;
  }

  // From one weight of a neuron to the next, by the keys.
  walk(event, { unit }) {
    const { network } = this.run;
    const layer = network.layers.findLastIndex(({ neuron }) => neuron <= unit);
    const { neuron, fanIn } = network.layers[layer];
    const first = network.placeOf(layer, unit - neuron);
    const turn = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") this.pinned(null);
    else if (event.key === "Enter" && this.walked?.unit === unit) this.pinned({ weight: first + this.walked.input });
    else if (turn) {
      const last = this.walked?.unit === unit ? this.walked.input : turn > 0 ? -1 : fanIn + 1;
      this.walked = { unit, input: (last + turn + fanIn + 1) % (fanIn + 1) };
      this.told({ weight: first + this.walked.input }, true);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The lines, in a picture of their own, as there are many.
  drawLines(like, palette) {
    Object.assign(this.back, { width: this.canvas.width, height: this.canvas.height });
    const context = this.back.getContext("2d");
    context.setTransform(like.getTransform());
    const { parameters } = this.run;
    const heaviest = this.lines.reduce((most, { weight }) => Math.max(most, Math.abs(parameters[weight])), 1);
    for (const negative of [true, false]) {
      context.strokeStyle = negative ? palette.low : palette.high;
      context.setLineDash(negative ? [7, 4] : []);
      for (const { weight, x0, y0, x1, y1 } of this.lines) {
        const number = parameters[weight];
        if (number < 0 !== negative) continue;
        context.globalAlpha = 0.25 + 0.65 * Math.min(1, Math.abs(number) / heaviest);
        context.lineWidth = 0.5 + (this.thickest - 0.5) * (Math.abs(number) / heaviest);
        context.beginPath();
        context.moveTo(x0, y0);
        context.lineTo(x1, y1);
        context.stroke();
      }
    }
  }

  // chosen: what is pointed at. phase: how far the dots have come, from 0 to 1. anew: whether the
  // lines are drawn, and not only the dots on them.
  draw(grid, palette, chosen, phase, anew = true) {
    const { gradient } = this.run;
    const { context, width, height } = prepared(this.canvas);
    context.clearRect(0, 0, width, height);
    if (anew || this.drawnFor !== palette) this.drawLines(context, palette);
    this.drawnFor = palette;
    context.drawImage(this.back, 0, 0, width, height);
    const steepest = this.lines.reduce((most, { weight }) => Math.max(most, Math.abs(gradient[weight])), 1e-12);
    const share = STILL.matches ? 0.5 : phase;
    context.fillStyle = palette.mark;
    for (const { weight, x0, y0, x1, y1 } of this.lines) {
      const radius = LARGEST_DOT * Math.sqrt(Math.abs(gradient[weight]) / steepest);
      if (radius < 1) continue;
      context.beginPath();
      context.arc(x1 + (x0 - x1) * share, y1 + (y0 - y1) * share, radius, 0, 2 * Math.PI);
      context.fill();
    }
    this.drawUnits(context, grid, palette, chosen);
    const letters = parseFloat(getComputedStyle(this.frame).fontSize);
    this.valley?.draw(context, palette, { width, top: height * (1 - VALLEY_SHARE), height: height * VALLEY_SHARE, letters });
    const line = chosen?.weight === undefined ? null : this.lines.find(({ weight }) => weight === chosen.weight);
    if (!line) return;
    context.strokeStyle = palette.lit;
    for (const away of [-1, 1]) {
      const by = away * (2 + this.thickest / 2);
      context.lineWidth = 2;
      stroke(context, [[line.x0, line.y0 + by], [line.x1, line.y1 + by]]);
    }
  }

  drawUnits(context, grid, palette, chosen) {
    for (const { unit, column, turn, x, y, size } of this.units) {
      const [left, top] = [x - size / 2, y - size / 2];
      context.fillStyle = palette.paper;
      context.fillRect(left, top, size, size);
      if (unit === undefined) {
        context.fillStyle = palette.ink;
        context.font = `600 ${Math.min(size * 0.62, 22)}px system-ui, sans-serif`;
        context.textAlign = "center";
        context.textBaseline = "middle";
        const name = this.run.data.names[turn];
        context.fillText(name.length > 3 ? String(turn + 1) : name, x, y);
        context.textBaseline = "alphabetic";
      } else if (grid.flat) {
        const values = grid.outs[unit];
        let largest = 1e-9;
        for (const value of values) largest = Math.max(largest, Math.abs(value));
        context.strokeStyle = palette.high;
        context.lineWidth = 2;
        const points = [];
        for (let k = 0; k < grid.count; k += 4) {
          points.push([left + (k / grid.count) * size, y - (values[k] / largest) * size * 0.42]);
        }
        stroke(context, points);
      } else {
        const image = new ImageData(THUMB, THUMB);
        shadeNeuron(image.data, grid.outs[unit], palette, CELLS / THUMB);
        this.thumb.getContext("2d").putImageData(image, 0, 0);
        context.drawImage(this.thumb, left, top, size, size);
      }
      const isChosen = unit === undefined ? chosen?.input === turn && column === 0 : chosen?.unit === unit;
      context.strokeStyle = isChosen ? palette.lit : palette.soft;
      context.lineWidth = isChosen ? 4 : 1.5;
      context.strokeRect(left, top, size, size);
    }
  }
}

// What a neuron is called.
function nameOf({ network, data }, unit) {
  const layer = network.layers.findLastIndex(({ neuron }) => neuron <= unit);
  const turn = unit - network.layers[layer].neuron;
  if (layer < network.layers.length - 1) return say`neuron ${turn + 1} of layer ${layer + 1}`;
  return network.outputs === 1 ? say("the output") : say`the score of ${className(data, turn)}`;
}
