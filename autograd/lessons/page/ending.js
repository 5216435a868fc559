// The first screen, which says what is to happen, and the last, which says what gradients are good for.

const BACK = say("Going back: each gate multiplies its gradient by its local derivative, and adds the product to its operand's.");
const REACH = 1; // how far a nudge goes, either way
const DRAWN = { width: 240, height: 120, points: 48 };

const LEAVES = [...NODES.keys()].filter((place) => !NODES[place].operands.length && !NODES[place].number);

function startCard(pass) {
  const within = LEAVES.filter((place) => NODES[place].place && !NODES[place].constant).length;
  const given = within < 6 ? LEAVES : LEAVES.filter((place) => NODES[place].constant || !NODES[place].place);
  const known = given.slice(0, 12).map((place) => math(`${NODES[place].name}<mo>=</mo>${numeral(pass.data[place])}`));
  if (given.length > 12) known.push("…");
  if (given !== LEAVES) known.push(counted("{0} parameters", within));
  const gates = plan.moments.slice(0, plan.forward).map(({ gate }) => NODES[gate].name);
  const order = gates.length > 9 ? [...gates.slice(0, 4), "<mo>…</mo>", ...gates.slice(-3)] : gates;
  return (
    line("start", START) +
    line("known", known.join(", ")) +
    line("forward", chain("→", order)) +
    line("back", chain("→", [...order].reverse()))
  );
}

// All gradients; and what they foretell of a nudge, beside what then happens.
class Ending {
  constructor(nudged) {
    this.nudged = nudged; // gives the result where a leaf is moved, or null
    this.leaf = null;
    this.by = 0.1;
    document.getElementById("card").addEventListener("input", (event) => {
      if (event.target.id === "nudged") this.leaf = Number(event.target.value);
      else if (event.target.id === "nudge") this.by = Number(event.target.value);
      else return;
      this.tell();
    });
  }

  card(pass) {
    this.pass = pass;
    const leaves = LEAVES.filter((place) => !NODES[place].constant);
    this.leaf ??= leaves.find((place) => pass.gradient[place]) ?? leaves[0];
    const all = leaves.map((place) => {
      const sign = gradientSign(place);
      const within = NODES[place].place && say`in ${text(NODES[place].place)}`; // outside of a formula, so that it can break
      const left = within ? `${math(sign)} ${within} ${math("<mo>=</mo>")}` : math(`${sign}<mo>=</mo>`);
      return `${left} ${gradNumber(pass.gradient[place])}`;
    });
    const rows = line("gradients", all.map((each) => `<span class="each">${each}</span>`).join(" "));
    if (!LESSON.editable || !leaves.length) return rows;
    const choices = leaves.map((place) => {
      return `<option value="${place}"${place === this.leaf ? " selected" : ""}>${text(placed(NODES[place]))}</option>`;
    });
    const select = `<select id="nudged" aria-label="${say("what to nudge")}">${choices.join("")}</select>`;
    const slider =
      say`${select} by ${'<output id="by"></output>'}` +
      `<input id="nudge" type="range" aria-label="${say("the nudge")}" min="${-REACH}" max="${REACH}" step="0.01" value="${this.by}">`;
    return (
      line("nudge", slider) +
      line("should", `<span id="should"></span>`) +
      line("does", `<span id="does"></span>`) +
      line("apart", `<span id="apart"></span><svg id="curve" role="img" viewBox="0 0 ${DRAWN.width} ${DRAWN.height}"></svg>`) +
      rows
    );
  }

  // What the gradient foretells and what happens, in words, and as a line beside a curve.
  tell() {
    const [slope, before] = [this.pass.gradient[this.leaf], this.pass.data[LESSON.root]];
    const change = (by) => {
      const to = this.nudged(this.leaf, by);
      return to === null ? null : to - before;
    };
    const [should, does] = [slope * this.by, change(this.by)];
    const root = NODES[LESSON.root].name;
    const put = (id, markup) => (document.getElementById(id).innerHTML = markup);
    put("by", number(this.by));
    const product = `${numeral(slope)}<mo>·</mo>${signless(numeral(this.by))}`;
    const foretold = chain("=", [`${gradientSign(this.leaf)}<mo>·</mo>${signless(numeral(this.by))}`, product, numeral(should)]);
    put("should", say`${math(root)} should move by about ${foretold}`);
    put("does", does === null ? say("it does not exist there") : say`it moves by ${math(numeral(does))}`);
    put("apart", does === null ? "" : math(numeral(does - should)));
    this.draw(slope, change, should, does);
  }

  draw(slope, change, should, does) {
    const { width, height, points } = DRAWN;
    const at = Array.from({ length: points + 1 }, (_, k) => REACH * ((2 * k) / points - 1));
    const true_ = at.map(change);
    const finite = [...true_.filter((x) => x !== null && Number.isFinite(x)), slope * REACH, -slope * REACH];
    const most = Math.max(...finite.map(Math.abs)) || 1;
    const x = (by) => (width / 2) * (1 + (0.95 * by) / REACH);
    const y = (move) => (height / 2) * (1 - (0.9 * move) / most);
    const path = at.map((by, k) => (true_[k] === null ? "" : `${k && true_[k - 1] !== null ? "L" : "M"}${x(by)},${y(true_[k])}`));
    const curve = document.getElementById("curve");
    curve.setAttribute("aria-label", say("The change of the result by the nudge: a straight line as foretold, and the true curve"));
    const dots = [["should", should], ["does", does]].filter(([, move]) => move !== null);
    curve.innerHTML =
      `<path class="axis" d="M0,${height / 2}H${width}M${width / 2},0V${height}"/>` +
      `<path class="should" d="M${x(-REACH)},${y(-slope * REACH)}L${x(REACH)},${y(slope * REACH)}"/>` +
      `<path class="does" d="${path.join("")}"/>` +
      dots.map(([kind, move]) => `<circle class="${kind}" cx="${x(this.by)}" cy="${y(move)}" r="5"/>`).join("");
  }
}
