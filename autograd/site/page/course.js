// A part of the course: an editor, whose text is kept, and the check of it in Python.

const INDENT = "    ";
const code = byId("code");
const KEPT = `chalkgrad.course.${document.body.dataset.part}`;

const page = {
  enable(is) {
    for (const id of ["check", "try"]) byId(id).disabled = !is;
  },
  write(text, kind) {
    byId("log").hidden = false;
    write(text, kind);
  },
  ready() {},
  answered() {},
  stopped() { page.write("Stopped. Python starts anew; your code is as it was.\n", "bad"); },
};

// ---- what is kept ------------------------------------------------------------------------------

const old = stored((storage) => storage.getItem(KEPT));
if (old !== null) code.value = old;
code.addEventListener("input", () => stored((storage) => storage.setItem(KEPT, code.value)));

// ---- the editor --------------------------------------------------------------------------------

// Put text in place of what is selected, so that it can be undone.
function put(text) {
  if (!document.execCommand(text ? "insertText" : "delete", false, text)) {
    code.setRangeText(text, code.selectionStart, code.selectionEnd, "end");
    code.dispatchEvent(new Event("input"));
  }
}

const lineStart = () => code.value.lastIndexOf("\n", code.selectionStart - 1) + 1;

// Move the lines of the selection to the right, or back.
function shift(back) {
  const from = lineStart();
  if (!back && code.selectionStart === code.selectionEnd) {
    put(INDENT);
    return;
  }
  const { selectionStart, selectionEnd } = code;
  const text = code.value.slice(from, selectionEnd);
  const shifted = text.replace(/^( {0,4})/gm, back ? "" : `${INDENT}$1`);
  if (shifted === text) return;
  code.setSelectionRange(from, selectionEnd);
  put(shifted);
  const by = shifted.length - text.length;
  if (selectionStart === selectionEnd) code.setSelectionRange(...Array(2).fill(Math.max(from, selectionEnd + by)));
  else code.setSelectionRange(from, selectionEnd + by);
}

let leaving = false; // after Escape, Tab goes on to the next thing in the page

code.addEventListener("keydown", (event) => {
  if (event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  if (event.key === "Tab" && !leaving) {
    event.preventDefault();
    shift(event.shiftKey);
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    byId("check").click();
  } else if (event.key === "Enter") {
    event.preventDefault();
    const line = code.value.slice(lineStart(), code.selectionStart);
    put(`\n${/^ */.exec(line)[0]}${/:\s*(#.*)?$/.test(line) ? INDENT : ""}`);
  }
  leaving = event.key === "Escape";
});
code.addEventListener("blur", () => { leaving = false; });

// ---- the buttons -------------------------------------------------------------------------------

// What came of the last check is of another text now, and goes.
function clear() {
  byId("log").replaceChildren();
  byId("log").hidden = byId("next").hidden = true;
  byId("result").replaceChildren();
}

byId("check").addEventListener("click", () => {
  const question = { kind: "check", part: Number(document.body.dataset.part), text: code.value };
  const is = ask(question, (answer) => {
    byId("result").innerHTML = answer.html;
    byId("next").hidden = !answer.right;
    if (answer.right) setDone(document.body.dataset.part, true);
    say(answer.right ? "All of it is right." : "Something is not right yet.");
    byId("result").scrollIntoView({ block: "nearest" });
  });
  if (is) clear();
});

byId("try").addEventListener("click", () => {
  const is = ask({ kind: "run", text: `${code.value}\n` }, (answer) => {
    if (answer.error !== undefined) page.write(`${answer.error}\n`, "bad");
    if (!byId("log").textContent) page.write("It ran, and printed nothing.\n", "soft");
  });
  if (is) clear();
});

byId("hint").addEventListener("click", () => {
  const next = byId("hints").querySelector("li[hidden]");
  byId("hints").hidden = next.hidden = false;
  next.scrollIntoView({ block: "nearest" });
  byId("hint").disabled = !byId("hints").querySelector("li[hidden]");
});

byId("solve").addEventListener("click", () => {
  if (!confirm("Show a solution? Your own code stays as it is.")) return;
  byId("solution").hidden = false;
  byId("solve").disabled = true;
  byId("solution").scrollIntoView({ block: "nearest" });
});

byId("again").addEventListener("click", () => {
  if (!confirm("Start again? What you have written in this part is thrown away.")) return;
  code.value = code.defaultValue;
  stored((storage) => storage.removeItem(KEPT));
  setDone(document.body.dataset.part, false);
  clear();
});

start();
