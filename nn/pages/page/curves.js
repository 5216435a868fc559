// The losses of all epochs so far, with those of Python's run behind them.

const BEGINNING = 0.02; // of the epochs, whose losses may be too large for the picture

class Curves {
  constructor() {
    this.svg = document.getElementById("losses");
  }

  draw(run, end) {
    const { clientWidth: width, clientHeight: height } = this.svg;
    if (!width) return;
    const letters = Math.max(13, parseFloat(getComputedStyle(this.svg).fontSize) * 0.8);
    this.svg.style.setProperty("--letters", `${letters}px`);
    const last = Math.max(end, run.furthest);
    const shown = [run.losses, run.validation, [null, ...LESSON.python]];
    const largest = (from) => Math.max(1e-9, ...shown.flatMap((row) => row.slice(from).filter(Number.isFinite)));
    const usual = 1.6 * largest(Math.ceil(BEGINNING * last)); // so that a steep beginning hides nothing
    const highest = Math.min(largest(0), usual > 1e-8 ? usual : Infinity);
    const [left, right, top, bottom] = [letters * 2.6, letters * 0.6, letters * 0.4, letters * 1.6];
    const x = (epoch) => left + ((width - left - right) * epoch) / last;
    const y = (loss) => top + (height - top - bottom) * (1 - Math.min(1, loss / highest));
    const path = (row) => {
      const step = Math.max(1, Math.floor(row.length / width));
      const points = [];
      for (let epoch = 0; epoch < row.length; epoch += step) {
        if (Number.isFinite(row[epoch])) points.push(`${x(epoch).toFixed(1)},${y(row[epoch]).toFixed(1)}`);
      }
      return points.length ? `M${points.join("L")}` : "";
    };
    const held = run.validation[0] !== null;
    const write = (words, at, kind, anchor) => `<text x="${at[0]}" y="${at[1]}" class="${kind}" text-anchor="${anchor}">${words}</text>`;
    const known = run.losses.length > 1;
    const [trained, apart] = [run.losses[run.furthest], run.validation[run.furthest]];
    const marks = [];
    if (known) {
      const middle = x(run.furthest) > width * 0.65;
      const at = middle ? x(run.furthest) - 6 : x(run.furthest) + 8;
      const anchor = middle ? "end" : "start";
      const under = held && trained < apart;
      const line = (loss, below) => Math.max(top + letters, Math.min(height - bottom - 5, y(loss) + (below ? letters * 1.15 : -7)));
      const [first, second] = [line(trained, under && y(trained) < height - bottom - letters * 1.5), held ? line(apart, !under) : 0];
      marks.push(write(say("training"), [at, first], "training", anchor));
      if (held) marks.push(write(say("held out"), [at, Math.abs(second - first) < letters ? first - letters * 1.2 : second], "held", anchor));
    }
    const words = say`The losses of ${run.furthest} epochs, from 0 to ${numberText(highest, 2)}.`;
    this.svg.setAttribute("aria-label", known ? `${words} ${say`The last: ${number(trained)}.`}` : words);
    const now = run.epoch + run.batch / run.batches;
    this.svg.innerHTML =
      `<path class="axis" d="M${left},${top}V${height - bottom}H${width - right}"/>` +
      write("0", [left - 5, height - bottom], "soft", "end") +
      write(numberText(highest, 2), [left - 5, top + letters * 0.8], "soft", "end") +
      write("0", [left, height - 3], "soft", "middle") +
      write(say`epoch ${last}`, [width - right, height - 3], "soft", "end") +
      `<path class="python" d="${path([null, ...LESSON.python])}"/>` +
      `<path class="held" d="${held ? path(run.validation) : ""}"/>` +
      `<path class="training" d="${path(run.losses)}"/>` +
      `<path class="now" d="M${x(now)},${top}V${height - bottom}"/>` +
      (Number.isFinite(run.losses[run.epoch]) ? `<circle r="4.5" cx="${x(run.epoch)}" cy="${y(run.losses[run.epoch])}"/>` : "") +
      marks.join("");
  }
}
