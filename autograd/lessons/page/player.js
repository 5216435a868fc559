// The player: which moment is shown, and how the reader moves among them.
//
// Moment 0 is before the forward pass; then comes one for each gate, and one for each step back. A
// closed neuron is one gate, and one step back.

const GATES = [...NODES.keys()].filter((place) => NODES[place].operands.length);
const PACE = 1600; // milliseconds of a moment
const START = say(
  "The inputs are known. Going forward, each gate computes its value. Then, going back from the result, each gate hands its gradient on to its operands.",
);

const given = () => NODES.map((node) => evaluate(node.data, []));
const tabled = () => ({ data: given(), local: NODES.map((node) => (node.local ?? []).map((x) => evaluate(x, []))) });

let moment = 0;
let timer = 0;
let quiz = null;
let plan = null; // the moments after moment 0, which follow what is open
let pass = null;
let LAST = 0;
let END = 0; // after the last step: what it was all for

const picture = new Picture(describe, toggle);
const ending = new Ending((place, by) => moved(LESSON, pass.data, dependents(LESSON, place), place, by));

function makePlan(numbers) {
  plan = planned(picture.neurons);
  LAST = plan.moments.length;
  END = LESSON.quiz ? LAST : LAST + 1;
  pass = backward(LESSON, numbers, plan.order);
  byId("slider").max = END;
}

makePlan(tabled());
const reading = new Reading(
  () => (quiz ? [] : Array.from({ length: LAST + 1 }, (_, at) => noteLine(toldAt(at)) + card(at))),
  () => byId("nudge") && ending.tell(),
);

const planAt = (at) => plan.moments[at - 1] ?? null; // null at the first moment and at the last
const stepsAt = (at) => (planAt(at)?.steps ?? []).map((index) => pass.steps[index]);
const isBack = (at) => at > plan.forward && at <= LAST;
// What is at work at a moment: in the forward pass, at the seed, or in the backward pass.
const workOf = (at) => (isBack(at) ? `${at === plan.forward + 1 ? "seed" : "back"} ${planAt(at).gate}` : at);
// When a gate is computed, and when a step, by its place in the lesson, is made.
const momentOfGate = (gate) => 1 + plan.moments.findIndex(({ gates }) => gates.includes(gate));
const momentOfStep = (row) => 1 + plan.moments.findIndex(({ steps }) => steps.some((index) => pass.steps[index].row === row));
// The moments of the whole passes, gate by gate, that a moment here takes together.
const toldAt = (at) => [
  ...(at ? [] : [0]),
  ...(planAt(at)?.gates ?? []).map((gate) => 1 + GATES.indexOf(gate)),
  ...stepsAt(at).map((step) => 1 + GATES.length + step.row),
];
const computedBy = (at) => new Set(plan.moments.slice(0, at).flatMap(({ gates }) => gates));

// The last moment whose number is shown.
const shown = () => moment - Number(veiled);

// What is known at the moment: null for a number that has not been worked out.
const known = {
  data: (place) => (quiz || !NODES[place].operands.length || done.gates.has(place) ? pass.data[place] : null),
  gradient(place) {
    if (quiz) return quiz.gradient(place);
    const arrived = pass.arrivals[place].filter((step) => step.index < done.steps);
    return arrived.length ? arrived[arrived.length - 1].after : null;
  },
};

let done = {}; // the gates that are computed, and the number of steps that are made

function show(moving = false) {
  const at = planAt(moment);
  const steps = stepsAt(moment);
  done = { gates: computedBy(shown()), steps: 1 + Math.max(-1, ...plan.moments.slice(0, shown()).flatMap((each) => each.steps)) };
  const marks = { gate: null, operands: [], value: null, steps: [] };
  if (quiz) marks.operands = quiz.node === null ? [] : [quiz.node];
  else if (at) {
    const own = (place) => at.neuron !== null && picture.neurons.around(place) === at.neuron;
    const outer = steps.filter((step) => !own(step.operand));
    Object.assign(marks, { gate: at.gate, operands: outer.map((step) => step.operand), steps: outer });
    if (!steps.length) marks.value = at.gate;
  }
  picture.show(pass, known, { ...marks, moving: moving ? (PACE * 0.6) / speed() : moving });
  byId("where").innerHTML = heading() + within();
  const told = veiled ? veiledCard(at, steps, pass) : card(moment);
  reading.show(quiz ? "" : noteLine(toldAt(moment)) + told);
  byId("slider").value = moment;
  byId("slider").setAttribute("aria-valuetext", heading());
  for (const id of ["first", "back"]) byId(id).disabled = moment === 0;
  for (const id of ["step", "next", "last"]) byId(id).disabled = moment === END;
  for (const cell of document.querySelectorAll("tbody tr")) cell.classList.remove("now");
  for (const row of rowsOf(moment)) row.classList.add("now");
  const note = document.querySelector("#card > .own dd")?.textContent ?? "";
  if (!timer) byId("live").textContent = quiz ? "" : `${aloud()} ${note}`.trim();
}

