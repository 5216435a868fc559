// The player: which moment is shown, and how the reader moves among them.
//
// Moment 0 is before the forward pass; then comes one for each gate, and one for each step back.

const byId = (id) => document.getElementById(id);
const GATES = [...NODES.keys()].filter((place) => NODES[place].operands.length);
const LAST = GATES.length + LESSON.steps.length;
const END = LESSON.quiz ? LAST : LAST + 1; // after the last step: what it was all for
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
const ending = new Ending((place, by) => moved(LESSON, pass.data, dependents(LESSON, place), place, by));
const reading = new Reading(
  () => (quiz ? [] : Array.from({ length: LAST + 1 }, (_, at) => noteLine(at) + card(stepOf(at), at))),
  () => byId("nudge") && ending.tell(),
);

const stepOf = (at) => (at > GATES.length && at <= LAST ? pass.steps[at - GATES.length - 1] : null);
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
    Object.assign(marks, { gate, operand, index, contribution: veiled ? null : contribution });
  } else if (!quiz && moment && moment <= LAST) Object.assign(marks, { gate: GATES[moment - 1], value: GATES[moment - 1] });
  else if (quiz) marks.operand = quiz.node;
  picture.show(pass, known, { ...marks, moving: moving ? (PACE * 0.6) / speed() : moving });
  byId("where").innerHTML = heading(step) + within(step);
  const told = veiled ? veiledCard(step, GATES[moment - 1], pass) : card(step);
  reading.show(quiz ? "" : noteLine(moment) + told);
  byId("slider").value = moment;
  byId("slider").setAttribute("aria-valuetext", heading(step));
  for (const id of ["first", "back"]) byId(id).disabled = moment === 0;
  for (const id of ["step", "next", "last"]) byId(id).disabled = moment === END;
  for (const cell of document.querySelectorAll("tbody tr")) cell.classList.remove("now");
  rowOf(moment)?.classList.add("now");
  const note = document.querySelector("#card > .own dd")?.textContent ?? "";
  if (!timer) byId("live").textContent = quiz ? "" : `${aloud(step)} ${note}`.trim();
}

const PLACES = NODES.some((node) => node.place); // for which a line is kept free

// Where the gate at work is, so that names can be as short as in its frame.
function within(step) {
  const gate = quiz || !moment || moment > LAST ? null : step ? step.gate : GATES[moment - 1];
  const place = gate === null ? "" : NODES[gate].place;
  return PLACES ? ` <small>${place ? `in ${text(place)}` : "&nbsp;"}</small>` : "";
}

function heading(step) {
  if (quiz) return "Fill in the gradients";
  if (step) return `Step ${moment} of ${LAST}: backward ${step.index + 1} of ${pass.steps.length}`;
  if (moment > LAST) return `After step ${LAST}: what the gradients say`;
  return moment ? `Step ${moment} of ${LAST}: forward ${moment} of ${GATES.length}` : `Before step 1 of ${LAST}`;
}

function card(step, at = moment) {
  if (step) return step.position === null ? seedCard(step.gate, pass) : stepCard(step, pass);
  if (at > LAST) return ending.card(pass);
  return at ? forwardCard(GATES[at - 1], pass) : startCard(pass);
}

function aloud(step) {
  if (veiled) return veiledSpoken(step, GATES[moment - 1]);
  if (step) return spoken(step);
  if (!moment) return "Before the first step.";
  if (moment > LAST) return "All gradients are known.";
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

// veil: whether the number of the moment is hidden, until one more step shows it.
function go(to, moving = false, veil = false) {
  veiled = veil;
  moment = Math.max(0, Math.min(END, to));
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
  if (on && moment === END) go(0);
  if (on) timer = setTimeout(advance, PACE / speed() / 4);
  byId("play").innerHTML = on ? '❚❚<span class="word"> pause</span>' : '▶<span class="word"> play</span>';
  byId("play").setAttribute("aria-label", on ? "pause" : "play");
}

// One step on; where numbers are hidden at first, the next shows what this one has hidden.
function forth() {
  if (veiled) go(moment, true);
  else go(moment + 1, !LESSON.reveal, LESSON.reveal && moment < LAST); // the dot waits for the number
}

function advance() {
  forth();
  if (moment === END) play(false);
  else timer = setTimeout(advance, PACE / speed());
  if (!timer) show();
}

const ACTIONS = {
  first: () => go(0),
  back: () => go(moment - 1),
  step: forth,
  next: () => go(gateEnd(), true),
  previous: () => go(gateStart()),
  last: () => go(END),
};

function act(name) {
  play(false);
  ACTIONS[name]();
}

const KEYS = { ArrowRight: "step", ArrowLeft: "back", Home: "first", End: "last" };
const SHIFTED = { ArrowRight: "next", ArrowLeft: "previous" };

const VIEWS = {
  "+": () => picture.view.zoom(1.25),
  "=": () => picture.view.zoom(1.25),
  "-": () => picture.view.zoom(0.8),
  0: () => picture.view.toggleWhole(),
  f: fullScreen,
  p: projector,
};

// Among several lessons of one file, whose frame has this name: the page around is told where to go.
const AMONG = window.name === "lesson" ? { n: 1, b: -1, i: 0 } : {};

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {}); // a notebook may not allow it
}

// Large letters, the picture over the full width, and the player out of the way until pointed at.
function projector() {
  const on = document.documentElement.classList.toggle("projector");
  byId("projector").setAttribute("aria-pressed", on);
  reading.fit();
}

function pressed(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || byId("help").open) return;
  if (event.target.closest("input, select, textarea") || scrolls(event.target)) return;
  if (event.key === "?") byId("help").showModal();
  else if (event.key in VIEWS) VIEWS[event.key]();
  else if (event.key in AMONG) parent.postMessage(AMONG[event.key], "*");
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
  if (!frame.matches(".scroll, #reading, #about")) return false;
  return frame.scrollWidth > frame.clientWidth || frame.scrollHeight > frame.clientHeight;
}

// ---- beginning ----------------------------------------------------------------------------------

function fromAddress() {
  const match = /^#step=([0-9]+)$/.exec(location.hash);
  return match ? Math.min(Number(match[1]), END) : 0;
}

document.documentElement.classList.add("runs");
byId("tables").open = false;
byId("slider").max = END;
byId("slider").addEventListener("input", () => {
  play(false);
  go(Number(byId("slider").value));
});
for (const id of ["first", "back", "step", "next", "last"]) byId(id).addEventListener("click", () => act(id));
byId("play").addEventListener("click", () => play(!timer));
byId("keys").addEventListener("click", () => byId("help").showModal());
byId("print").addEventListener("click", () => print());
byId("projector").addEventListener("click", projector);
byId("among").hidden = !("n" in AMONG);
for (const [id, key] of [["smaller", "-"], ["larger", "+"], ["whole", "0"]]) byId(id).addEventListener("click", VIEWS[key]);
document.addEventListener("keydown", pressed);
let before = {}; // printing
addEventListener("beforeprint", () => {
  before = { moment, veiled, open: byId("tables").open };
  byId("tables").open = true;
  play(false);
  if (!quiz) go(LAST);
  picture.view.put(picture.view.whole);
});
addEventListener("afterprint", () => {
  byId("tables").open = before.open;
  if (!quiz) go(before.moment, false, before.veiled);
  picture.view.settle();
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
