// The player: which moment is shown, and how the reader moves among them.
//
// Moment 0 is before the forward pass; then comes one for each gate, and one for each step back.

const byId = (id) => document.getElementById(id);
const GATES = [...NODES.keys()].filter((place) => NODES[place].operands.length);
const LAST = GATES.length + LESSON.steps.length;
const PACE = 1600; // milliseconds of a moment
const START =
  "The inputs are known. Going forward, each gate computes its value. Then, going back from the " +
  "result, each gate hands its gradient on to its operands.";

const given = () => NODES.map((node) => evaluate(node.data, []));
const tabled = () => ({ data: given(), local: NODES.map((node) => (node.local ?? []).map((x) => evaluate(x, []))) });

let pass = backward(LESSON, tabled());
let moment = 0;
let timer = 0;
let quiz = null;

const picture = new Picture(describe);

const stepOf = (at) => (at > GATES.length ? pass.steps[at - GATES.length - 1] : null);
// What is at work at a moment: in the forward pass, at the seed, or in the backward pass.
const workOf = (at) => (stepOf(at) ? `${stepOf(at).position === null ? "seed" : "back"} ${stepOf(at).gate}` : at);

// The last moment whose number is shown.
const shown = () => moment - Number(veiled);

// What is known at the moment: null for a number that has not been worked out.
const known = {
  data: (place) => (quiz || !NODES[place].operands.length || GATES.indexOf(place) < shown() ? pass.data[place] : null),
  gradient(place) {
    if (quiz) return quiz.gradient(place);
    const arrived = pass.arrivals[place].filter((step) => step.index < shown() - GATES.length);
    return arrived.length ? arrived[arrived.length - 1].after : null;
  },
};

function show(moving = false) {
  const step = stepOf(moment);
  const marks = { gate: null, operand: null, value: null, index: null };
  if (!quiz && step) {
    const { gate, operand, index, contribution } = step;
    Object.assign(marks, { gate, operand, index: veiled ? null : index, contribution });
  } else if (!quiz && moment) Object.assign(marks, { gate: GATES[moment - 1], value: GATES[moment - 1] });
  else if (quiz) marks.operand = quiz.node;
  picture.show(pass, known, { ...marks, moving: moving ? (PACE * 0.6) / speed() : 0 });
  byId("where").textContent = heading(step);
  byId("card").innerHTML = quiz ? "" : noteLine(moment) + card(step);
  if (!quiz) keepHeight(byId("side"));
  byId("slider").value = moment;
  byId("slider").setAttribute("aria-valuetext", heading(step));
  for (const id of ["first", "back"]) byId(id).disabled = moment === 0;
  for (const id of ["step", "next", "last"]) byId(id).disabled = moment === LAST && !veiled;
  for (const cell of document.querySelectorAll("tbody tr")) cell.classList.remove("now");
  rowOf(moment)?.classList.add("now");
  if (!timer) byId("live").textContent = quiz ? "" : aloud(step);
}

// A panel does not shrink while stepping, so that what is below it stays where it is.
function keepHeight(panel) {
  panel.style.minHeight = `${panel.offsetHeight}px`;
}

function heading(step) {
  if (quiz) return "Fill in the gradients";
  if (step) return `Step ${moment} of ${LAST}: backward ${step.index + 1} of ${pass.steps.length}`;
  return moment ? `Step ${moment} of ${LAST}: forward ${moment} of ${GATES.length}` : `Before step 1 of ${LAST}`;
}

function card(step) {
  if (veiled) return veiledCard(step, GATES[moment - 1], pass);
  if (step) return step.position === null ? seedCard(step.gate, pass) : stepCard(step, pass);
  if (moment) return forwardCard(GATES[moment - 1], pass);
  return line("start", START);
}

function aloud(step) {
  if (veiled) return "What comes next?";
  if (step) return spoken(step);
  if (!moment) return "Before the first step.";
  const gate = GATES[moment - 1];
  return `Gate ${NODES[gate].text}: data ${number(pass.data[gate])}.`;
}

// The row of a moment in the tables; the first moment has none.
const rowOf = (at) => [...byId("forward").rows, ...byId("backward").rows][at - 1];

