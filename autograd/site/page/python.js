// Python in a worker: how a page starts it, asks it, and stops it.
//
// The page has what is done then: `page` with enable(is), write(text, kind), ready(), stopped(), and
// answered(answer), which hears each answer before the one who asked.

const LONGEST_LOG = 200000; // characters

const byId = (id) => document.getElementById(id);

// Where the files are: in a single file a part of the course is in a frame, and they are around it.
const HOLDER = document.body.dataset.worker ? document : parent.document;

let worker = null;
let turn = 0; // of the question that is open
let open = null; // what to do with its answer

const say = (words) => { byId("state").textContent = words; };

function enable(is) {
  page.enable(is);
  byId("stop").disabled = is || !worker;
}

// A worker, which is given the files that it needs: their names, or in a single file all of them.
function newWorker() {
  const script = HOLDER.getElementById("worker")?.text; // not as a blob: Chromium takes none for a module, from disk
  const address = script && `data:text/javascript,${encodeURIComponent(script)}`;
  const made = new Worker(address ?? document.body.dataset.worker, { type: "module" });
  const files = [...HOLDER.querySelectorAll("script[data-file]")];
  made.postMessage({ files: Object.fromEntries(files.map((each) => [each.dataset.file, each.text])) });
  return made;
}

function start() {
  if (location.protocol === "file:" && !HOLDER.getElementById("worker")) {
    say("From a disk this page cannot run Python: autograd site --serve shows it, and " +
      "autograd site --single-file writes one that can.");
    return;
  }
  const begun = performance.now();
  say("Python is loading …");
  worker = newWorker();
  worker.onerror = () => broken("it cannot be loaded");
  worker.onmessage = ({ data }) => {
    if (data.said !== undefined) page.write(data.said);
    else if (data.broken !== undefined) broken(data.broken);
    else if (data.ready) {
      document.documentElement.dataset.ready = Math.round(performance.now() - begun);
      say("Python is ready.");
      enable(true);
      page.ready();
    } else if (data.turn === turn && open) {
      const then = open;
      open = null;
      say("Python is ready.");
      enable(true);
      page.answered(data.answer);
      then(data.answer);
    }
  };
}

function broken(reason) {
  worker?.terminate();
  worker = open = null;
  enable(false);
  say("Python has ended.");
  page.write(`Python has ended: ${reason}\nLoad the page again to go on.\n`, "bad");
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
  page.stopped();
  start();
});

// What is said in the log, which forgets its beginning once it is long.
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

