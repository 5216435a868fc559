// Runs side by side: for each what it says of the points, and below that the valley of its loss or,
// where there are many layers, how large the gradient is in each of them.

const DEEP = 4; // layers, from which on the gradient of each is shown
const SMALLEST = 1e-30; // a gradient that is drawn

class Columns {
  constructor() {
    this.frame = byId("beside");
    this.columns = [];
    this.turn = 0;
  }

  // A column for each run: the names of its parts, its pictures, and how it goes.
  lay(runs) {
    this.frame.replaceChildren();
    this.reach = null;
    const isDeep = runs.some(({ network }) => network.layers.length >= DEEP);
    const descents = runs.map(descentOf);
    const isDescent = descents.every(Boolean);
    this.columns = runs.map((run, turn) => {
      const column = document.createElement("section");
      const named = isDescent ? say("its loss") : isDeep ? say("the gradient of each layer") : "";
      const inner = named ? `<p class="name">${text(named)}</p><div class="inner" role="img"><canvas></canvas></div>` : "";
      column.innerHTML =
        `<h2><span class="run-${turn}">${SIGNS[turn]}</span> ${text(run.name)}</h2>` +
        `<div class="plane" role="img"><canvas></canvas></div>${inner}<p class="state"></p>`;
      this.frame.append(column);
      const [plane, below] = column.querySelectorAll("div");
      return { run, state: column.querySelector(".state"), plane: new Plane(plane), grid: new Grid(run), below, descent: isDescent ? descents[turn] : null };
    });
  }

  // all: every column; while it plays they are drawn in turn, as each takes its time.
  draw(palette, all) {
    const drawn = all ? this.columns : [this.columns[this.turn++ % this.columns.length]];
    for (const { run } of drawn) if (!run.wrong) run.lossAndGradient(run.places()); // of the next step
    for (const column of drawn) this.drawColumn(column, palette);
  }

  drawColumn({ run, plane, grid, below, descent }, palette) {
    grid.compute();
    plane.draw(run, grid, palette, null, null);
    if (!below) return;
    const { context, width, height } = prepared(below.querySelector("canvas"));
    const letters = parseFloat(getComputedStyle(below).fontSize);
    context.clearRect(0, 0, width, height);
    if (descent) descent.draw(context, palette, { width, top: 2, height: height - 4, letters });
    else drawBars(context, palette, { width, height, letters: letters * 0.85 }, sizesOf(run), this.scale());
  }

  // The powers of ten between which the gradients of all runs have been so far.
  scale() {
    const sizes = this.columns.flatMap(({ run }) => sizesOf(run)).filter((size) => size > SMALLEST && size < Infinity);
    const powers = sizes.map((size) => Math.log10(size));
    const [low, high] = [Math.floor(Math.min(-3, ...powers)), Math.ceil(Math.max(0, ...powers))];
    this.reach = this.reach ? { low: Math.min(low, this.reach.low), high: Math.max(high, this.reach.high) } : { low, high };
    return this.reach;
  }

  write() {
    for (const { run, state, plane, below, descent } of this.columns) {
      const said = stateOf(run);
      if (state.innerHTML !== said) state.innerHTML = said;
      plane.frame.setAttribute("aria-label", say`${run.name}: what the network says`);
      const sizes = sizesOf(run).map((size) => numberText(size, 2)).join(", ");
      below?.setAttribute("aria-label", descent ? say`${run.name}: the loss, and the way down it` : say`${run.name}: the gradient of each layer, ${sizes}`);
    }
  }
}

// How a run goes, in a line or two.
function stateOf(run) {
  const { loss, right, of } = run.measured(run.data.x, run.data.y);
  const parts = [say`loss ${bold(short(loss))}`];
  if (run.data.validY.length) parts.push(say`held out ${bold(short(run.lossOf(run.data.validX, run.data.validY)))}`);
  if (isParting(run.data)) parts.push(text(say`${right} of ${of} right [points]`));
  const { count, dead } = relusOf(run);
  if (count) parts.push(text(say`${dead} of ${count} relus dead`));
  if (run.wrong) parts.push(`<span class="bad">${text(say("gone astray"))}</span>`);
  return parts.map((part) => `<span>${part}</span>`).join(" ");
}