function describe(place) {
  const about = byId("about");
  about.dataset.words ??= about.textContent;
  if (place === null) {
    about.textContent = about.dataset.words;
    return;
  }
  const node = NODES[place];
  const [data, grad] = [known.data(place), known.gradient(place)];
  const formula = node.operands.length ? `${node.name}<mo>=</mo>${symbols(forwardTree(place))}` : node.name;
  const said = [`<strong>${math(formula)}</strong>`];
  said.push(data === null ? "not computed yet" : `data ${math(numeral(data))}`);
  if (node.constant) said.push("a constant, which takes no gradient");
  else {
    said.push(grad === null ? "no gradient yet" : `gradient ${math(numeral(grad))}`);
    said.push(`used ${plural(pass.arrivals[place].length, "time")}`);
  }
  about.innerHTML = said.join("; ");
}

// ---- moving -------------------------------------------------------------------------------------

function go(to, moving = false, veil = false) {
  veiled = veil;
  moment = Math.max(0, Math.min(LAST, to));
  try {
    history.replaceState(null, "", `#step=${moment}`);
  } catch {
    // in a frame of a notebook there is no address to write to
  }
  show(moving);
}

// The last moment of the gate at work, or of the next where this is it.
function gateEnd() {
  let to = moment + 1;
  while (to < LAST && workOf(to + 1) === workOf(to)) to += 1;
  return to;
}

// The moment before the gate at work.
function gateStart() {
  let to = moment - 1;
  while (to > 0 && workOf(to) === workOf(moment)) to -= 1;
  return to;
}

const speed = () => Number(byId("speed").value);

function play(on) {
  clearTimeout(timer);
  timer = 0;
  if (on && moment === LAST) go(0);
  if (on) timer = setTimeout(advance, PACE / speed() / 4);
  byId("play").innerHTML = on ? '❚❚<span class="word"> pause</span>' : '▶<span class="word"> play</span>';
  byId("play").setAttribute("aria-label", on ? "pause" : "play");
}

// One step on; where numbers are hidden at first, the next shows what this one has hidden.
function forth() {
  if (veiled) go(moment, true);
  else go(moment + 1, true, LESSON.reveal && moment < LAST);
}

function advance() {
  forth();
  if (moment === LAST && !veiled) play(false);
  else timer = setTimeout(advance, PACE / speed());
  if (!timer) show();
}

const ACTIONS = {
  first: () => go(0),
  back: () => go(moment - 1),
  step: forth,
  next: () => go(gateEnd(), true),
  previous: () => go(gateStart()),
  last: () => go(LAST),
};

function act(name) {
  play(false);
  ACTIONS[name]();
}

const KEYS = { ArrowRight: "step", ArrowLeft: "back", Home: "first", End: "last" };
const SHIFTED = { ArrowRight: "next", ArrowLeft: "previous" };

function pressed(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || byId("help").open) return;
  if (event.target.closest("input, select, textarea") || scrolls(event.target)) return;
  if (event.key === "?") byId("help").showModal();
  else if (quiz) return;
  else if (event.key === " ") {
    if (event.target.closest("button, summary, a")) return; // which it presses
    play(!timer);
  } else {
    const action = (event.shiftKey ? SHIFTED : KEYS)[event.key];
    if (!action) return;
    act(action);
  }
  event.preventDefault();
}

// Whether the keys scroll the frame that has the focus.
function scrolls(frame) {
  if (!frame.matches(".scroll, #picture, #side")) return false;
  return frame.scrollWidth > frame.clientWidth || frame.scrollHeight > frame.clientHeight;
}

// ---- other inputs -------------------------------------------------------------------------------

