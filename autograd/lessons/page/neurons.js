// Neurons: each is one box until the reader opens it, and its place is that of its frame.
//
// What is drawn for a node is then the box of its neuron, and an arrow ends at that box.

const CORNER = 14; // points, of a box's rounding
const LINES = 4; // of text in a box: the module, what it computes, its value and its gradient
const LEADING = 1.36; // height of a line, by its letters
const WIDTH = 0.57; // of a letter, by its height
const SMALL = 25; // points, of the button on an open neuron's frame
const ABOVE = 12; // points above a gate, where an arrow comes from outside of its neuron

const drawn = (name, attributes = {}, words = "") => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (words) element.textContent = words;
  return element;
};

class Neurons {
  // toggled: is called with the number of a neuron that the reader opens or closes.
  constructor(picture, toggled) {
    this.picture = picture;
    this.toggled = toggled;
    this.all = LESSON.neurons;
    this.closed = new Set(this.all.keys());
    this.owner = NODES.map(() => null); // the number of the neuron that a node is in
    for (const [number, { gates, leaves }] of this.all.entries()) {
      for (const place of [...gates, ...leaves]) this.owner[place] = number;
    }
    const graph = picture.svg.querySelector(".graph");
    const frames = [...picture.svg.querySelectorAll(".cluster")].map((frame) => [frame, frame.querySelector("path").getBBox()]);
    const area = ([, { width, height }]) => width * height;
    this.frames = this.all.map(({ output }) => {
      const { x, y } = picture.nodes[output].getBBox();
      const around = frames.filter(([, box]) => box.x < x && x < box.x + box.width && box.y < y && y < box.y + box.height);
      return around.sort((a, b) => area(a) - area(b))[0];
    });
    const lengths = this.all.map((neuron) => Math.max(...this.lines(neuron, "-0.8888").map((line) => line.length)));
    const fitting = this.frames.map(([, box], number) => Math.min(box.height / (LINES * LEADING), (box.width - 40) / (WIDTH * lengths[number])));
    this.letters = Math.floor(Math.min(...fitting)); // the same in all boxes
    this.arrows = drawn("g");
    graph.append(this.arrows);
    this.boxes = this.all.map((neuron, number) => graph.appendChild(this.draw(neuron, number)));
    this.places = this.boxes.map((box) => picture.boxOf(box.querySelector("path")));
    this.arrange();
  }

  lines({ name, formula, output }, x) {
    return [name, `${NODES[output].text} = ${formula}`, `${say("data")} ${x}`, `${NODES[output].sign} ${x}`];
  }

  // A neuron's box, which is drawn over its frame, with a button in its corner.
  draw(neuron, number) {
    const box = drawn("g", { class: "node result neuron", tabindex: "0", role: "button" });
    const { x, y, width, height } = this.frames[number][1];
    const [right, bottom, r] = [x + width, y + height, CORNER];
    const outline =
      `M${x + r},${y}H${right - r}Q${right},${y} ${right},${y + r}V${bottom - r}Q${right},${bottom} ${right - r},${bottom}` +
      `H${x + r}Q${x},${bottom} ${x},${bottom - r}V${y + r}Q${x},${y} ${x + r},${y}Z`;
    box.append(drawn("path", { d: outline, fill: "#ffffff", stroke: "#333333", "stroke-width": 2.5 }));
    const gap = height / LINES;
    for (const [turn, words] of this.lines(neuron, "?").entries()) {
      const at = { x: x + width / 2, y: y + gap * (turn + 0.5) + this.letters * 0.36, "text-anchor": "middle" };
      const kind = ["name", "label", "data", "grad"][turn];
      box.append(drawn("text", { ...at, class: kind, "font-size": this.letters, "font-family": "Helvetica,Arial,sans-serif" }, words));
      if (turn > 1) box.append(drawn("polyline", { points: `${x},${y + gap * turn} ${right},${y + gap * turn}`, stroke: "#333333", "stroke-width": 2.5 }));
    }
    box.append(drawn("g", { class: "sign", "aria-hidden": "true" }));
    box.addEventListener("click", (event) => {
      if (this.picture.view.dragging) return;
      if (this.closed.has(number) || event.target.closest(".sign")) this.toggled(number);
    });
    for (const [enter, leave] of [["mouseenter", "mouseleave"], ["focus", "blur"]]) {
      box.addEventListener(enter, () => this.picture.light(neuron.output));
      box.addEventListener(leave, () => this.picture.light(null));
    }
    box.addEventListener("focus", () => this.picture.view.reveal(this.places[number]));
    return box;
  }

