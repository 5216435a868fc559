// The picture: which numbers are known at a moment, what is marked, and the dot that travels.

const SVG = "http://www.w3.org/2000/svg";
const GAP = 86; // points between boxes: the 1.2 inches of picture.py
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

class Picture {
  constructor(describe) {
    this.frame = document.getElementById("picture");
    this.svg = this.frame.querySelector("svg");
    this.describe = describe;
    this.svg.setAttribute("role", "group");
    this.svg.removeAttribute("aria-labelledby"); // which has the final numbers
    for (const words of this.svg.querySelectorAll(":scope > title, :scope > desc")) words.remove();
    this.width = this.svg.viewBox.baseVal.width;
    this.height = this.svg.viewBox.baseVal.height;
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
    }
    this.fit();
    addEventListener("resize", () => this.fit());
  }

  // As large as there is room for, but never too small to read; a large picture scrolls.
  fit() {
    const letters = parseFloat(getComputedStyle(document.documentElement).fontSize) / 12; // the picture's are 12 points
    const across = this.frame.clientWidth / this.width;
    const down = (innerHeight * 0.6) / this.height;
    const scale = Math.max(0.72 * letters, Math.min(2 * letters, across, down));
    this.svg.setAttribute("width", this.width * scale);
    this.svg.setAttribute("height", this.height * scale);
  }

  // What is known, and where the moment is.
  show(pass, known, marks) {
    for (const [place, node] of this.nodes.entries()) {
      const { constant, sign, text: name } = NODES[place];
      const data = known.data(place);
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
      node.setAttribute("aria-label", constant ? `constant ${said(data)}` : words);
    }
    for (const edge of this.edges) edge?.classList.remove("flows");
    const edge = marks.index === null ? null : this.edges[marks.index];
    edge?.classList.add("flows");
    this.travel(edge, marks.contribution, marks.moving);
    this.follow(this.nodes[marks.operand ?? marks.value ?? marks.gate ?? LESSON.root]);
  }

  write(node, kind, label, x, changing) {
    const line = node.querySelector(`text.${kind}`);
    if (!line) return;
    line.textContent = `${label} ${x === null ? "?" : number(x)}`;
    line.classList.toggle("unknown", x === null);
    line.classList.toggle("changing", changing);
  }

  // A dot goes along the edge, against its arrow, and the product lands with its +=.
  travel(edge, contribution, moving) {
    cancelAnimationFrame(this.frameRequest);
    for (const id of ["dot", "sum"]) document.getElementById(id)?.remove();
    if (!edge) return;
    const path = edge.querySelector("path");
    const length = path.getTotalLength();
    const land = () => {
      const at = path.getPointAtLength(Math.min(length / 2, GAP / 2));
      const label = document.createElementNS(SVG, "text");
      label.id = "sum";
      label.textContent = `+= ${number(contribution)}`;
      label.setAttribute("text-anchor", "middle");
      label.setAttribute("x", at.x);
      label.setAttribute("y", at.y - 6);
      edge.parentNode.append(label);
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

  // Keep what changes in sight, without moving the page.
  follow(node) {
    const [box, frame] = [node.getBoundingClientRect(), this.frame.getBoundingClientRect()];
    const by = (low, high, first, last) => (low < first || high > last ? (low + high) / 2 - (first + last) / 2 : 0);
    const across = by(box.left, box.right, frame.left, frame.right);
    this.frame.scrollBy(across, by(box.top, box.bottom, frame.top, frame.bottom));
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
