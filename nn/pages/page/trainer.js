// The player: it lets the run go on, one step, or back, and draws it while it does.

const SLICE = 9; // milliseconds of training between two looks at the clock
const FRAME = 1000 / 30; // milliseconds between two drawings
const READING = 100; // milliseconds between two changes of words, curves and lines while it plays
const PULSE = 900; // milliseconds in which a dot goes along its line
const SPEEDS = { 0.1: "¹⁄₁₀", 1: "1", 5: "5", 30: "30", Infinity: "∞" }; // epochs a second

let palette = new Palette();
let runs = LESSON.runs.map(({ settings }) => new Run(settings));
let run = runs[0]; // the one that steps are counted by, and that is drawn in full
let full = runs.length === 1; // whether it is: else all are side by side
let grid = new Grid(run);
let playing = false;
let goal = null; // [epoch, batch] to which the reader has asked to go
let owed = 0; // steps, by the speed and the time that has passed
let clock = 0; // when a frame was last looked at
let drawn = 0; // when it was last drawn
let written = 0; // when words and curves were
let pulsed = -Infinity; // when a single step was taken
let pointed = null;
let pin = null;
let end = LESSON.epochs;
let busy = false; // whether a frame is asked for

const plane = new Plane(byId("plane"), addPoint);
const columns = new Columns();
const diagram = new Diagram(pointAt, pinned);
const curves = new Curves();
plane.redraw = () => draw();
const chosen = () => (full ? (pointed ?? pin) : null);

const isKept = () => pin !== null && !playing && JSON.stringify(chosen()) === JSON.stringify(pin);

// ---- what is shown ------------------------------------------------------------------------------

function draw(now = performance.now()) {
  drawn = now;
  const isPlaying = playing || goal !== null;
  const anew = !isPlaying || now - written >= READING;
  if (full) drawRun(now, isPlaying, anew);
  else columns.draw(palette, !isPlaying);
  if (anew) {
    written = now;
    curves.draw(runs, full ? run : null, end);
    write();
  }
  byId("slider").value = run.epoch;
  if (!playing && full && now - pulsed < PULSE && !STILL.matches) wake();
}

function drawRun(now, isPlaying, anew) {
  const batch = new Set(run.wrong ? [] : run.places());
  grid.compute();
  const unit = chosen()?.unit ?? null;
  run.lossAndGradient([...batch]); // of the next step
  plane.draw(run, grid, palette, unit, !isPlaying && run.batchSize < run.rows ? batch : null);
  if (asksWhy()) plane.mark(run, reasonsFor(run, pin.weight).point);
  const phase = playing ? (now % PULSE) / PULSE : now - pulsed < PULSE ? (now - pulsed) / PULSE : 0.5;
  diagram.draw(grid, palette, chosen(), phase, anew);
}

const asksWhy = () => isKept() && pin.weight !== undefined; // why a weight moves

function write() {
  const { epoch, batch } = run;
  const own = full ? cardOf(run) : cardOfAll(runs);
  const [heading, rows] = chosen() ? chosenCard(run, chosen(), isKept()) : [headingOf(run), own];
  byId("side").classList.toggle("asks", asksWhy());
  if (!full) columns.write();
  const state = run.wrong && full ? line(say("stopped"), `<span class="bad">${text(run.wrong)}</span>`) : "";
  put("where", text(heading));
  put("card", state + rows);
  tellMore();
  put("seen-title", text(chosen()?.unit === undefined ? say("What the network says") : say("What this neuron gives")));
  put("seen-key", keyOfPlane(run, chosen()?.unit ?? null));
  const dashed = !full && run.data.validY.length ? `${text(say("Dashed: held out."))} ` : "";
  put("agrees", dashed + agreement());
  const slider = byId("slider");
  end = Math.max(end, ...runs.map((each) => each.furthest));
  slider.max = end;
  slider.setAttribute("aria-valuetext", headingOf(run));
  if (!playing) byId("plane").setAttribute("aria-label", pictured());
  const stuck = isStuck();
  for (const id of ["first", "back"]) byId(id).disabled = epoch === 0 && batch === 0;
  for (const id of ["step", "next"]) byId(id).disabled = stuck;
  byId("last").disabled = stuck || (epoch >= end && batch === 0);
}