  // The button in the corner: beside the title of the frame once that is seen.
  sign(number, closed) {
    const { x, y, width } = this.frames[number][1];
    const side = closed ? Math.min(this.letters, 44) : SMALL;
    const [left, top] = [x + width - side - side / 6, y + side / 6];
    return [
      drawn("rect", { x: left, y: top, width: side, height: side, rx: side / 5 }),
      drawn("text", { x: left + side / 2, y: top + side * 0.8, "text-anchor": "middle", "font-size": side }, closed ? "+" : "−"),
    ];
  }

  // The number of the closed neuron that a node is in, or null.
  around(place) {
    const number = this.owner[place];
    return number !== null && this.closed.has(number) ? number : null;
  }

  // What is seen of a node: its own box, or that of its neuron.
  seen(place) {
    const number = this.around(place);
    return number === null ? this.picture.nodes[place] : this.boxes[number];
  }

  rectangle(place) {
    const number = this.around(place);
    return number === null ? this.picture.boxes[place] : this.places[number];
  }

  lettersOf(place) {
    return this.around(place) === null ? this.picture.letters[place] : this.letters;
  }

  // The arrow from an operand to a gate, or null inside of a closed neuron.
  arrow(gate, operand, position) {
    return this.drawnArrows.get(arrowId(gate, operand, position)) ?? null;
  }

  // Show the boxes of what is closed, the nodes of what is open, and the arrows between them.
  arrange() {
    for (const [place, node] of this.picture.nodes.entries()) node.classList.toggle("inside", this.around(place) !== null);
    for (const [number, box] of this.boxes.entries()) {
      const closed = this.closed.has(number);
      box.classList.toggle("opened", !closed);
      box.setAttribute("aria-expanded", String(!closed));
      box.querySelector(".sign").replaceChildren(...this.sign(number, closed));
      this.frames[number][0].classList.toggle("inside", closed);
    }
    this.drawnArrows = new Map();
    this.arrows.replaceChildren();
    for (const [gate, { operands }] of NODES.entries()) {
      for (const [position, operand] of operands.entries()) this.join(gate, operand, position);
    }
  }

  join(gate, operand, position) {
    const own = document.getElementById(`${this.picture.svg.id}-${arrowId(gate, operand, position)}`);
    const [tail, head] = [this.around(operand), this.around(gate)];
    const enters = this.owner[gate] !== null && this.owner[gate] !== this.owner[operand];
    const apart = tail !== null || head !== null || enters;
    own?.classList.toggle("inside", apart);
    if (!apart) this.drawnArrows.set(arrowId(gate, operand, position), own);
    else if (head === null || tail !== head) {
      const arrow = this.curve(gate, operand, head === null && enters);
      arrow.id = `${this.picture.svg.id}to-${arrowId(gate, operand, position)}`;
      this.arrows.append(arrow);
      this.drawnArrows.set(arrowId(gate, operand, position), arrow);
    }
  }