function makeInputs() {
  const leaves = [...NODES.keys()].filter((place) => !NODES[place].operands.length && !NODES[place].constant);
  byId("inputs").hidden = !LESSON.editable || !leaves.length || Boolean(LESSON.quiz);
  const boxes = leaves.map((place) => {
    const label = document.createElement("label");
    const x = evaluate(NODES[place].data, []);
    const reach = Math.max(5, 2 * Math.abs(x));
    const name = text(NODES[place].text);
    label.innerHTML =
      `<span>${math(NODES[place].name)}</span><input type="text" inputmode="text" aria-label="${name}">` +
      `<input type="range" aria-label="${name}, by sliding" min="${-reach}" max="${reach}" step="${reach / 200}">`;
    const [box, slide] = label.querySelectorAll("input");
    box.addEventListener("change", () => setLeaf(readNumber(box.value)));
    slide.addEventListener("input", () => setLeaf(Number(slide.value)));
    const setLeaf = (to) => {
      const wrong = to === null ? `${NODES[place].text}: ${NO_NUMBER}` : recompute(place, to);
      byId("wrong").textContent = wrong;
      fill();
    };
    const fill = () => {
      box.value = numberText(pass.data[place], 12);
      slide.value = pass.data[place];
    };
    fill();
    byId("leaves").append(label);
    return fill;
  });
  byId("reset").addEventListener("click", () => {
    pass = backward(LESSON, tabled());
    byId("wrong").textContent = "";
    for (const fill of boxes) fill();
    writeTables();
    show();
  });
}

// Compute everything again with another number in a leaf; what is wrong, or "".
function recompute(place, x) {
  const leaves = pass.data.slice();
  leaves[place] = x;
  const result = forward(LESSON, leaves);
  if (result.error !== undefined) return outside(result.error, result.data);
  pass = backward(LESSON, result);
  writeTables();
  show();
  return "";
}

function outside(gate, data) {
  const { text: name, op, operands } = NODES[gate];
  const named = operands.filter((operand) => !NODES[operand].number);
  const at = named.map((operand) => `${NODES[operand].text} = ${number(data[operand])}`).join(", ");
  const { domain } = LESSON.signs[op];
  const why = domain ? `: ${domain}` : ", or is too large";
  return `${name} does not exist at ${at}${why}. The numbers stay as they were.`;
}

function writeTables() {
  for (const [turn, gate] of GATES.entries()) byId("forward").rows[turn].cells[3].textContent = number(pass.data[gate]);
  for (const step of pass.steps.slice(1)) {
    const { cells } = byId("backward").rows[step.index];
    const local = localDerivative(step, pass);
    const slope = numeral(step.local);
    cells[3].textContent = number(step.upstream);
    if (local.symbols !== slope) cells[4].innerHTML = math(`${local.symbols}<mo>=</mo>${slope}`);
    else cells[4].textContent = number(step.local);
    cells[5].textContent = number(step.contribution);
    cells[6].textContent = `${number(step.before)} → ${number(step.after)}`;
  }
}

// ---- beginning ----------------------------------------------------------------------------------

function fromAddress() {
  const match = /^#step=([0-9]+)$/.exec(location.hash);
  return match ? Math.min(Number(match[1]), LAST) : 0;
}

document.documentElement.classList.add("runs");
byId("tables").open = false;
picture.fit();
byId("slider").max = LAST;
byId("slider").addEventListener("input", () => {
  play(false);
  go(Number(byId("slider").value));
});
for (const id of ["first", "back", "step", "next", "last"]) byId(id).addEventListener("click", () => act(id));
byId("play").addEventListener("click", () => play(!timer));
byId("keys").addEventListener("click", () => byId("help").showModal());
byId("print").addEventListener("click", () => print());
document.addEventListener("keydown", pressed);
let before = {}; // printing
addEventListener("beforeprint", () => {
  before = { moment, open: byId("tables").open };
  byId("tables").open = true;
  play(false);
  if (!quiz) go(LAST);
});
addEventListener("afterprint", () => {
  byId("tables").open = before.open;
  if (!quiz) go(before.moment);
});
addEventListener("resize", () => {
  byId("side").style.minHeight = "";
});
addEventListener("hashchange", () => go(fromAddress()));
makeInputs();
moment = fromAddress();
if (LESSON.quiz) {
  quiz = new Quiz(pass, show);
  byId("quiz").hidden = false;
  byId("tables").hidden = true; // it has the answers
  byId("slider").closest("#player").classList.add("asking");
  quiz.ask("");
} else show();
