// The quiz: one gradient after the other, from the result down.

class Quiz {
  constructor(pass, changed) {
    this.form = document.getElementById("quiz");
    this.pass = pass;
    this.changed = changed;
    this.node = null; // the one asked about
    this.taken = new HandIn();
    this.begin();
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  gradient(place) {
    return this.known.has(place) ? this.pass.gradient[place] : null;
  }

  // `∂f/∂a = -3`
  complete(place) {
    return equal(gradientSign(place), numeral(this.pass.gradient[place]));
  }

  score() {
    return `<p><b>${say`${this.right} of ${this.turn} right`}</b></p>`;
  }

  // The question, below what there is to say about the answer before.
  ask(said) {
    this.tries = 0;
    [this.node, this.mistakes, this.rule] = LESSON.quiz[this.turn] ?? [null, [], ""];
    this.told = this.turn === LESSON.quiz.length; // the score
    if (this.told) {
      this.form.innerHTML =
        `${said}<h2>${say("Done")}</h2>${this.score()}${this.taken.fields()}` +
        `<p><button type="button" id="again">${say("once more")}</button></p>`;
      this.taken.listen();
      document.getElementById("again").addEventListener("click", () => this.again());
    } else {
      this.taken.asked(this.node);
      const gates = [...new Set(this.pass.arrivals[this.node].map((step) => step.gate))];
      for (const gate of gates) this.known.add(gate); // and is given, if it is not asked for
      const uses = gates.map((gate) => line("gate", say`${computed(gate, this.pass)}, where ${this.complete(gate)}`));
      const name = text(NODES[this.node].text);
      this.form.innerHTML =
        `${said}${this.turn ? this.score() : ""}<h2>${say`Question ${this.turn + 1} of ${LESSON.quiz.length}`}</h2>` +
        `<dl class="card">${uses.join("")}</dl>` +
        `<label>${math(`${gradientSign(this.node)}<mo>=</mo>`)} ` +
        `<input id="answer" aria-label="${say`the gradient of ${name}`}" inputmode="text" aria-describedby="reply"></label>` +
        `<p id="reply" role="status">${say("A number or a fraction, to three digits.")}</p>` +
        `<button type="submit">${say("check [button]")}</button> <button type="button" id="tell">${say("show me")}</button>`;
      document.getElementById("tell").addEventListener("click", () => this.explain(say("Not answered.")));
    }
    this.changed();
  }

  submit() {
    const answer = document.getElementById("answer");
    if (answer) {
      this.judge(answer.value);
      document.getElementById("reply")?.scrollIntoView({ block: "nearest" });
    } else if (this.told) {
      if (document.getElementById("name")) this.taken.save();
      return;
    } else this.ask("");
    this.focus();
  }

  focus() {
    (document.getElementById("answer") ?? this.form.querySelector("input, button")).focus();
  }

  again() {
    this.begin();
    this.taken.begin();
    this.ask("");
    this.focus();
  }

  begin() {
    this.known = new Set([LESSON.root]);
    this.turn = this.right = 0;
  }

  judge(typed) {
    const reply = document.getElementById("reply");
    const answer = readNumber(typed);
    if (answer === null) {
      reply.textContent = noNumber();
      return;
    }
    this.taken.answered(this.node, typed);
    if (close(answer, this.pass.gradient[this.node])) {
      this.right += 1;
      const said = `<p class="good">✓ ${say`Right: ${this.complete(this.node)}`}</p>`;
      this.finish();
      this.ask(said);
      return;
    }
    const [, hint, sentence] = this.mistakes.find(([wrong]) => close(answer, evaluate(wrong, []))) ?? ["", "", ""];
    this.tries += 1;
    if (this.tries > 1) this.explain(`${say`Not ${typed.trim()}.`} ${sentence}`);
    else reply.innerHTML = `<span class="bad">✗ ${say`Not ${text(typed.trim())}.`}</span> ${text(hint)} ${this.hint()}`;
  }

  // Which gate to look at, and its rule, unless that has the very number that is asked for.
  hint() {
    const gate = math(NODES[this.pass.arrivals[this.node][0].gate].name);
    return this.rule ? say`Look at the gate ${gate}: ${text(this.rule)}.` : say`Look at the gate ${gate}.`;
  }

  // The steps that add to the gradient, to be read before the next question.
  explain(mistake) {
    const steps = this.pass.arrivals[this.node];
    const first = steps.slice(0, 3);
    const notes = [...new Set(first.map((step) => noteLine([1 + GATES.length + step.row])))]; // a node's, once
    const cards = first.map(
      (step, turn) => `<dl class="card">${turn ? "" : notes.join("")}${inShort(step, this.pass)}</dl>`,
    );
    const last = `<dl class="card">${accumulation(steps[steps.length - 1], this.pass)}</dl>`;
    this.finish();
    this.form.innerHTML =
      `<p class="bad" id="reply" role="status">✗ ${text(mistake)} ${say("Here is how:")}</p>` +
      `${cards.join("")}${last}${this.score()}<button type="submit">${say("go on")}</button>`;
    this.changed();
    this.form.querySelector("button").focus({ preventScroll: true });
  }

  finish() {
    this.known.add(this.node);
    this.turn += 1;
  }
}

// To half a percent: three digits are enough.
const close = (answer, x) => Math.abs(answer - x) <= Math.max(5e-3 * Math.max(Math.abs(answer), Math.abs(x)), 1e-9);
