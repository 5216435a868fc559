// The view of the picture: what part of it is shown, how large, and the map of the whole.
//
// A picture opens whole. Where its letters are then too small to read, the view goes with the gate
// at work; the reader may also zoom and drag. A view is a rectangle of the picture, in its points.

const LETTERS = 12; // points, of the smallest text in the picture
const AROUND = 10; // points that are seen around what is at work
const LARGEST = 4; // pixels for a point: more would only be coarse
const GLIDE = 450; // milliseconds from one gate to the next

class View {
  constructor(frame, svg) {
    [this.frame, this.svg] = [frame, svg];
    const { x, y, width, height } = svg.viewBox.baseVal;
    this.whole = { x, y, width, height };
    this.shown = this.whole;
    this.mode = "follow"; // or "whole", or "free" once the reader has zoomed
    this.letters = LETTERS; // points, of what is at work
    this.work = null; // the rectangle of what is at work; null where the whole is the subject
    this.map = document.getElementById("map");
    this.makeMap();
    this.listen();
    new ResizeObserver(() => this.settle()).observe(frame);
  }

  // The height of letters that can be read, in pixels: as the style sheet has it.
  get legible() {
    return parseFloat(getComputedStyle(this.frame).fontSize);
  }

  // The room in the frame, in pixels and their fractions.
  get room() {
    const { width, height } = this.svg.getBoundingClientRect();
    return { width, height };
  }

  // Pixels for a point, where all of a rectangle is in the frame.
  scaleOf({ width, height }) {
    return Math.min(this.room.width / width, this.room.height / height);
  }

  get fits() {
    return this.scaleOf(this.whole) >= this.legible / this.letters;
  }

  // What the frame shows around a point at a scale; it does not look past the picture's edges.
  around(x, y, scale) {
    const [width, height] = [this.room.width / scale, this.room.height / scale];
    const along = (middle, size, from, all) =>
      size >= all ? from + (all - size) / 2 : Math.max(from, Math.min(from + all - size, middle - size / 2));
    const { whole } = this;
    return { x: along(x, width, whole.x, whole.width), y: along(y, height, whole.y, whole.height), width, height };
  }

  get all() {
    const { x, y, width, height } = this.whole;
    return this.around(x + width / 2, y + height / 2, Math.min(LARGEST, this.scaleOf(this.whole)));
  }

  get scale() {
    return this.room.width / this.shown.width;
  }

  // Show what is at work, a list of rectangles with the most important first; none: the whole.
  attend(rectangles, letters, gently) {
    this.letters = letters;
    this.work = rectangles.length ? rectangles.map((each) => grown(each, AROUND)) : null;
    this.settle(gently);
  }

  settle(gently = false) {
    if (this.room.width) this.go(this.wanted(), gently);
  }

  wanted() {
    if (this.mode === "whole" || (this.mode === "follow" && (this.fits || !this.work))) return this.all;
    const scale = this.mode === "free" ? this.scale : this.legible / this.letters;
    const { x, y, width, height } = this.shown;
    if (!this.work) return this.around(x + width / 2, y + height / 2, scale);
    const room = this.around(0, 0, scale);
    const [first, ...others] = this.work;
    let seen = first;
    for (const other of others) {
      const both = union(seen, other);
      if (both.width <= room.width && both.height <= room.height) seen = both;
    }
    const stays = Math.abs(scale / this.scale - 1) < 1e-3 && inside(seen, this.shown);
    if (stays) return this.shown;
    const all = this.work.reduce(union); // towards what does not fit too, as far as the first is seen
    const along = (middle, from, size, room) =>
      Math.max(from + size - room / 2, Math.min(from + room / 2, middle));
    return this.around(
      along(all.x + all.width / 2, seen.x, seen.width, room.width),
      along(all.y + all.height / 2, seen.y, seen.height, room.height),
      scale,
    );
  }

  go(to, gently = false) {
    cancelAnimationFrame(this.request);
    const from = this.shown;
    if (!gently || STILL.matches || near4(from, to)) {
      this.put(to);
      return;
    }
    const start = performance.now();
    const move = (now) => {
      const time = Math.min(1, Math.max(0, now - start) / GLIDE);
      const share = time * time * (3 - 2 * time);
      const between = (name) => from[name] + (to[name] - from[name]) * share;
      this.put({ x: between("x"), y: between("y"), width: between("width"), height: between("height") });
      if (time < 1) this.request = requestAnimationFrame(move);
    };
    move(start);
  }

  put(view) {
    this.shown = view;
    this.svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    this.zoomed = view.width < this.whole.width * 0.99 || view.height < this.whole.height * 0.99;
    this.frame.classList.toggle("zoomed", this.zoomed);
    this.map.classList.toggle("away", !this.zoomed);
    for (const name of ["x", "y", "width", "height"]) this.window.setAttribute(name, view[name]);
  }

  // ---- what the reader does ---------------------------------------------------------------------

