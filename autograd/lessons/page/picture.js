// The picture: which numbers are known at a moment, what is marked, and the dot that travels.

const SVG = "http://www.w3.org/2000/svg";
const HEAD = 13; // points, the length of the head of the arrow at work

const GAP = 64; // points between boxes: the 0.9 inches of picture.py
const NEAR = 60; // points before the end of an arrow into a neuron, where what is added stands
const MARGIN = 5; // points, between a line and the border of its box

// Letters of a line as narrow as its room: of a number with an exponent, for which none is reserved.
function narrow(line, room) {
  line.removeAttribute("textLength");
  if (room <= 0 || line.getComputedTextLength() <= room) return; // in a frame not shown there is no room
  line.setAttribute("lengthAdjust", "spacingAndGlyphs");
  line.setAttribute("textLength", room);
}

class Picture {
  constructor(describe, toggled) {
    this.frame = document.getElementById("picture");
    this.svg = this.frame.querySelector("svg");
    this.describe = describe;
    this.svg.setAttribute("role", "group");
    this.svg.removeAttribute("aria-labelledby"); // which has the final numbers
    for (const words of this.svg.querySelectorAll(":scope > title, :scope > desc")) words.remove();
    this.view = new View(this.frame, this.svg);
    this.nodes = NODES.map(({ id }) => document.getElementById(id));
    this.letters = this.nodes.map((node) => parseFloat(node.querySelector("text").getAttribute("font-size")));
    for (const [place, node] of this.nodes.entries()) {
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", "img");
      node.querySelector("title")?.remove();
      for (const [enter, leave] of [["mouseenter", "mouseleave"], ["focus", "blur"]]) {
        node.addEventListener(enter, () => this.light(place));
        node.addEventListener(leave, () => this.light(null));
      }
      node.addEventListener("focus", () => this.view.reveal(this.boxes[place]));
    }
    const { e, f } = this.svg.querySelector(".graph").transform.baseVal.consolidate().matrix;
    this.offset = { x: e, y: f }; // which Graphviz draws everything with
    this.boxes = this.nodes.map((node) => this.boxOf(node));
    this.neurons = new Neurons(this, toggled);
    this.drawMap();
  }

  // The rectangle of something drawn, in points of the picture.
  boxOf(element) {
    const { x, y, width, height } = element.getBBox();
    return { x: x + this.offset.x, y: y + this.offset.y, width, height };
  }

  drawMap() {
    const seen = [...NODES.keys()].map((place) => this.neurons.rectangle(place));
    this.view.drawMap([...new Set(seen)].map((box) => [box, "box"]));
  }

  // What is known, and where the moment is: at a gate, with operands that change along steps.
  show(pass, known, marks) {
    for (const [place, node] of this.nodes.entries()) {
      const { constant, sign } = NODES[place];
      const data = known.data(place);
      if (constant && NODES[place].input) this.write(node, "data", "", data, false);
      const grad = constant ? null : known.gradient(place);
      if (!constant) {
        this.write(node, "data", say("data"), data, marks.value === place);
        this.write(node, "grad", sign, grad, marks.operands.includes(place));
      }
      node.setAttribute("aria-label", this.words(place, pass, known));
    }
    this.neurons.write(known, marks, (place) => this.words(place, pass, known));
    for (const box of [...this.nodes, ...this.neurons.boxes]) box.classList.remove("gate", "changes");
    for (const operand of marks.operands) this.neurons.seen(operand).classList.add("changes");
    if (marks.gate !== null) {
      const gate = this.neurons.seen(marks.gate);
      gate.classList.remove("changes");
      gate.classList.add("gate");
    }
    for (const edge of this.svg.querySelectorAll(".edge.flows")) edge.classList.remove("flows");
    for (const mark of this.svg.querySelectorAll(".head, .shaft, .dot, .sum")) mark.remove();
    cancelAnimationFrame(this.frameRequest);
    const flows = marks.steps.map((step) => [this.edgeOf(step), step]).filter(([edge]) => edge);
    for (const [edge, step] of flows) this.turn(edge, this.timesOf(step));
    this.travel(flows, marks.moving);
    this.attend(marks);
  }

  edgeOf({ gate, operand, position }) {
    return position === null ? null : this.neurons.arrow(gate, operand, position);
  }

  // A node in words.
  words(place, pass, known) {
    const { constant, text: name } = NODES[place];
    const said = (x) => (x === null ? say("not known yet") : number(x));
    const data = said(known.data(place));
    if (NODES[place].number) return say`constant ${data}`;
    if (constant) return say`${name}: data ${data}, given`;
    const uses = pass.arrivals[place].length;
    return say`${name}: data ${data}; gradient ${said(known.gradient(place))}; ${counted("{0} uses", uses)}`;
  }

  write(node, kind, label, x, changing) {
    const line = node.querySelector(`text.${kind}`);
    if (!line) return;
    line.textContent = `${label} ${x === null ? "?" : number(x)}`.trim();
    narrow(line, node.querySelector("path").getBBox().width - 2 * MARGIN);
    line.classList.toggle("unknown", x === null);
    line.classList.toggle("changing", changing);
  }

