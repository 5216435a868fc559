// The page of the playground: what is typed goes to Python in a worker, and what comes back is shown.

const SANDBOX = "allow-scripts allow-modals allow-forms allow-downloads";

const asked = [""]; // what was run, and at the end what is being typed
let place = 0;

const page = {
  enable(is) {
    for (const id of ["drawing", "quizzing", "running"]) byId(id).disabled = !is;
  },
  write,
  ready() {
    if (!byId("shown").querySelector("iframe")) draw();
  },
  answered(answer) {
    if (answer.moved) stepper.put(answer.moved);
  },
  stopped() {
    write("Stopped. Python starts anew, without the names that were made.\n", "bad");
  },
};

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

// ---- the course, in a single file --------------------------------------------------------------

const HELD = JSON.parse(byId("course")?.textContent ?? "{}"); // its parts, by their numbers

// Show the part that the address names, in a frame over the playground, or else the playground.
function follow() {
  const part = HELD[location.hash.replace("#part-", "")];
  byId("part")?.remove();
  document.querySelector("main").inert = Boolean(part);
  if (!part) return;
  const frame = document.createElement("iframe");
  Object.assign(frame, { id: "part", title: "A part of the course", srcdoc: part });
  document.body.append(frame);
  frame.focus();
}

addEventListener("hashchange", follow);
start();
follow();
