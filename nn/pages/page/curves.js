// The losses of all epochs so far, with those of Python's runs behind them; and below them how steep
// it was, where a run has a spike.
//
// A loss of an epoch is the mean over its steps, each measured before it is taken, and stands where the
// middle of these is. The dot is the loss at the moment.

const BEGINNING = 0.02; // of the epochs, whose losses may be too large for the picture
const ABOVE_FIRST = 4; // times the first loss: beyond this, a run that goes astray leaves the picture

class Curves {
  constructor() {
    this.losses = byId("losses");
    this.steepness = byId("steepness");
  }

  // full: the run that is drawn in full, or null.
  draw(runs, full, end) {
    const last = Math.max(end, ...runs.map((run) => run.furthest));
    const spikes = runs.map(spikeOf);
    byId("side").classList.toggle("spikes", spikes.some(Boolean)); // first, as it takes room
    this.chart = chart(this.losses, last);
    if (!this.chart) return;
    this.drawLosses(runs, full, last);
    this.chart = chart(this.steepness, last);
    if (this.chart && spikes.some(Boolean)) this.drawSteepness(runs, full, spikes);
  }

  drawLosses(runs, full, last) {
    const shown = runs.flatMap((run) => [run.losses, run.validation, pythons(run)]);
    const largest = (from) => Math.max(1e-9, ...shown.flatMap((row) => row.slice(from).filter(Number.isFinite)));
    const usual = 1.6 * largest(Math.ceil(BEGINNING * last)); // so that a steep beginning hides nothing
    const first = ABOVE_FIRST * Math.max(0, ...shown.map((row) => row[0] ?? row[1]).filter(Number.isFinite));
    const highest = Math.min(largest(0), usual > 1e-8 ? usual : Infinity, first > 1e-8 ? first : Infinity);
    const { write, x, y, top, bottom, letters, width } = scaled(this.chart, highest);
    const drawn = [axes(this.chart, highest)];
    for (const run of runs) drawn.push(path("python", pythons(run), (epoch) => x(epoch - middle(run)), y));
    for (const [turn, run] of runs.entries()) {
      const kind = kindOf(run, runs, full, turn);
      const now = run.epoch + run.batch / run.batches;
      if (run.validation[0] !== null) drawn.push(path(`held${kind}`, run.validation, x, y));
      const { loss } = run.measured(run.data.x, run.data.y);
      const toNow = run.losses.length > 1 && now >= run.furthest && Number.isFinite(loss) ? `L${x(now).toFixed(1)},${y(loss).toFixed(1)}` : "";
      drawn.push(path(`training${kind}`, run.losses, (epoch) => x(epoch - middle(run)), y, toNow));
      if (runs.length > 1) drawn.push(mark(turn, x(now), y(loss), letters * 0.45));
      else drawn.push(`<path class="now" d="M${x(now)},${top}V${bottom}"/>`, Number.isFinite(loss) ? `<circle r="4.5" cx="${x(now)}" cy="${y(loss)}"/>` : "");
    }
    const [run] = runs;
    const known = run.losses.length > 1;
    if (runs.length === 1 && known) drawn.push(...labels(run, { write, x, y, top, bottom, letters, width }));
    const words = say`The losses of ${run.furthest} epochs, from 0 to ${numberText(highest, 2)}.`;
    const ends = runs.map(({ name, losses, furthest }) => {
      const said = say`The last: ${number(losses[furthest])}.`;
      return name ? say`${name}: ${said}` : said;
    });
    this.losses.setAttribute("aria-label", [words, ...(known ? ends : [])].join(" "));
    this.losses.innerHTML = drawn.join("");
  }

  drawSteepness(runs, full, spikes) {
    const highest = Math.max(1e-9, ...runs.flatMap((run) => run.steepness.filter(Number.isFinite)));
    const { write, x, y, top, bottom, letters } = scaled(this.chart, highest);
    const drawn = [axes(this.chart, highest)];
    for (const [turn, run] of runs.entries()) {
      const kind = kindOf(run, runs, full, turn);
      drawn.push(path(`training${kind}`, run.steepness, (epoch) => x(epoch - middle(run)), y));
      const spike = spikes[turn];
      if (!spike) continue;
      const across = x(spike.moment);
      const anchor = across > this.chart.width / 2 ? "end" : "start";
      drawn.push(`<path class="now" d="M${across},${top}V${bottom}"/>`);
      drawn.push(write(say`epoch ${spike.moment}`, [across + (anchor === "end" ? -6 : 6), top + letters * 0.8], "soft", anchor));
    }
    this.steepness.setAttribute("aria-label", say`The size of the gradient in every epoch, from 0 to ${numberText(highest, 2)}.`);
    this.steepness.innerHTML = drawn.join("");
  }
}

