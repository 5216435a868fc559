// What there is to say about a moment: rows of words and mathematics.

const LESSON = JSON.parse(document.getElementById("lesson").textContent);
const NODES = LESSON.nodes;

const math = (markup) => `<math displaystyle="true">${markup}</math>`;
const number = (x) => numberText(x, LESSON.precision);
const numeral = (x) => numberMath(x, LESSON.precision)[0];
const isNumber = (tree) => typeof tree === "number" || (!Array.isArray(tree) && !isNode(tree));

const nodeOf = (leaf) => NODES[Number(leaf.slice(1))];
const writeNumber = (leaf) => numberMath(evaluate(leaf, []), LESSON.precision);
const inSymbols = (leaf) => (isNode(leaf) ? [nodeOf(leaf).name, nodeOf(leaf).binding] : writeNumber(leaf));
const symbols = (tree) => treeMath(tree, inSymbols, LESSON.signs)[0];

function numbers(tree, data) {
  const put = (leaf) => numberMath(evaluate(leaf, data), LESSON.precision);
  return treeMath(tree, put, LESSON.signs)[0];
}

// A partial derivative of one node by another, as a fraction.
function partial(above, below) {
  const side = (node) => row(`<mo>∂</mo>${node.binding < ATOM ? fenced(node.name) : node.name}`);
  return `<mfrac>${side(NODES[above])}${side(NODES[below])}</mfrac>`;
}

// The sign for a node's gradient.
function gradientSign(place) {
  const { name } = NODES[place];
  if (LESSON.notation === "grad") return row(`${name}<mtext>.grad</mtext>`);
  if (LESSON.notation === "bar") return `<mover accent="true">${name}<mo stretchy="true">‾</mo></mover>`;
  return partial(LESSON.root, place);
}

// What a gate computes, as a tree; a number without a name stands for itself.
function forwardTree(place) {
  const { op, operands } = NODES[place];
  const leaf = (operand) => (NODES[operand].number ? evaluate(NODES[operand].data, []) : `v${operand}`);
  return [op, ...operands.map(leaf)];
}

// Mathematics with a sign between, in pieces between which a line may break.
const chain = (sign, pieces) =>
  pieces.map((piece, turn) => math(turn ? `<mo form="infix">${sign}</mo>${piece}` : piece)).join("<wbr>");

// Sides that are equal; no line breaks between the first two.
const equal = (left, right, ...others) => chain("=", [`${left}<mo>=</mo>${right}`, ...others]);

// `d = a · b = -2 · 3 = -6`
function computed(place, pass) {
  const tree = forwardTree(place);
  return equal(NODES[place].name, symbols(tree), numbers(tree, pass.data), numeral(pass.data[place]));
}

// A row; its label is what the style sheet knows it by, and is said in the page's language.
const line = (label, content, note = "") =>
  `<div class="${label}"><dt>${say(label)}</dt><dd>${content}${note && `<span class="note">${note}</span>`}</dd></div>`;

const gradNumber = (x) => `<span class="grad">${math(numeral(x))}</span>`;

// `= -3`, which is never broken across lines.
const result = (x) => `<span class="result">${math("<mo>=</mo>")} ${gradNumber(x)}</span>`;

// The local derivative: [in symbols, in numbers, what settled it].
function localDerivative(step, pass) {
  const settled = [];
  const tree = settle(NODES[step.gate].formulas[step.position], pass.data, settled);
  const reasons = settled.map(([left, relation, right]) =>
    right === "nan"
      ? `${symbols(left)}<mtext> ${say("is nan")}</mtext>`
      : `${symbols(left)}<mo>${relation === "<" ? "&lt;" : relation}</mo>${symbols(right)}`,
  );
  return {
    symbols: symbols(tree),
    numbers: isNumber(tree) ? "" : numbers(tree, pass.data),
    reason: [...new Set(reasons)].map(math).reduce((all, reason) => (all ? say`${all} and ${reason}` : reason), ""),
  };
}

function forwardCard(place, pass) {
  const value = equal(NODES[place].name, numeral(pass.data[place]));
  return line("gate", computed(place, pass)) + line("value", `<span class="data">${value}</span>`);
}

const resultOf = (pass) => math(`${NODES[LESSON.root].name}<mo>=</mo>${numeral(pass.data[LESSON.root])}`);

function seedCard(root, pass) {
  const name = math(NODES[root].name);
  return (
    line("result", resultOf(pass)) +
    line("rule", say`when ${name} changes by 1, ${name} changes by 1`) +
    line("gradient", `${math(gradientSign(root))} ${result(1)}`) +
    line("next", BACK)
  );
}

function stepCard(step, pass) {
  return inShort(step, pass) + accumulation(step, pass);
}

