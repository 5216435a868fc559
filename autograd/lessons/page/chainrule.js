// What there is to say about a closed neuron at a moment: its formula, and its whole chain rule.

const MOST_TERMS = 5; // that are written out; of more the first and the last

// The first few of many, and the last, with "…" between.
const few = (all, gap) => (all.length <= MOST_TERMS ? all : [...all.slice(0, MOST_TERMS - 2), gap, all[all.length - 1]]);

// `w₀ · x₀ + b`, by what is written for a place.
function weighted(neuron, write) {
  const product = ([, weight, input]) => `${write(weight)}<mo>·</mo>${signless(write(input))}`;
  const pieces = neuron.terms.map((term) => (term.length > 1 ? product(term) : write(term[0])));
  return few(pieces, "<mo>…</mo>").map((piece, turn) => (turn ? signless(piece) : piece));
}

// `total = b + w₀ · x₀ = 0 + 2 · 3 = 6`, with room to break before each +.
function summed(neuron, pass) {
  const plus = (pieces) => pieces.map((piece, turn) => math(turn ? `<mo form="infix">+</mo>${piece}` : piece)).join("<wbr>");
  const [symbols, numbers] = [(place) => NODES[place].name, (place) => numeral(pass.data[place])].map((write) => plus(weighted(neuron, write)));
  const is = math("<mo>=</mo>");
  return `${math(NODES[neuron.total].name)} ${is} ${symbols} <wbr>${is} ${numbers} <wbr>${is} ${math(numeral(pass.data[neuron.total]))}`;
}

function neuronCard(neuron, pass) {
  const { output, total } = neuron;
  const value = `<span class="data">${equal(NODES[output].name, numeral(pass.data[output]))}</span>`;
  return (
    line("neuron", `${text(neuron.formula)}<span class="note">${plural(neuron.gates.length, "gate")}</span>`) +
    line("sum", summed(neuron, pass)) +
    (output === total ? "" : line("bend", computed(output, pass))) +
    line("value", value)
  );
}

// δ = ∂f/∂output · activation′, and what each weight, the bias and each input then get.
function chainCard(neuron, steps, pass) {
  const { output, total, terms } = neuron;
  const uses = pass.arrivals[output].length;
  const delta = "<mi>δ</mi>";
  const upstream = equal(gradientSign(output), numeral(pass.gradient[output]));
  let rows = line("upstream", upstream, `complete: ${uses} of ${plural(uses, "use")}`);
  if (output === total) rows += line("delta", equal(delta, gradientSign(total), numeral(pass.gradient[total])));
  else {
    const bend = steps.find((step) => step.gate === output && step.operand === total);
    const local = localDerivative(bend, pass);
    const slope = numeral(bend.local);
    const sides = [local.symbols, local.numbers, slope].filter((side, turn, all) => side && all.indexOf(side) === turn);
    rows += line("local", equal(partial(output, total), ...sides) + (local.reason && `, since ${local.reason}`));
    const product = `${numeral(bend.upstream)}<mo>·</mo>${signless(slope)}`;
    rows += line("delta", `${equal(`${delta}<mo>=</mo>${gradientSign(total)}`, product)} ${result(bend.contribution)}`);
  }
  const products = terms.filter((term) => term.length > 1);
  const biases = terms.filter((term) => term.length === 1 && !NODES[term[0]].constant);
  const into = (gate, operand) => steps.find((step) => step.gate === gate && step.operand === operand);
  rows += added("weights", products.map(([gate, weight, input]) => [into(gate, weight), input]), pass);
  rows += added("bias", biases.map(([bias]) => [steps.find((step) => step.operand === bias), null]), pass);
  const inputs = products.filter(([, , input]) => !NODES[input].constant);
  return rows + added("inputs", inputs.map(([gate, weight, input]) => [into(gate, input), weight]), pass);
}

// `∂f/∂w += δ · x = 0.5 · 2 = 1`, for each step with the factor that it multiplies δ by.
function added(label, all, pass) {
  const one = ([step, factor]) => {
    const sign = gradientSign(step.operand);
    const times = factor === null ? "<mi>δ</mi>" : `<mi>δ</mi><mo>·</mo>${NODES[factor].name}`;
    const product = `${numeral(step.upstream)}<mo>·</mo>${signless(numeral(step.local))}`;
    const pieces = factor === null ? [] : [product];
    const change = step.uses > 1 ? `<span class="note">use ${step.use} of ${step.uses}: now ${number(step.after)}</span>` : "";
    return `${chain("=", [`${sign}<mo>+=</mo>${times}`, ...pieces])} ${result(step.contribution)}${change}`;
  };
  return all.length ? line(label, few(all.map(one), "…").join("<br>")) : "";
}

// A closed neuron's moment in words, for a reader who listens.
function neuronSpoken({ name, output, total }, steps, pass) {
  if (!steps.length) return `Neuron ${name}: value ${number(pass.data[output])}.`;
  const changed = new Set(steps.map((step) => step.operand));
  const leaves = [...changed].filter((place) => !NODES[place].operands.length).length;
  return (
    `Neuron ${name}: upstream ${number(pass.gradient[output])}, delta ${number(pass.gradient[total])}, ` +
    `which adds to the gradients of ${plural(leaves, "leaf").replace("leafs", "leaves")} and of its inputs.`
  );
}
