// The loss of a network of two numbers, a weight and a bias, for all that they could be: a valley, and
// the way that the run takes down it.

const VALLEY_SHARE = 0.72; // of the frame's height; the network has the rest
const RINGS = 7; // lines of equal loss

const hasValley = ({ size }) => size === 2;

class Valley {
  constructor(run) {
    this.run = run;
    this.reach = 1.5;
    this.image = document.createElement("canvas");
    this.image.width = this.image.height = CELLS;
  }

  // The loss at every place; where the way leads out of the picture, twice as far.
  compute(way) {
    const { run } = this;
    const reach = reaching(way.flat(), this.reach);
    if (this.values && this.data === run.data && reach === this.reach) return;
    Object.assign(this, { data: run.data, reach });
    const before = run.parameters.slice();
    const at = (k) => (((k + 0.5) / CELLS) * 2 - 1) * this.reach;
    this.values = Float32Array.from({ length: CELLS * CELLS }, (_, k) => {
      run.parameters.set([at(k % CELLS), -at(Math.floor(k / CELLS))]);
      return run.lossOf(run.data.x, run.data.y);
    });
    run.parameters.set(before);
    this.highest = Math.max(...this.values);
  }

  draw(context, palette, frame) {
    const { run } = this;
    const [weights, biases] = [run.historyOf(0), run.historyOf(1)];
    const way = weights.map(([epoch, w], k) => [epoch, w, biases[k][1]]).filter(([epoch]) => epoch <= run.epoch);
    way.push([run.epoch, ...run.parameters]);
    this.compute(way.map(([, w, b]) => [w, b]));
    const letters = frame.letters;
    const side = Math.min(frame.width - 4 * letters, frame.height - 2.2 * letters);
    const [left, top] = [(frame.width - side) / 2, frame.top];
    const image = new ImageData(CELLS, CELLS);
    const high = Math.sqrt(this.highest);
    for (const [k, loss] of this.values.entries()) palette.shade(image.data, 4 * k, palette.classRgb[2], Math.sqrt(loss) / high);
    this.image.getContext("2d").putImageData(image, 0, 0);
    context.drawImage(this.image, left, top, side, side);
    context.strokeStyle = palette.soft;
    context.lineWidth = 1;
    for (let ring = 1; ring <= RINGS; ring++) {
      for (const pieces of contour(this.values, this.highest * (ring / (RINGS + 1)) ** 3)) {
        stroke(context, pieces.map(([a, b]) => [left + ((a + 0.5) / CELLS) * side, top + ((b + 0.5) / CELLS) * side]));
      }
    }
    context.strokeRect(left, top, side, side);
    const pixel = (w, b) => [left + ((w / this.reach + 1) / 2) * side, top + ((1 - b / this.reach) / 2) * side];
    context.strokeStyle = palette.ink;
    context.lineWidth = 2.5;
    stroke(context, way.map(([, w, b]) => pixel(w, b)));
    context.fillStyle = palette.mark;
    context.beginPath();
    context.arc(...pixel(...run.parameters), 7, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    const room = { left, right: left + side, top, bottom: top + side, letters };
    writeSides(context, palette, room, say`weight, from ${-this.reach} to ${this.reach}`, say`bias, from ${-this.reach} to ${this.reach}`);
  }
}