  // Zoom by a factor, so that a point of the picture, or the middle, stays where it is.
  zoom(factor, at = null) {
    const least = Math.min(LARGEST, this.scaleOf(this.whole));
    const scale = Math.max(least, Math.min(LARGEST, this.scale * factor));
    const { x, y, width, height } = this.shown;
    const fixed = at ?? this.middle();
    this.mode = "free";
    const share = this.scale / scale;
    const middle = [fixed.x + (x + width / 2 - fixed.x) * share, fixed.y + (y + height / 2 - fixed.y) * share];
    this.go(this.around(...middle, scale), !at);
  }

  middle() {
    const { x, y, width, height } = this.work && !this.zoomed ? this.work[0] : this.shown;
    return { x: x + width / 2, y: y + height / 2 };
  }

  // The whole; and where it is shown already, back to following the gate at work.
  toggleWhole() {
    this.mode = this.zoomed ? "whole" : "follow";
    this.settle(true);
  }

  pan(across, down) {
    const { x, y, width, height } = this.shown;
    this.mode = "free";
    this.go(this.around(x + width / 2 + across, y + height / 2 + down, this.scale));
  }

  reveal(box) {
    const rectangle = grown(box, AROUND);
    if (inside(rectangle, this.shown)) return;
    this.go(this.around(rectangle.x + rectangle.width / 2, rectangle.y + rectangle.height / 2, this.scale), true);
  }

  // Look at a part: all of it, unless its letters would then be far too small.
  look(box, letters) {
    const rectangle = grown(box, AROUND);
    const [fit, least] = [this.scaleOf(rectangle), this.legible / letters];
    const scale = Math.min(LARGEST, fit < 0.6 * least ? least : fit);
    this.go(this.around(rectangle.x + rectangle.width / 2, rectangle.y + rectangle.height / 2, scale), true);
  }

  // Where on the picture a pointer is.
  pointOf(event) {
    const frame = this.frame.getBoundingClientRect();
    const { x, y } = this.shown;
    return { x: x + (event.clientX - frame.left) / this.scale, y: y + (event.clientY - frame.top) / this.scale };
  }

  listen() {
    this.frame.addEventListener(
      "wheel",
      (event) => {
        if (event.deltaY > 0 && !this.zoomed && !event.ctrlKey) return; // it scrolls the page
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), this.pointOf(event));
      },
      { passive: false },
    );
    const down = new Map(); // the pointers on the picture, by their ids
    const apart = () => {
      const [a, b] = [...down.values()];
      return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    };
    this.frame.addEventListener("pointerdown", (event) => {
      if (event.button === 0) down.set(event.pointerId, event);
    });
    this.frame.addEventListener("pointermove", (event) => {
      const last = down.get(event.pointerId);
      if (!last) return;
      const [across, by] = [last.clientX - event.clientX, last.clientY - event.clientY];
      if (down.size === 1 && !this.dragging && Math.hypot(across, by) < 5) return; // a click that trembles
      if (down.size === 1 && !this.zoomed) return;
      const before = down.size === 2 ? apart() : 0;
      down.set(event.pointerId, event);
      this.dragging = true;
      this.frame.setPointerCapture(event.pointerId);
      if (before) this.zoom(apart() / before, this.pointOf(event));
      else this.pan(across / this.scale, by / this.scale);
    });
    const up = (event) => {
      down.delete(event.pointerId);
      if (!down.size) setTimeout(() => (this.dragging = false)); // after the click
    };
    this.frame.addEventListener("pointerup", up);
    this.frame.addEventListener("pointercancel", up);
    this.map.addEventListener("click", (event) => {
      const map = this.map.getBoundingClientRect();
      const { x, y, width, height } = this.whole;
      const scale = Math.min(map.width / width, map.height / height);
      const along = (at, middle) => (at - middle) / scale;
      this.mode = "free";
      this.go(
        this.around(
          x + width / 2 + along(event.clientX, map.left + map.width / 2),
          y + height / 2 + along(event.clientY, map.top + map.height / 2),
          this.scale,
        ),
        true,
      );
    });
  }

  // ---- the map ----------------------------------------------------------------------------------

  makeMap() {
    const { x, y, width, height } = this.whole;
    this.map.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    this.window = rectangleOf({ x, y, width, height }, "window");
    this.map.append(this.window);
  }

  // Draw the boxes of the picture on the map: [rectangle, its class] each.
  drawMap(boxes) {
    this.map.replaceChildren(...boxes.map(([box, kind]) => rectangleOf(box, kind)), this.window);
  }
}

function rectangleOf(box, kind) {
  const made = document.createElementNS(SVG, "rect");
  for (const name of ["x", "y", "width", "height"]) made.setAttribute(name, box[name]);
  made.setAttribute("class", kind);
  return made;
}

function union(a, b) {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}

const grown = ({ x, y, width, height }, by) => ({ x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by });

const inside = (box, view) =>
  box.x >= view.x - 0.01 &&
  box.y >= view.y - 0.01 &&
  box.x + box.width <= view.x + view.width + 0.01 &&
  box.y + box.height <= view.y + view.height + 0.01;

const near4 = (a, b) => ["x", "y", "width", "height"].every((name) => Math.abs(a[name] - b[name]) < 0.01);
