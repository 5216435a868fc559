// The picture: which numbers are known at a moment, what is marked, and the dot that travels.

const SVG = "http://www.w3.org/2000/svg";
const HEAD = 13; // points, the length of the head of the arrow at work

const GAP = 64; // points between boxes: the 0.9 inches of picture.py
const MARGIN = 5; // points, between a line and the border of its box

// Letters of a line as narrow as its room: of a number with an exponent, for which none is reserved.
function narrow(line, room) {
  line.removeAttribute("textLength");
  if (room <= 0 || line.getComputedTextLength() <= room) return; // in a frame not shown there is no room
  line.setAttribute("lengthAdjust", "spacingAndGlyphs");
  line.setAttribute("textLength", room);
}

class Picture {
  constructor(describe) {
    this.frame = document.getElementById("picture");
    this.svg = this.frame.querySelector("svg");
    this.describe = describe;
    this.svg.setAttribute("role", "group");
    this.svg.removeAttribute("aria-labelledby"); // which has the final numbers
    for (const words of this.svg.querySelectorAll(":scope > title, :scope > desc")) words.remove();
    this.view = new View(this.frame, this.svg);
    this.nodes = NODES.map(({ id }) => document.getElementById(id));
    const prefix = this.svg.id;
    this.edges = LESSON.steps.map(({ gate, operand, position }) =>
      position === null ? null : document.getElementById(`${prefix}-v${operand}-v${gate}#${position}`),
    );
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
    this.view.drawMap(this.boxes.map((box) => [box, "box"]));
  }

  // The rectangle of something drawn, in points of the picture.
  boxOf(element) {
    const { x, y, width, height } = element.getBBox();
    return { x: x + this.offset.x, y: y + this.offset.y, width, height };
  }

  // What is known, and where the moment is.
  show(pass, known, marks) {
    for (const [place, node] of this.nodes.entries()) {
      const { constant, sign, text: name } = NODES[place];
      const data = known.data(place);
      if (constant && NODES[place].input) this.write(node, "data", "", data, false);
      const grad = constant ? null : known.gradient(place);
      if (!constant) {
        this.write(node, "data", "data", data, marks.value === place);
        this.write(node, "grad", sign, grad, marks.operand === place);
      }
      node.classList.toggle("gate", marks.gate === place);
      node.classList.toggle("changes", marks.operand === place && marks.gate !== place);
      const said = (x) => (x === null ? "not known yet" : number(x));
      const uses = pass.arrivals[place].length;
      const words = `${name}: data ${said(data)}; gradient ${said(grad)}; ${plural(uses, "use")}`;
      const still = NODES[place].number ? `constant ${said(data)}` : `${name}: data ${said(data)}, given`;
      node.setAttribute("aria-label", constant ? still : words);
    }
    for (const edge of this.edges) edge?.classList.remove("flows");
    const edge = marks.index === null ? null : this.edges[marks.index];
    edge?.classList.add("flows");
    this.turn(edge);
    this.travel(edge, marks.contribution, marks.moving);
    this.attend(marks);
  }

  write(node, kind, label, x, changing) {
    const line = node.querySelector(`text.${kind}`);
    if (!line) return;
    line.textContent = `${label} ${x === null ? "?" : number(x)}`.trim();
    narrow(line, node.querySelector("path").getBBox().width - 2 * MARGIN);
    line.classList.toggle("unknown", x === null);
    line.classList.toggle("changing", changing);
  }

  // Draw the arrow at work the way that the gradient flows: from the gate to its operand.
  turn(edge) {
    for (const id of ["head", "shaft"]) document.getElementById(id)?.remove();
    if (!edge) return;
    const path = edge.querySelector("path");
    const [tip, behind] = [path.getPointAtLength(0), path.getPointAtLength(HEAD)];
    const long = Math.hypot(behind.x - tip.x, behind.y - tip.y) || 1;
    const [x, y] = [((behind.x - tip.x) / long) * HEAD, ((behind.y - tip.y) / long) * HEAD];
    const head = document.createElementNS(SVG, "polygon");
    head.id = "head";
    const corners = [[0, 0], [x - y / 2, y + x / 2], [x + y / 2, y - x / 2]];
    head.setAttribute("points", corners.map(([across, down]) => `${tip.x + across},${tip.y + down}`).join(" "));
    const shaft = document.createElementNS(SVG, "path"); // in place of the arrow's own head
    shaft.id = "shaft";
    const end = path.getPointAtLength(path.getTotalLength());
    const away = (point) => Math.hypot(point.x - end.x, point.y - end.y);
    const gate = [...edge.querySelector("polygon").points].reduce((a, b) => (away(a) > away(b) ? a : b));
    shaft.setAttribute("d", `M${end.x},${end.y}L${gate.x},${gate.y}`);
    edge.append(head, shaft);
  }

  // A dot goes along the edge, against its arrow, and the product lands with its +=.
  travel(edge, contribution, moving) {
    cancelAnimationFrame(this.frameRequest);
    for (const id of ["dot", "sum"]) document.getElementById(id)?.remove();
    if (!edge) return;
    const path = edge.querySelector("path");
    const length = path.getTotalLength();
    const land = () => {
      const at = path.getPointAtLength(length / 2);
      const label = document.createElementNS(SVG, "text");
      label.id = "sum";
      label.textContent = `+= ${contribution === null ? "?" : number(contribution)}`;
      const [from, to] = [path.getPointAtLength(0), path.getPointAtLength(length)];
      const steep = Math.abs(to.y - from.y) > 2 * Math.abs(to.x - from.x);
      label.setAttribute("text-anchor", steep ? "start" : "middle"); // beside the arrow, or above it
      label.setAttribute("x", steep ? at.x + 10 : at.x);
      label.setAttribute("y", steep ? at.y + 4 : at.y - 8);
      edge.parentNode.append(label);
      narrow(label, GAP);
    };
    if (!moving || STILL.matches) {
      land();
      return;
    }
    const dot = document.createElementNS(SVG, "circle");
    dot.id = "dot";
    dot.setAttribute("r", 6);
    edge.parentNode.append(dot);
    const start = performance.now();
    const move = (now) => {
      const share = Math.min(1, Math.max(0, now - start) / moving);
      const at = path.getPointAtLength(length * (1 - share));
      dot.setAttribute("cx", at.x);
      dot.setAttribute("cy", at.y);
      if (share < 1) this.frameRequest = requestAnimationFrame(move);
      else {
        dot.remove();
        land();
      }
    };
    move(start);
  }

  // Keep the gate at work in sight, with its operands; at the beginning and the end, everything.
  attend({ gate, operand, moving }) {
    const at = gate ?? operand;
    const around = at === null ? [] : operand === null ? [at, ...NODES[at].operands] : [at, operand];
    this.view.attend(around.map((place) => this.boxes[place]), moving !== null);
  }

  // Light up a node's paths to the result, and say what it is; with null, put them out.
  light(place) {
    for (const lit of this.svg.querySelectorAll(".lit")) lit.classList.remove("lit");
    this.describe(place);
    if (place === null) return;
    const paths = dependents(LESSON, place);
    for (const each of paths) this.nodes[each].classList.add("lit");
    for (const [index, { gate, operand }] of LESSON.steps.entries()) {
      if (paths.has(gate) && paths.has(operand)) this.edges[index]?.classList.add("lit");
    }
  }
}