function put(id, markup) {
  const element = byId(id);
  if (element.dataset.markup === markup) return;
  const held = element.contains(document.activeElement) ? { ...document.activeElement.dataset } : {};
  element.dataset.markup = markup;
  element.innerHTML = markup;
  for (const [name, value] of Object.entries(held)) element.querySelector(`[data-${name}="${value}"]`)?.focus();
}

// The picture of the points, in words.
function pictured() {
  const { data } = run;
  return say`${data.y.length} points and what the network says of every place. ${summary()}`;
}

// How far these losses are from those of Python's run, while nothing has been changed.
function agreement() {
  byId("agrees").classList.remove("bad");
  if (!runs.every(isAsGiven)) return text(say("The grey line is the run as it was handed out."));
  let [count, largest] = [0, 0];
  for (const { losses, furthest, settings } of runs) {
    const { python } = LESSON.runs[settings.run];
    const own = Math.min(furthest, python.length);
    for (let epoch = 1; epoch <= own; epoch++) largest = Math.max(largest, Math.abs(losses[epoch] - python[epoch - 1]));
    count += own;
  }
  if (!count) return text(say("The grey line is Python's run. This page computes it again, step by step."));
  byId("agrees").classList.toggle("bad", !(largest < 1e-9));
  if (!largest) return text(say`The grey line is Python's run: these ${count} losses are exactly the same.`);
  return text(say`The grey line is Python's run: these ${count} losses differ from it by ${numberText(largest, 1)} at most.`);
}

// Whether everything of a run is as in Python's.
const isAsGiven = ({ settings, isTouched }) => !isTouched && JSON.stringify(settings) === JSON.stringify(LESSON.runs[settings.run].settings);

function announce() {
  byId("live").textContent = (full && run.wrong) || summary();
}

function summary() {
  if (!full) return runs.map((each) => `${each.name}: ${each.wrong || summaryOf(each)}`).join(" ");
  return summaryOf(run);
}

function summaryOf(run) {
  const { loss, right, of } = run.measured(run.data.x, run.data.y);
  const share = isParting(run.data) ? `, ${say`${right} of ${of} right [points]`}` : "";
  return say`${headingOf(run)}: loss ${number(loss)}${share}.`;
}

// ---- what is pointed at -------------------------------------------------------------------------

function pointAt(what, aloud) {
  if (JSON.stringify(what) === JSON.stringify(pointed)) return;
  pointed = what;
  if (aloud && what) {
    const [heading] = chosenCard(run, what);
    const numbers = what.weight === undefined ? "" : say`${number(run.parameters[what.weight])}, gradient ${number(run.gradient[what.weight])}`;
    byId("live").textContent = numbers ? say`${heading}: ${numbers}` : heading;
  }
  draw();
}

function pinned(what) {
  pin = JSON.stringify(what) === JSON.stringify(pin) ? null : what;
  draw();
}

// ---- time ---------------------------------------------------------------------------------------

const speed = () => Math.min(1e6, Number(byId("speed").value)); // epochs a second

function wake() {
  if (busy) return;
  busy = true;
  requestAnimationFrame(frame);
}

function frame(now) {
  busy = false;
  const passed = Math.max(0, Math.min(200, now - clock));
  clock = now;
  const until = performance.now() + SLICE;
  if (goal) {
    if (reach(goal, until)) arrive();
  } else if (playing) {
    owed += (passed / 1000) * speed() * run.batches;
    while (owed >= 1 && playing && performance.now() < until) {
      owed -= 1;
      if (!stepAll()) play(false);
      else if (run.epoch === end && run.batch === 0 && end <= LESSON.epochs) play(false);
    }
    owed = Math.min(owed, 0.2 * speed() * run.batches); // what a slow machine cannot do is let go
    if (!playing) announce();
  }
  if (performance.now() - drawn >= FRAME - 4 || !playing) draw(now);
  if (playing || goal) wake();
  else remember(`epoch=${run.epoch}`);
}