// The gate, its rule, the upstream gradient, the local derivative and their product.
function inShort(step, pass) {
  const { gate, operand, position } = step;
  const uses = pass.arrivals[gate].length;
  const local = localDerivative(step, pass);
  const side = partial(gate, operand);
  const slope = numeral(step.local);
  const twice = NODES[gate].operands.filter((each) => each === operand).length > 1;
  const inNumbers = local.numbers && local.numbers !== slope ? [local.numbers] : [];
  const product = `${numeral(step.upstream)}<mo>·</mo>${signless(slope)}`;
  const inTheEnd = local.symbols === slope ? [] : [slope];
  return (
    line("gate", computed(gate, pass)) +
    line("rule", text(NODES[gate].words[position])) +
    line("upstream", equal(gradientSign(gate), numeral(step.upstream)), say`complete: ${uses} of ${counted("{0} uses", uses)}`) +
    line(
      "local",
      equal(side, local.symbols, ...inNumbers, ...inTheEnd) + (local.reason && say`, since ${local.reason}`),
      twice ? say`as operand ${position + 1} of ${NODES[gate].operands.length}` : "",
    ) +
    line("downstream", `${equal(`${gradientSign(gate)}<mo>·</mo>${side}`, product)} ${result(step.contribution)}`)
  );
}

// The +=, and once the operand is complete its paths, its sum and a finite difference.
function accumulation(step, pass) {
  const { operand } = step;
  const sign = gradientSign(operand);
  const change = `<span class="note">${number(step.before)} → <b>${number(step.after)}</b></span>`;
  let rows = line(
    "gradient",
    `${math(`${sign}<mo>+=</mo>`)} ${gradNumber(step.contribution)} ${change}`,
    say`use ${step.use} of ${step.uses}`,
  );
  if (step.use < step.uses) return rows;
  const paths = pathsTo(pass, LESSON.root, operand);
  if (paths.length && paths[0].length + paths.length > 2) {
    rows += line(paths.length > 1 ? "paths" : "path", paths.map((path) => pathLine(path)).join("<br>"));
  }
  const arrivals = pass.arrivals[operand];
  const terms = paths.length ? paths.map(productOf) : arrivals.slice(0, MOST_PATHS).map((each) => each.contribution);
  if (terms.length > 1) {
    const more = arrivals.length > terms.length && !paths.length;
    rows += line("sum", `${math(`${sign}<mo>=</mo>${sum(terms, more)}`)} ${result(pass.gradient[operand])}`);
  }
  return rows + checkLine(pass, operand);
}

const productOf = (path) => path.reduce((product, step) => product * step.local, 1);

const pathLine = (path) => {
  const nodes = [path[0].gate, ...path.map((step) => step.operand)];
  const factors = path.map((step, turn) => (turn ? signless(numeral(step.local)) : numeral(step.local)));
  const product = numeral(productOf(path));
  const last = factors.length > 1 ? `<wbr>${math(`<mo form="infix">=</mo>${product}`)}` : "";
  const names = nodes.map((place) => NODES[place].name);
  const apart = nodes.length > 4 ? "<br>" : " &emsp; ";
  return `${chain("→", names)}${apart}${chain("·", factors)}${last}`;
};

// `-6 + 3 - 1`
function sum([first, ...rest], more) {
  const others = rest.map((term) => `<mo form="infix">${term < 0 ? "−" : "+"}</mo>${numeral(Math.abs(term))}`);
  return numeral(first) + others.join("") + (more ? "<mo>+</mo><mo>…</mo>" : "");
}

function checkLine(pass, operand) {
  const { slope, verdict, kink } = NODES[operand].check ?? finiteDifference(LESSON, pass, operand);
  if (slope === null) return line("check", text(say(verdict)));
  const sides = kink ? say`a kink: ${number(kink.left)} to the left, ${number(kink.right)} to the right` : "";
  const both = verdict && sides ? say`${say(verdict)}, at ${sides}` : say(verdict) || sides;
  return line("check", say`finite difference ${math(numeral(evaluate(slope, [])))}`, both);
}

// A step in words, for a reader who listens.
function spoken(step) {
  if (step.position === null) return say`Seed: the gradient of ${NODES[step.gate].text} is 1.`;
  const [gate, operand] = [NODES[step.gate].text, NODES[step.operand].text];
  const fields = [step.upstream, step.local, step.contribution, step.before, step.after];
  const [upstream, local, added, before, after] = fields.map(number);
  return [
    say`Gate ${gate}: upstream ${upstream} times local ${local} is ${added}.`,
    say`The gradient of ${operand} goes from ${before} to ${after}, use ${step.use} of ${step.uses}.`,
  ].join(" ");
}