const pythons = (run) => [null, ...LESSON.runs[run.settings.run].python];
const middle = ({ batches }) => (batches + 1) / (2 * batches); // epochs before the end of one
const kindOf = (run, runs, full, turn) => (runs.length > 1 ? ` run-${turn}${full === null || full === run ? "" : " other"}` : "");

// The room in a picture of `last` epochs; null before it is shown.
function chart(svg, last) {
  const { clientWidth: width, clientHeight: height } = svg;
  if (!width) return null;
  const letters = Math.max(13, parseFloat(getComputedStyle(svg).fontSize) * 0.8);
  svg.style.setProperty("--letters", `${letters}px`);
  return { width, height, letters, last, left: letters * 2.6, right: width - letters * 0.6, top: letters * 0.4, bottom: height - letters * 1.6 };
}

function scaled(room, highest) {
  const { left, right, top, bottom, last } = room;
  return {
    ...room,
    x: (epoch) => left + ((right - left) * epoch) / last,
    y: (value) => top + (bottom - top) * (1 - Math.min(1, value / highest)),
    write: (words, at, kind, anchor) => `<text x="${at[0]}" y="${at[1]}" class="${kind}" text-anchor="${anchor}">${text(words)}</text>`,
  };
}

function axes(room, highest) {
  const { write, left, right, top, bottom, letters, height, last } = scaled(room, highest);
  return (
    `<path class="axis" d="M${left},${top}V${bottom}H${right}"/>` +
    write("0", [left - 5, bottom], "soft", "end") +
    write(numberText(highest, 2), [left - 5, top + letters * 0.8], "soft", "end") +
    write("0", [left, height - 3], "soft", "middle") +
    write(say`epoch ${last}`, [right, height - 3], "soft", "end")
  );
}

function path(kind, row, x, y, end = "") {
  const step = Math.max(1, Math.floor(row.length / 600));
  const points = [];
  for (let epoch = 0; epoch < row.length; epoch += step) {
    if (Number.isFinite(row[epoch])) points.push(`${x(epoch).toFixed(1)},${y(row[epoch]).toFixed(1)}`);
  }
  return `<path class="${kind}" d="${points.length ? `M${points.join("L")}${end}` : ""}"/>`;
}

// What the two curves of a single run are.
function labels(run, { write, x, y, top, bottom, letters, width }) {
  const held = run.validation[0] !== null;
  const [trained, apart] = [run.losses[run.furthest], run.validation[run.furthest]];
  const late = x(run.furthest) > width * 0.65;
  const at = late ? x(run.furthest) - 6 : x(run.furthest) + 8;
  const anchor = late ? "end" : "start";
  const under = held && trained < apart;
  const line = (loss, below) => Math.max(top + letters, Math.min(bottom - 5, y(loss) + (below ? letters * 1.15 : -7)));
  const [first, second] = [line(trained, under && y(trained) < bottom - letters * 1.5), held ? line(apart, !under) : 0];
  const marks = [write(say("training"), [at, first], "training", anchor)];
  if (held) marks.push(write(say("held out"), [at, Math.abs(second - first) < letters ? first - letters * 1.2 : second], "held", anchor));
  return marks;
}

// The sign of a run among others: round, or with corners, as those of classes are.
const SIGNS = ["●", "▲", "■", "◆"];

function mark(turn, x, y, radius) {
  if (!Number.isFinite(y)) return "";
  const corners = turn === 1 ? 3 : 4;
  const begin = turn === 2 ? Math.PI / 4 : -Math.PI / 2;
  if (turn === 0) return `<circle class="run-0" r="${radius}" cx="${x}" cy="${y}"/>`;
  const points = Array.from({ length: corners }, (_, k) => {
    const angle = begin + (2 * Math.PI * k) / corners;
    return `${(x + 1.3 * radius * Math.cos(angle)).toFixed(1)},${(y + 1.3 * radius * Math.sin(angle)).toFixed(1)}`;
  });
  return `<polygon class="run-${turn}" points="${points.join(" ")}"/>`;
}
