// Own words at a moment, and numbers that are hidden until the class has said them.

// What the teacher has to say here, as a row of the card.
const noteLine = (at) => (LESSON.notes[at] ? line("note", `<span class="own">${LESSON.notes[at]}</span>`) : "");

// Whether the number of the moment is still hidden; one more step shows it.
let veiled = false;

// The card of a moment whose number is hidden: what is known, and a question mark.
function veiledCard(step, gate, pass) {
  const show = `<button type="button" id="reveal">${say("show it")}</button>`;
  const row = (markup) => line("say first", `${math(`${markup}<mo>?</mo>`)} <span class="note">${show}</span>`);
  if (!step) {
    const tree = forwardTree(gate);
    const { name } = NODES[gate];
    return line("gate", equal(name, symbols(tree), numbers(tree, pass.data))) + row(`${name}<mo>=</mo>`);
  }
  if (step.position === null) return row(`${gradientSign(step.gate)}<mo>=</mo>`);
  const upstream = equal(gradientSign(step.gate), numeral(step.upstream));
  const rule = text(NODES[step.gate].words[step.position]);
  return (
    line("gate", computed(step.gate, pass)) +
    line("rule", rule) +
    line("upstream", upstream) +
    row(`${gradientSign(step.operand)}<mo>+=</mo>`)
  );
}

document.getElementById("card").addEventListener("click", (event) => {
  if (event.target.id === "reveal") act("step");
});
