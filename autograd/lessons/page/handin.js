// What is handed in after a quiz: a code with the graph, what was typed, and the times.
//
// `autograd grade` reads it and judges every answer anew; see handin.py.

class HandIn {
  constructor() {
    this.begin();
  }

  begin() {
    this.began = new Date();
    this.ended = null;
    this.typed = new Map(); // for each node asked about, in order
  }

  // A node is asked about; later, what is typed.
  asked(node) {
    if (!this.typed.has(node)) this.typed.set(node, []);
  }

  answered(node, answer) {
    this.typed.get(node).push(answer.trim());
  }

  // The fields below the score.
  fields() {
    this.ended ??= new Date();
    if (!LESSON.editable) return ""; // an operation of its own cannot be worked out elsewhere
    return (
      `<p>${say("To hand it in, type your name and save the file, or copy the code below.")}</p>` +
      `<label>${say("your name")} <input id="name" autocomplete="name"></label>` +
      `<p><button type="submit">${say("save the file")}</button></p>` +
      `<textarea id="code" readonly rows="4" aria-label="${say("the code")}"></textarea>`
    );
  }

  // The code follows the name as it is typed.
  listen() {
    const name = document.getElementById("name");
    if (!name) return;
    const box = document.getElementById("code");
    const write = () => {
      box.value = this.code(name.value);
    };
    name.addEventListener("input", write);
    box.addEventListener("focus", () => box.select());
    write();
  }

  code(name) {
    const time = (moment) => `${moment.toISOString().slice(0, 19)}Z`;
    const round = {
      nodes: NODES.map(({ text, op, operands, data, constant, number }) =>
        op ? [text, op, operands] : [number ? "" : text, data, constant],
      ),
      asked: [...this.typed.keys()],
      typed: [...this.typed.values()],
    };
    const quiz = { name: name.trim(), began: time(this.began), ended: time(this.ended), rounds: [round] };
    const bytes = new TextEncoder().encode(JSON.stringify(quiz));
    const packed = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    return `chalkgrad-quiz-1.${packed.replaceAll("+", "-").replaceAll("/", "_")}.${checksum(bytes)}`;
  }

  save() {
    const name = document.getElementById("name").value.trim();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${this.code(name)}\n`], { type: "text/plain" }));
    link.download = `quiz-${name.replace(/[^\p{L}\p{N}]+/gu, "-") || "answers"}.txt`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}

// FNV-1a twice, from two starting points.
function checksum(bytes) {
  const sum = (start) => bytes.reduce((all, byte) => Math.imul(all ^ byte, 0x01000193) >>> 0, start);
  return [0x811c9dc5, 0x01000193].map((start) => sum(start).toString(16).padStart(8, "0")).join("");
}
