// The loss of a weight alone, where the bias has nothing to do: a curve, the steps along it, and the
// slope where the run is.

const STILL_BIAS = 1e-9; // a bias that is 0, but for rounding
const PLACES = 120; // along the curve

// Whether the loss depends on the weight alone: inputs and targets are as often above 0 as below.
function hasSlope({ network, data, parameters }) {
  const isCentred = (numbers) => Math.abs(numbers.reduce((sum, x) => sum + x, 0)) < STILL_BIAS * numbers.length;
  return hasValley(network) && Math.abs(parameters[1]) < STILL_BIAS && isCentred(data.x) && isCentred(data.y);
}

const descentOf = (run) => (hasSlope(run) ? new Slope(run) : hasValley(run.network) ? new Valley(run) : null);

class Slope {
  constructor(run) {
    this.run = run;
    this.reach = 1.5;
  }

  lossAt(w) {
    const { run } = this;
    const before = run.parameters[0];
    run.parameters[0] = w;
    const loss = run.lossOf(run.data.x, run.data.y);
    run.parameters[0] = before;
    return loss;
  }

  // The loss all along; where the way leads out of the picture, twice as far.
  compute(way) {
    const { run } = this;
    const reach = reaching(way, this.reach);
    if (this.curve && this.data === run.data && reach === this.reach) return;
    Object.assign(this, { data: run.data, reach });
    this.curve = Array.from({ length: PLACES + 1 }, (_, k) => ((2 * k) / PLACES - 1) * reach).map((w) => [w, this.lossAt(w)]);
    this.highest = Math.max(...this.curve.map(([, loss]) => loss));
  }

  draw(context, palette, frame) {
    const { run } = this;
    const way = run.historyOf(0).filter(([epoch]) => epoch <= run.epoch).map(([, w]) => w);
    way.push(run.parameters[0]);
    this.compute(way);
    const { letters } = frame;
    const [left, right, top, bottom] = [letters * 1.6, frame.width - letters * 0.8, frame.top + letters * 0.6, frame.top + frame.height - letters * 1.6];
    const pixel = (w, loss) => [left + ((w / this.reach + 1) / 2) * (right - left), bottom - (loss / this.highest) * (bottom - top)];
    context.strokeStyle = palette.line;
    context.lineWidth = 1;
    context.strokeRect(left, top, right - left, bottom - top);
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.strokeStyle = palette.data;
    context.lineWidth = 4;
    stroke(context, this.curve.map((place) => pixel(...place)));
    context.strokeStyle = palette.ink;
    context.lineWidth = 2;
    const steps = way.map((w) => pixel(w, this.lossAt(w)));
    stroke(context, steps);
    const [w, slope] = [run.parameters[0], run.gradient[0]];
    const loss = this.lossAt(w);
    context.strokeStyle = palette.grad;
    context.lineWidth = 3.5;
    stroke(context, [-1, 1].map((side) => pixel(w + side * 0.5 * this.reach, loss + side * 0.5 * this.reach * slope)));
    context.fillStyle = palette.ink;
    for (const step of steps) dot(context, step, 3);
    context.restore();
    context.fillStyle = palette.mark;
    context.strokeStyle = palette.ink;
    dot(context, pixel(w, loss), 7);
    context.stroke();
    writeSides(context, palette, { left, right, top, bottom, letters }, say`weight, from ${-this.reach} to ${this.reach}`, say`loss, up to ${numberText(this.highest, 2)}`);
  }
}

function dot(context, [x, y], radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

// A reach that has all of a way in it: `reach`, or that doubled as often as it takes.
function reaching(way, reach) {
  const far = Math.max(...way.map(Math.abs).filter(Number.isFinite));
  let found = reach;
  while (far > found * 0.95 && found < 1e6) found *= 2;
  return found;
}

// What stands below a picture, and beside it.
function writeSides(context, palette, { left, right, top, bottom, letters }, below, beside) {
  const size = (share) => (context.font = `${letters * 0.85 * share}px system-ui, sans-serif`);
  size(1);
  size(Math.min(1, (right - left + letters * 1.6) / context.measureText(below).width)); // in a narrow column
  context.fillStyle = palette.ink;
  context.textAlign = "center";
  context.fillText(below, (left + right) / 2, bottom + letters * 1.1);
  context.save();
  context.translate(left - letters * 0.5, (top + bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(beside, 0, 0);
  context.restore();
}