  // An arrow from the right of what is seen of an operand to the left of what is seen of a gate; or,
  // where it enters an open neuron, from above: to the left stands the weight.
  curve(gate, operand, enters) {
    const [from, to] = [this.rectangle(operand), this.rectangle(gate)];
    const { x: left, y: top } = this.picture.offset;
    const [x0, y0] = [from.x + from.width - left, from.y + from.height / 2 - top];
    const head = Math.min(this.lettersOf(operand), this.lettersOf(gate)) / 2;
    const share = this.around(gate) === null ? 0.5 : this.entry(gate, operand);
    const end = enters ? { x: to.x - left + 16, y: to.y - top } : { x: to.x - left, y: to.y + to.height * share - top };
    const [tip, down] = [end.x - (enters ? 0 : head), end.y - (enters ? head : 0)];
    const [x1, y1] = enters ? [this.frames[this.owner[gate]][1].x, end.y - ABOVE] : [tip, end.y];
    const bend = Math.max(40, (x1 - x0) * 0.45);
    const last = enters ? `H${tip - 9}Q${tip},${y1} ${tip},${down}` : "";
    const d = `M${x0},${y0}C${x0 + bend},${y0} ${x1 - bend},${y1} ${x1},${y1}${last}`;
    const wing = head / 2.6;
    const base = enters ? [`${tip - wing},${down}`, `${tip + wing},${down}`] : [`${tip},${down - wing}`, `${tip},${down + wing}`];
    const arrow = drawn("g", { class: enters ? "edge enters" : "edge" });
    arrow.append(drawn("path", { d, fill: "none", stroke: "#666666", "stroke-width": Math.max(1, head / 8) }));
    arrow.append(drawn("polygon", { points: [`${end.x},${end.y}`, ...base].join(" "), fill: "#666666", stroke: "#666666" }));
    return arrow;
  }

  // How far down the left side of a box an arrow ends: in the order of the inputs.
  entry(gate, operand) {
    const { terms } = this.all[this.owner[gate]];
    const inputs = terms.filter((term) => term.length > 1).map((term) => term[2]);
    return (inputs.indexOf(operand) + 1) / (inputs.length + 1);
  }

  // Write the numbers of the boxes that are closed; `words` says what one is, to who cannot see it.
  write(known, marks, words) {
    for (const [number, { name, output }] of this.all.entries()) {
      const box = this.boxes[number];
      const closed = this.closed.has(number);
      const marked = closed ? marks : { value: null, operands: [] };
      this.picture.write(box, "data", say("data"), known.data(output), marked.value === output);
      this.picture.write(box, "grad", NODES[output].sign, known.gradient(output), marked.operands.includes(output));
      box.setAttribute("aria-label", closed ? say`neuron ${name}: ${words(output)}` : say`neuron ${name}`);
    }
  }
}

const arrowId = (gate, operand, position) => `v${operand}-v${gate}#${position}`;

// ---- the moments --------------------------------------------------------------------------------

// One moment for each gate, or closed neuron, going forward; then, going back, one for the seed and
// one for each step, or for all steps of a closed neuron. Gives the moments, {gates, steps, neuron},
// and the order in which the steps are made, by their places in the lesson.
//
// A neuron is done once all that its value goes into is done, and the gates of one neuron follow each
// other: so the order is the same whatever is open. It is not that of backward(), which takes turns
// among neurons; the contributions to a gradient still come in the same order, except where an input
// of a neuron skips it too.
function planned(neurons) {
  const end = (gate) => neurons.all[neurons.owner[gate]]?.output ?? gate;
  const units = [];
  for (const gate of [...GATES].sort((a, b) => end(a) - end(b) || a - b)) {
    const neuron = neurons.around(gate);
    if (neuron === null) units.push({ gate, gates: [gate], neuron });
    else if (gate === neurons.all[neuron].output) units.push({ gate, gates: neurons.all[neuron].gates, neuron });
  }
  const stepsOf = NODES.map(() => []);
  for (const [index, { gate, position }] of LESSON.steps.entries()) if (position !== null) stepsOf[gate].push(index);
  const moments = units.map((unit) => ({ ...unit, steps: [] }));
  const order = [0];
  moments.push({ gate: LESSON.root, gates: [], neuron: null, steps: [0] });
  for (const { gate, gates, neuron } of [...units].reverse()) {
    const steps = [...gates].reverse().flatMap((each) => stepsOf[each]);
    const shown = steps.map((_, turn) => order.length + turn);
    order.push(...steps);
    if (neuron !== null) moments.push({ gate, gates: [], neuron, steps: shown });
    else for (const step of shown) moments.push({ gate, gates: [], neuron, steps: [step] });
  }
  return { moments, order, forward: units.length };
}