const PLACES = NODES.some((node) => node.place); // for which a line is kept free

// Where the gate at work is, so that names can be as short as in its frame.
function within() {
  const gate = quiz ? null : planAt(moment)?.gate ?? null;
  const place = gate === null ? "" : NODES[gate].place;
  const neuron = gate === null ? null : picture.neurons.owner[gate];
  const word = picture.neurons.closed.has(neuron) ? say("open") : say("close");
  const button = neuron === null ? "" : ` <button type="button" id="this" data-neuron="${neuron}">${word}</button>`;
  return PLACES ? ` <small>${place ? say`in ${text(place)}` : "&nbsp;"}${button}</small>` : "";
}

function heading() {
  if (quiz) return say("Fill in the gradients");
  if (isBack(moment)) return say`Step ${moment} of ${LAST}: backward ${moment - plan.forward} of ${LAST - plan.forward}`;
  if (moment > LAST) return say`After step ${LAST}: what the gradients say`;
  return moment ? say`Step ${moment} of ${LAST}: forward ${moment} of ${plan.forward}` : say`Before step 1 of ${LAST}`;
}

function card(at) {
  if (at > LAST) return ending.card(pass);
  if (!at) return startCard(pass);
  const { gate, neuron } = planAt(at);
  const steps = stepsAt(at);
  if (neuron !== null) {
    const whole = picture.neurons.all[neuron];
    return steps.length ? chainCard(whole, steps, pass) : neuronCard(whole, pass);
  }
  if (!steps.length) return forwardCard(gate, pass);
  return steps[0].position === null ? seedCard(gate, pass) : stepCard(steps[0], pass);
}

function aloud() {
  if (veiled) return veiledSpoken(planAt(moment), stepsAt(moment));
  if (!moment) return say("Before the first step.");
  if (moment > LAST) return say("All gradients are known.");
  const { gate, neuron } = planAt(moment);
  const steps = stepsAt(moment);
  if (neuron !== null) return neuronSpoken(picture.neurons.all[neuron], steps, pass);
  return steps.length ? spoken(steps[0]) : say`Gate ${NODES[gate].text}: data ${number(pass.data[gate])}.`;
}

// The rows of a moment in the tables; the first moment has none.
function rowsOf(at) {
  const gates = (planAt(at)?.gates ?? []).map((gate) => byId("forward").rows[GATES.indexOf(gate)]);
  return [...gates, ...stepsAt(at).map((step) => byId("backward").rows[step.row])];
}

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
  said.push(data === null ? say("not computed yet") : say`data ${math(numeral(data))}`);
  if (node.constant) said.push(say("a constant, which takes no gradient"));
  else {
    said.push(grad === null ? say("no gradient yet") : say`gradient ${math(numeral(grad))}`);
    said.push(counted("used {0} times", pass.arrivals[place].length));
  }
  about.innerHTML = said.reduce((all, each) => say`${all}; ${each}`);
}

// ---- neurons --------------------------------------------------------------------------------------

// Open some neurons and close the others, and stay at what is at work.
function setClosed(closed) {
  play(false);
  const [first] = stepsAt(moment);
  const at = planAt(moment);
  const end = moment > LAST;
  picture.neurons.closed = new Set(closed);
  picture.neurons.arrange();
  picture.drawMap();
  makePlan(pass);
  if (end) moment = END;
  else if (at) moment = first ? momentOfStep(first.row) : momentOfGate(at.gates[0]);
  writeTables();
  reading.fit();
  go(moment);
  nameOpen();
}