// The mean size of the gradient in each layer, on a scale of powers of ten.
function drawBars(context, palette, { width, height, letters }, sizes, { low, high }) {
  const [left, right, top, bottom] = [letters * 2.6, width - letters * 0.4, letters * 0.7, height - letters * 1.5];
  const y = (power) => bottom - ((bottom - top) * (power - low)) / (high - low);
  const every = Math.max(1, Math.ceil(((high - low) * letters * 1.6) / (bottom - top)));
  context.font = `${letters}px system-ui, sans-serif`;
  context.fillStyle = palette.soft;
  context.strokeStyle = palette.line;
  context.lineWidth = 0.5;
  context.textAlign = "right";
  for (let power = high; power >= low; power -= every) {
    stroke(context, [[left, y(power)], [right, y(power)]]);
    context.fillText(powerOfTen(power), left - 4, y(power) + letters * 0.35);
  }
  const room = (right - left) / sizes.length;
  context.textAlign = "center";
  for (const [layer, size] of sizes.entries()) {
    const middle = left + room * (layer + 0.5);
    context.fillStyle = palette.grad;
    const power = Math.max(low, Math.log10(size));
    if (size > SMALLEST) context.fillRect(middle - room * 0.34, Math.min(y(power), bottom - 2), room * 0.68, Math.max(2, bottom - y(power)));
    context.fillStyle = palette.soft;
    context.fillText(size > SMALLEST ? "" : "0", middle, bottom - 3);
    if (room > letters * 1.3 || [0, sizes.length - 1].includes(layer)) context.fillText(String(layer + 1), middle, bottom + letters * 1.2);
  }
}

const powerOfTen = (power) => `10${[...String(power)].map((digit) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(digit)]).join("")}`;

// ---- words --------------------------------------------------------------------------------------

function keyOfColumns(runs) {
  const [first] = runs;
  const above = keyOfPlane(first, null);
  const below = runs.every(({ network }) => hasValley(network))
    ? keyOfDescent(first)
    : runs.some(({ network }) => network.layers.length >= DEEP)
      ? text(say("Below is the gradient of each layer, from layer 1 to the output: how much its weights are asked to move, in powers of ten. 10⁻² is a hundredth."))
      : "";
  return `${above} ${below}`;
}

// The card of all runs: what is to be noticed in them.
function cardOfAll(runs) {
  const rows = [];
  for (const run of runs) {
    const said = noticedIn(run);
    if (said) rows.push(line(run.name, said));
  }
  const rate = limitOf(runs);
  if (rate) rows.push(line(say("limit"), text(rate)));
  rows.push(line(say("look at"), text(say("Press a name above the pictures to see that run in full, with its network."))));
  return rows.join("");
}

function limitOf(runs) {
  const rates = runs.map(largestRate).filter(Number.isFinite);
  return rates.length ? limitSaid(rates[0]) : "";
}

function noticedIn(run) {
  const found = [];
  if (run.wrong) found.push(`<span class="bad">${text(run.wrong)}</span>`);
  const spike = spikeOf(run);
  if (spike) found.push(spikeCard(run, spike));
  const best = leastHeldOut(run);
  if (best) found.push(best);
  const sizes = sizesOf(run);
  if (sizes.length >= DEEP) found.push(text(fadingOf(sizes)));
  const { count, dead } = relusOf(run);
  if (dead) found.push(text(deadSaid(dead, count)));
  const limit = largestRate(run);
  if (run.settings.rate > limit) found.push(text(say("The learning rate is above the limit: each step is longer than the one before.")));
  else if (run.settings.rate > limit / 2) found.push(text(say("The learning rate is above half the limit: each step goes too far, and still comes nearer.")));
  return found.join("<br>");
}

// How much smaller the gradient is in the first layer than in the last.
function fadingOf(sizes) {
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (!first) return say`gradient of the output ${number(last)}, of layer 1 it is 0`;
  const times = roughly(Math.max(first / last, last / first));
  return first < last ? say`gradient of layer 1: ${times} times smaller than that of the output` : say`gradient of layer 1: ${times} times larger than that of the output`;
}
