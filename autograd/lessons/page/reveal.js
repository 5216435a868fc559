// Own words at a moment, and numbers that are hidden until the class has said them.

// What the teacher has to say at some moments, as rows of the card.
const noteLine = (moments) =>
  moments
    .filter((at) => LESSON.notes[at])
    .map((at) => `<div class="own"><dt class="unseen">${say("note")}</dt><dd>${LESSON.notes[at]}</dd></div>`)
    .join("");

// Whether the number of the moment is still hidden; one more step shows it.
let veiled = false;

// The card of a moment whose number is hidden: what is known, and a question mark.
function veiledCard({ gate, neuron }, steps, pass) {
  const asked = (left, sign = "=") =>
    `<div class="say"><dt>${say("say first")}</dt><dd>${math(`${left}<mo>${sign}</mo><mo>?</mo>`)} ` +
    `<button type="button" id="reveal">${say("show it")}</button></dd></div>`;
  const [step] = steps;
  if (neuron !== null) {
    const { formula, output } = picture.neurons.all[neuron];
    if (!step) return line("neuron", text(formula)) + asked(NODES[output].name);
    return line("upstream", equal(gradientSign(output), numeral(pass.gradient[output]))) + asked("<mi>δ</mi>");
  }
  if (!step) {
    const { name } = NODES[gate];
    const tree = forwardTree(gate);
    return line("gate", equal(name, symbols(tree), numbers(tree, pass.data))) + asked(name);
  }
  const sign = gradientSign(step.operand);
  if (step.position === null) return line("result", resultOf(pass)) + asked(sign);
  return (
    line("gate", computed(step.gate, pass)) +
    line("rule", text(NODES[step.gate].words[step.position])) +
    line("upstream", equal(gradientSign(step.gate), numeral(step.upstream))) +
    asked(sign, "+=")
  );
}

// The same question for a reader who listens.
function veiledSpoken({ gate, neuron }, [step]) {
  if (neuron !== null) {
    const { name } = picture.neurons.all[neuron];
    return step ? say`Neuron ${name}: say its δ first.` : say`Neuron ${name}: say its data first.`;
  }
  if (!step) return say`Gate ${NODES[gate].text}: say its data first.`;
  const { text: name } = NODES[step.operand];
  if (step.position === null) return say`Seed: say the gradient of ${name} first.`;
  return say`Gate ${NODES[step.gate].text}: upstream ${number(step.upstream)}. Say first what it adds to the gradient of ${name}.`;
}

if (LESSON.reveal) document.querySelector("#help dd").textContent = say("the number that is hidden; then one step");
document.getElementById("card").addEventListener("click", (event) => {
  if (event.target.id !== "reveal") return;
  act("step");
  byId("step").focus(); // as the button is gone; Enter goes on
});