// What the button for all neurons would do; where there is little room, without the word `all`.
function nameOpen() {
  const opens = picture.neurons.closed.size > 0;
  const [all, end] = ['<span class="word">', "</span>"];
  byId("open").innerHTML = opens ? say`open${all} all${end}` : say`close${all} all${end}`;
  byId("open").setAttribute("aria-label", opens ? say("open all neurons") : say("close all neurons"));
}

function toggle(number) {
  const { closed, all, places } = picture.neurons;
  const opens = closed.has(number);
  setClosed(opens ? [...closed].filter((each) => each !== number) : [...closed, number]);
  const at = planAt(moment);
  if (opens && (!at || picture.neurons.owner[at.gate] !== number)) picture.view.look(places[number], LETTERS);
  const { name, gates } = all[number];
  byId("live").textContent = opens ? say`Neuron ${name} is open: ${counted("{0} gates", gates.length)}.` : say`Neuron ${name} is closed.`;
}

function toggleAll() {
  const { closed, all } = picture.neurons;
  setClosed(closed.size ? [] : all.keys());
  byId("live").textContent = closed.size ? say("All neurons are open.") : say("All neurons are closed.");
}

// ---- moving -------------------------------------------------------------------------------------

// veil: whether the number of the moment is hidden, until one more step shows it.
function go(to, moving = false, veil = false) {
  veiled = veil;
  moment = Math.max(0, Math.min(END, to));
  const all = picture.neurons.all.length && !picture.neurons.closed.size;
  remember(`step=${moment}${all ? "&open=all" : ""}`);
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
  showPlaying(on);
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

const VIEWS = {
  "+": () => picture.view.zoom(1.25),
  "=": () => picture.view.zoom(1.25),
  "-": () => picture.view.zoom(0.8),
  0: () => picture.view.toggleWhole(),
};

// Among several lessons of one file, whose frame has this name: the page around is told where to go.
const AMONG = window.name === "lesson" ? { n: 1, b: -1, i: 0 } : {};

const tellParent = (key) => () => parent.postMessage(AMONG[key], "*");

// On a neuron, Enter opens and closes it, + opens it, and - closes it.
function onNeuron({ target, key }) {
  const neuron = picture.neurons.boxes.indexOf(target.closest("#picture .neuron"));
  const closed = picture.neurons.closed.has(neuron);
  if (neuron < 0 || (key !== "Enter" && key !== (closed ? "+" : "-"))) return false;
  toggle(neuron);
  return true;
}

// ---- beginning ----------------------------------------------------------------------------------

// `#step=7`, or `#step=7&open=all`.
function fromAddress() {
  const match = /^#step=([0-9]+)(&open=all)?$/.exec(location.hash);
  if (match?.[2] && picture.neurons.closed.size) setClosed([]);
  return match ? Math.min(Number(match[1]), END) : 0;
}

document.documentElement.classList.add("runs");
byId("tables").open = false;
connect({
  act,
  toggle: () => play(!timer),
  seek(to) {
    play(false);
    go(to);
  },
  arrange: () => reading.fit(),
  views: { ...VIEWS, ...Object.fromEntries(Object.keys(AMONG).map((key) => [key, tellParent(key)])) },
  own: onNeuron,
  asleep: () => quiz !== null,
});
byId("print").addEventListener("click", () => print());
byId("among").hidden = !("n" in AMONG);
for (const [id, key] of [["smaller", "-"], ["larger", "+"], ["whole", "0"]]) byId(id).addEventListener("click", VIEWS[key]);
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
byId("open").hidden = !picture.neurons.all.length;
nameOpen();
byId("open").addEventListener("click", toggleAll);
byId("where").addEventListener("click", (event) => {
  if (!event.target.dataset.neuron) return;
  toggle(Number(event.target.dataset.neuron));
  byId("this")?.focus();
});
makeInputs();
writeTables();
moment = fromAddress();
if (LESSON.quiz) {
  quiz = new Quiz(pass, show);
  byId("quiz").hidden = false;
  byId("tables").hidden = true; // it has the answers
  byId("slider").closest("#player").classList.add("asking");
  quiz.ask("");
} else show();
