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
    line("neuron", `${text(neuron.formula)}<span class="note">${counted("{0} gates", neuron.gates.length)}</span>`) +
    line("sum", summed(neuron, pass)) +
    (output === total ? "" : line("activation", computed(output, pass))) +
    line("value", value)
  );
}

// δ = ∂f/∂output · activation′, and what each weight, the bias and each input then get.
function chainCard(neuron, steps, pass) {
  const { output, total, terms } = neuron;
  const uses = pass.arrivals[output].length;
  const delta = "<mi>δ</mi>";
  const upstream = equal(gradientSign(output), numeral(pass.gradient[output]));
  let rows = line("upstream", upstream, say`complete: ${uses} of ${counted("{0} uses", uses)}`);
  if (output === total) rows += line("delta", equal(delta, gradientSign(total), numeral(pass.gradient[total])));
  else {
    const bend = steps.find((step) => step.gate === output && step.operand === total);
    const local = localDerivative(bend, pass);
    const slope = numeral(bend.local);
    const sides = [local.symbols, local.numbers, slope].filter((side, turn, all) => side && all.indexOf(side) === turn);
    rows += line("local", equal(partial(output, total), ...sides) + (local.reason && say`, since ${local.reason}`));
    const product = `${numeral(bend.upstream)}<mo>·</mo>${signless(slope)}`;
    rows += line("delta", `${equal(`${delta}<mo>=</mo>${gradientSign(total)}`, product)} ${result(bend.contribution)}`);
  }
  const products = terms.filter((term) => term.length > 1);
  const biases = terms.filter((term) => term.length === 1 && !NODES[term[0]].constant);
  const into = (gate, operand) => steps.find((step) => step.gate === gate && step.operand === operand);
  const [w, x] = ["w", "x"].map((letter) => `<msub><mi>${letter}</mi><mi>i</mi></msub>`);
  rows += added("weights", `${partialOf(w)}<mo>+=</mo>${delta}<mo>·</mo>${x}`, products.map(([gate, weight]) => into(gate, weight)));
  rows += added("bias", `${partialOf("<mi>b</mi>")}<mo>+=</mo>${delta}`, biases.map(([bias]) => steps.find((step) => step.operand === bias)));
  const inputs = products.filter(([, , input]) => !NODES[input].constant);
  return rows + added("inputs", `${partialOf(x)}<mo>+=</mo>${delta}<mo>·</mo>${w}`, inputs.map(([gate, , input]) => into(gate, input)));
}

// The gradient of something that has no node of its own, in the notation of the lesson.
function partialOf(markup) {
  if (LESSON.notation === "grad") return row(`${markup}<mtext>.grad</mtext>`);
  if (LESSON.notation === "bar") return `<mover accent="true">${markup}<mo stretchy="true">‾</mo></mover>`;
  return `<mfrac>${row(`<mo>∂</mo>${NODES[LESSON.root].name}`)}${row(`<mo>∂</mo>${markup}`)}</mfrac>`;
}

// The rule, and then for each step `w: 0.5 · 2 = 1`.
function added(label, rule, steps) {
  const one = (step) => {
    const product = `${numeral(step.upstream)}<mo>·</mo>${signless(numeral(step.local))}`;
    const change = step.uses > 1 ? `<span class="note">${say`use ${step.use} of ${step.uses}: now ${number(step.after)}`}</span>` : "";
    const sum = label === "bias" ? gradNumber(step.contribution) : `${math(product)} ${result(step.contribution)}`;
    return `${math(NODES[step.operand].name)}: ${sum}${change}`;
  };
  return steps.length ? line(label, [math(rule), ...few(steps.map(one), "…")].join("<br>")) : "";
}

// A closed neuron's moment in words, for a reader who listens.
function neuronSpoken({ name, output, total }, steps, pass) {
  if (!steps.length) return say`Neuron ${name}: value ${number(pass.data[output])}.`;
  const changed = new Set(steps.map((step) => step.operand));
  const leaves = [...changed].filter((place) => !NODES[place].operands.length).length;
  const [upstream, delta] = [output, total].map((place) => number(pass.gradient[place]));
  return say`Neuron ${name}: upstream ${upstream}, delta ${delta}, which adds to the gradients of ${counted("{0} leaves", leaves)} and of its inputs.`;
}