// A step of every run; false if there is none that is possible.
function stepAll() {
  if (!run.step() && (full || isStuck())) return false;
  if (!run.wrong) return reach([run.epoch, run.batch], Infinity);
  run = leader();
  return true;
}

// Whether no step is possible: one run has gone astray, or all that are side by side.
const isStuck = () => (full ? Boolean(run.wrong) : runs.every(({ wrong }) => wrong));

// Take all runs to a moment, as far as time allows; whether all are there, or as far as they can.
function reach([epoch, batch], until) {
  const there = runs.map((each) => each.goTo(epoch, each.batches === run.batches ? batch : 0, until) || Boolean(each.wrong));
  run = leader();
  return there.every(Boolean);
}

// The run that steps are counted by: of those side by side, one that has not gone astray.
const leader = () => (full ? run : (runs.find(({ wrong }) => !wrong) ?? run));

function arrive() {
  goal = null;
  owed = 0;
  announce();
}

function play(on) {
  goal = null;
  playing = on && !isStuck();
  owed = 0;
  if (playing && run.epoch >= end) end += LESSON.epochs; // on, past the end
  showPlaying(playing);
  clock = performance.now();
  wake();
}

// Go to a moment, in as many frames as it takes.
function go(epoch, batch = 0) {
  if (playing) play(false);
  goal = [Math.max(0, epoch), batch];
  wake();
}

// Where the reader is going, or is: what a key goes on from, so that no press is lost on the way.
const moment = () => goal ?? [run.epoch, run.batch];

const ACTIONS = {
  first: () => go(0),
  back() {
    const [epoch, batch] = moment();
    if (batch) go(epoch, batch - 1);
    else if (epoch) go(epoch - 1, run.batches - 1);
  },
  step() {
    const [epoch, batch] = moment();
    pulsed = performance.now();
    go(batch + 1 === run.batches ? epoch + 1 : epoch, (batch + 1) % run.batches);
  },
  next: () => go(moment()[0] + 1),
  previous() {
    const [epoch, batch] = moment();
    go(batch ? epoch : epoch - 1);
  },
  last: () => go(end),
};

function fromAddress() {
  const match = /^#epoch=([0-9]{1,6})$/.exec(location.hash);
  return match ? Number(match[1]) : 0;
}

// ---- other settings, other points ---------------------------------------------------------------

const controls = new Controls(run.settings, (changes) => {
  const isOn = playing;
  const turn = runs.indexOf(run);
  let anew = false;
  runs = runs.map((each) => {
    const before = each.settings;
    const keys = Object.keys(changes ?? {}).filter((key) => each === run || !full || OF_DATA.includes(key));
    const after = changes ? { ...before, ...Object.fromEntries(keys.map((key) => [key, changes[key]])) } : LESSON.runs[before.run].settings;
    if (!changes || beginsAnew(before, after) || (keys.length && each.wrong)) {
      anew = true;
      return new Run(after);
    }
    if (keys.length) each.change(after);
    return each;
  });
  run = runs[turn];
  if (anew) {
    reach([0, 0], Infinity);
    pin = pointed = null;
    end = LESSON.epochs;
    play(isOn);
  }
  lay();
});

// Show one run in full, or all of them side by side.
function choose(turn) {
  full = turn !== null;
  run = runs[turn ?? 0];
  pin = pointed = null;
  lay();
}

function lay() {
  document.querySelector("main").classList.toggle("abreast", !full);
  controls.show(run.settings);
  diagram.lay(run);
  if (!full) columns.lay(runs);
  show();
}

