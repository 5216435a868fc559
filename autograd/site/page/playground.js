// The page of the playground: what is typed goes to Python in a worker, and what comes back is shown.

const byId = (id) => document.getElementById(id);
const SANDBOX = "allow-scripts allow-modals allow-forms allow-downloads";
const LONGEST_LOG = 200000; // characters

let worker = null;
let turn = 0; // of the question that is open
let open = null; // what to do with its answer
const asked = [""]; // what was run, and at the end what is being typed
let place = 0;

const say = (words) => { byId("state").textContent = words; };

function enable(is) {
  for (const id of ["drawing", "quizzing", "running"]) byId(id).disabled = !is;
  byId("stop").disabled = is || !worker;
}

// ---- Python ------------------------------------------------------------------------------------

// A worker, which is given the files that it needs: their names, or in a single file all of them.
function newWorker() {
  const script = byId("worker")?.text; // not as a blob: Chromium takes none for a module, from disk
  const address = script && `data:text/javascript,${encodeURIComponent(script)}`;
  const made = new Worker(address ?? "run/worker.js", { type: "module" });
  const files = [...document.querySelectorAll("script[data-file]")];
  made.postMessage({ files: Object.fromEntries(files.map((each) => [each.dataset.file, each.text])) });
  return made;
}

function start() {
  const begun = performance.now();
  say("Python is loading …");
  worker = newWorker();
  worker.onerror = () => broken("it cannot be loaded");
  worker.onmessage = ({ data }) => {
    if (data.said !== undefined) write(data.said);
    else if (data.broken !== undefined) broken(data.broken);
    else if (data.ready) {
      document.documentElement.dataset.ready = Math.round(performance.now() - begun);
      say("Python is ready.");
      enable(true);
      if (!byId("shown").querySelector("iframe")) draw();
    } else if (data.turn === turn && open) {
      const then = open;
      open = null;
      say("Python is ready.");
      enable(true);
      if (data.answer.moved) stepper.put(data.answer.moved);
      then(data.answer);
    }
  };
}

function broken(reason) {
  worker?.terminate();
  worker = open = null;
  enable(false);
  say("Python has ended.");
  write(`Python has ended: ${reason}\nLoad the page again to go on.\n`, "bad");
}

// Whether Python is free to be asked; then it is, and its answer goes to a function.
function ask(question, then) {
  if (!worker || open) return false;
  open = then;
  turn += 1;
  enable(false);
  say("Python is at work …");
  worker.postMessage({ turn, question: JSON.stringify(question) });
  return true;
}

byId("stop").addEventListener("click", () => {
  worker.terminate();
  open = null;
  enable(false);
  write("Stopped. Python starts anew, without the names that were made.\n", "bad");
  start();
});

// ---- an expression -----------------------------------------------------------------------------

// Draw what is in the fields, and go where it is seen if the reader has asked for it.
function draw(event) {
  event?.preventDefault();
  const quiz = event?.submitter === byId("quizzing");
  const numbers = {};
  for (const input of byId("numbers").querySelectorAll("input")) numbers[input.name] = input.value;
  ask({ kind: "draw", text: byId("expression").value, numbers, quiz }, (answer) => {
    byId("wrong").textContent = answer.error ?? "";
    if (answer.error !== undefined) return;
    setNumbers(answer.numbers);
    show(answer);
    if (event) byId("shown").scrollIntoView({ block: "nearest" });
  });
}

// A field for each variable; one that is there stays, and keeps the focus.
function setNumbers(numbers) {
  const fields = byId("numbers");
  const old = new Map([...fields.querySelectorAll("input")].map((input) => [input.name, input]));
  for (const [name, input] of old) if (!(name in numbers)) input.parentElement.remove();
  for (const [name, number] of Object.entries(numbers)) {
    if (old.has(name)) {
      old.get(name).value = number;
      continue;
    }
    const label = document.createElement("label");
    const words = document.createElement("span");
    const input = document.createElement("input");
    words.textContent = name;
    Object.assign(input, { name, value: number, inputMode: "text", spellcheck: false });
    label.append(words, input);
    fields.append(label);
  }
}

byId("draw").addEventListener("submit", draw);
byId("expression").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) draw(event);
});

// ---- the prompt --------------------------------------------------------------------------------

function write(text, kind = "") {
  const log = byId("log");
  const part = document.createElement("span");
  part.className = kind;
  part.textContent = text;
  log.append(part);
  while (log.textContent.length > LONGEST_LOG && log.childNodes.length > 1) log.firstChild.remove();
  log.scrollTop = log.scrollHeight;
  return part;
}

function run() {
  const prompt = byId("prompt");
  const text = prompt.value;
  if (!text.trim()) return;
  const is = ask({ kind: "run", text }, (answer) => {
    if (answer.more) {
      line.remove();
      asked.splice(-2, 1);
      place = asked.length - 1;
      prompt.value = `${text}\n    `;
      return;
    }
    if (answer.error !== undefined) write(`${answer.error}\n`, "bad");
    if (answer.text !== undefined) write(`${answer.text}\n`);
    show(answer);
  });
  if (!is) return;
  const line = write(`>>> ${text.trimEnd().replaceAll("\n", "\n... ")}\n`, "asked");
  asked[asked.length - 1] = text;
  place = asked.push("") - 1;
  prompt.value = "";
}

function recall(by) {
  const prompt = byId("prompt");
  if (place + by < 0 || place + by >= asked.length) return;
  if (place === asked.length - 1) asked[place] = prompt.value;
  place += by;
  prompt.value = asked[place];
}

byId("run").addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
byId("prompt").addEventListener("keydown", (event) => {
  if (event.isComposing || event.shiftKey) return;
  const by = { Enter: 0, ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (by === undefined || (by && byId("prompt").value.includes("\n"))) return;
  event.preventDefault();
  if (by) recall(by);
  else run();
});

// ---- what is shown -----------------------------------------------------------------------------

function show(answer) {
  let shown;
  if (answer.page !== undefined) {
    shown = document.createElement("iframe");
    shown.setAttribute("sandbox", SANDBOX);
    shown.title = answer.title;
    shown.srcdoc = answer.page;
  } else if (answer.html || answer.stepper) {
    shown = document.createElement("div");
    shown.tabIndex = 0; // which may scroll
    if (answer.html) shown.innerHTML = answer.html;
    else stepper.mount(shown, answer.stepper);
  } else return;
  byId("shown").replaceChildren(shown);
}

// The stepper on show: what Python says of it, and how it is asked to move.
const stepper = {
  state: {},
  heard: {},
  get(name) { return this.state[name]; },
  on(change, then) { this.heard[change] = then; },
  send({ move }) { ask({ kind: "move", move }, () => {}); },
  mount(el, state) {
    this.state = state;
    render({ model: this, el });
  },
  put(state) {
    this.state = state;
    this.heard["change:page"]?.();
  },
};

if (location.protocol === "file:" && !byId("worker")) {
  say("From a disk this page cannot run Python: autograd site --serve shows it, and " +
    "autograd site --single-file writes one that can.");
} else start();