  // How much larger than in a neuron an arrow is drawn.
  timesOf({ gate, operand }) {
    return Math.min(this.neurons.lettersOf(gate), this.neurons.lettersOf(operand), 3 * LETTERS) / LETTERS;
  }

  // Draw an arrow at work the way that the gradient flows: from the gate to its operand.
  turn(edge, times) {
    edge.classList.add("flows");
    const path = edge.querySelector("path");
    const size = HEAD * times;
    const [tip, behind] = [path.getPointAtLength(0), path.getPointAtLength(size)];
    const long = Math.hypot(behind.x - tip.x, behind.y - tip.y) || 1;
    const [x, y] = [((behind.x - tip.x) / long) * size, ((behind.y - tip.y) / long) * size];
    const corners = [[0, 0], [x - y / 2, y + x / 2], [x + y / 2, y - x / 2]];
    const points = corners.map(([across, down]) => `${tip.x + across},${tip.y + down}`).join(" ");
    const end = path.getPointAtLength(path.getTotalLength());
    const away = (point) => Math.hypot(point.x - end.x, point.y - end.y);
    const gate = [...edge.querySelector("polygon").points].reduce((a, b) => (away(a) > away(b) ? a : b));
    const d = `M${end.x},${end.y}L${gate.x},${gate.y}`; // in place of the arrow's own head
    edge.append(drawn("polygon", { class: "head", points }), drawn("path", { class: "shaft", d }));
  }

  // Dots go along the edges, against their arrows, and the products land with their +=.
  travel(flows, moving) {
    const ways = flows.map(([edge, step]) => {
      const path = edge.querySelector("path");
      return { edge, step, path, length: path.getTotalLength(), times: this.timesOf(step) };
    });
    const land = () => ways.forEach((way) => this.label(way));
    if (!ways.length || !moving || STILL.matches) {
      land();
      return;
    }
    const dots = ways.map(({ edge, times }) => edge.parentNode.appendChild(drawn("circle", { class: "dot", r: 6 * times })));
    const start = performance.now();
    const move = (now) => {
      const share = Math.min(1, Math.max(0, now - start) / moving);
      for (const [turn, { path, length }] of ways.entries()) {
        const at = path.getPointAtLength(length * (1 - share));
        dots[turn].setAttribute("cx", at.x);
        dots[turn].setAttribute("cy", at.y);
      }
      if (share < 1) this.frameRequest = requestAnimationFrame(move);
      else {
        for (const dot of dots) dot.remove();
        land();
      }
    };
    move(start);
  }

  // What is added along an arrow: beside it if it is steep, else above it.
  label({ edge, step, path, length, times }) {
    const at = path.getPointAtLength(edge.classList.contains("enters") ? length - NEAR : length / 2);
    const [from, to] = [path.getPointAtLength(0), path.getPointAtLength(length)];
    const steep = !edge.classList.contains("enters") && Math.abs(to.y - from.y) > 2 * Math.abs(to.x - from.x);
    const label = drawn("text", { class: "sum", "text-anchor": steep ? "start" : "middle" }, `+= ${veiled ? "?" : number(step.contribution)}`);
    label.setAttribute("x", steep ? at.x + 10 * times : at.x);
    label.setAttribute("y", steep ? at.y + 4 * times : at.y - 8 * times);
    label.style.fontSize = `${LETTERS * times}px`;
    label.style.strokeWidth = `${4 * times}px`;
    edge.parentNode.append(label);
    narrow(label, GAP * times);
  }

  // Keep what is at work in sight, with its operands; at the beginning and the end, everything. In
  // an open neuron, keep to the neuron.
  attend({ gate, operands, moving }) {
    const at = gate ?? operands[0] ?? null;
    const number = at === null || this.neurons.around(at) !== null ? null : this.neurons.owner[at];
    const near = (place) => number === null || this.neurons.owner[place] === number;
    const around = at === null ? [] : operands.length ? [at, ...operands] : [at, ...this.inputsOf(at).filter(near)];
    const boxes = around.map((place) => this.neurons.rectangle(place));
    if (number !== null) boxes.push(this.neurons.places[number]);
    this.view.attend([...new Set(boxes)], at === null ? LETTERS : this.neurons.lettersOf(at), moving !== null);
  }

  // What a gate, or the neuron that it stands for, takes.
  inputsOf(place) {
    const number = this.neurons.around(place);
    if (number === null) return NODES[place].operands;
    return this.neurons.all[number].terms.filter((term) => term.length > 1).map((term) => term[2]);
  }

  // Light up a node's paths to the result, and say what it is; with null, put them out.
  light(place) {
    for (const lit of this.svg.querySelectorAll(".lit")) lit.classList.remove("lit");
    this.describe(place);
    if (place === null) return;
    const paths = dependents(LESSON, place);
    for (const each of paths) this.neurons.seen(each).classList.add("lit");
    for (const step of LESSON.steps) {
      if (paths.has(step.gate) && paths.has(step.operand)) this.edgeOf(step)?.classList.add("lit");
    }
  }
}