// The runs to choose from, each with the sign of its curve.
function offerRuns() {
  if (runs.length === 1) return;
  const button = (turn, words, isOn) => `<button type="button" data-turn="${turn}" aria-pressed="${isOn}">${words}</button>`;
  const each = runs.map((one, turn) => button(turn, `<span class="run-${turn}">${SIGNS[turn]}</span> ${text(one.name)}`, full && one === run));
  put("runs", button("", text(say("side by side")), !full) + each.join(""));
}

function show() {
  grid = new Grid(run);
  put("lead", text(leadOf(run)));
  put("inside-key", keyOfNetwork(run));
  put("settled", text(full ? settled(run) : say("in every run")));
  put("beside-key", full ? "" : keyOfColumns(runs));
  offerRuns();
  offerPoints();
  draw();
}

// What a click on the picture adds.
function offerPoints() {
  const { data } = run;
  const words = data.kind === "surface" ? [say("above 0"), say("below 0")] : data.labels.map((_, k) => className(data, k));
  const choice = words.length
    ? `<label>${text(say("a click adds"))} <select id="adds">${words.map((each, k) => `<option value="${k}">${text(each)}</option>`).join("")}</select></label>`
    : `<span>${text(say("a click adds a point"))}</span>`;
  put("adding", `${choice}<button type="button" id="clear">${text(say("only my points"))}</button>`);
}

// Add a point to those that are learned from, and go on; `other`: of the next class.
function addPoint([x, y], other) {
  const { data } = run;
  const turn = (Number(byId("adds")?.value ?? 0) + Number(other)) % Math.max(1, data.labels.length);
  const target = data.kind === "curve" ? y : data.kind === "surface" ? 1 - 2 * turn : data.labels[turn];
  const inputs = data.inputs === 1 ? [x] : [x, y];
  changeData({ ...data, x: [...data.x, ...inputs], y: [...data.y, target], extra: data.extra + 1 });
  byId("live").textContent = say`a point at ${number(x)}, ${number(y)}; ${run.rows} in all`;
}

function changeData(data) {
  const shown = { x: grid.x, y: grid.y };
  for (const each of runs) each.change(each.settings, data);
  show();
  Object.assign(grid, shown.x.low <= grid.x.low && shown.x.high >= grid.x.high ? shown : {});
}

function onlyAdded() {
  const { data } = run;
  const kept = data.extra || 1; // at least one
  changeData({ ...data, x: data.x.slice(-kept * data.inputs), y: data.y.slice(-kept), validX: [], validY: [] });
}

// ---- beginning ----------------------------------------------------------------------------------

function arrange() {
  diagram.place();
  draw();
}

document.documentElement.classList.add("runs");
for (const [value, words] of Object.entries(SPEEDS)) {
  const shown = value === "Infinity" ? say("as fast as it goes") : Number(value) < 1 ? say("slow") : say`${words} epochs/s`;
  byId("speed").add(new Option(shown, value, value === "5", value === "5"));
}
connect({
  act: (name, isHeld) => (isHeld && goal) || ACTIONS[name](), // a key held down waits until it is there
  toggle: () => play(!playing),
  seek: go,
  arrange,
  views: { Escape: () => pinned(pin) },
});
byId("adding").addEventListener("click", (event) => event.target.id === "clear" && onlyAdded());
byId("card").addEventListener("click", ({ target }) => target.dataset.go && go(Number(target.dataset.go)));
byId("runs").addEventListener("click", ({ target }) => {
  const turn = target.closest("button")?.dataset.turn;
  if (turn !== undefined) choose(turn === "" ? null : Number(turn));
});
addEventListener("hashchange", () => go(fromAddress()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  palette = new Palette();
  draw();
});
for (const id of ["network", "beside"]) new ResizeObserver(arrange).observe(byId(id));
lay();
if (fromAddress()) go(fromAddress());
