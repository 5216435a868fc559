// Formulas: trees of operations, as numbers and as MathML.
//
// A tree is a number, the text "v7" for node 7, or [operation, …trees]. `signs` has what the
// writer asks of an operation: its symbol, and its precedence, 0 for a function call.

const ATOM = 9; // binds tighter than any operator: a name, a number, a call
const POWER = 4;
const PREFIX = 3; // a leading minus
const PRODUCT = 2;
const LOOSE = 0;
const TWO = ["<mn>2</mn>", ATOM];

const row = (markup) => `<mrow>${markup}</mrow>`;
const fenced = (markup) => row(`<mo stretchy="false" rspace="0">(</mo>${markup}<mo stretchy="false" lspace="0">)</mo>`);
const beginsWithSign = (markup) => /^(<mrow>)*<mo>[−+]<\/mo>/.test(markup);
const signless = (markup) => (beginsWithSign(markup) ? fenced(markup) : markup);
const isNode = (tree) => typeof tree === "string" && tree[0] === "v";

function evaluate(tree, data) {
  if (Array.isArray(tree)) {
    return OPERATIONS[tree[0]](...tree.slice(1).map((part) => evaluate(part, data)));
  }
  if (isNode(tree)) return data[Number(tree.slice(1))];
  return typeof tree === "number" ? tree : { inf: Infinity, "-inf": -Infinity }[tree] ?? NaN;
}

// ---- choices ------------------------------------------------------------------------------------

// The tree with its choices made by the current numbers; what settled them is added to reasons.
function settle(tree, data, reasons) {
  if (!Array.isArray(tree)) return tree;
  const [name, ...parts] = tree;
  if (name in CHOICES) return CHOICES[name](parts, data, reasons);
  const settled = parts.map((part) => settle(part, data, reasons));
  if (settled.every((part) => typeof part === "number")) return OPERATIONS[name](...settled);
  return name in SHORTER ? SHORTER[name](...settled) : [name, ...settled];
}

function compared(left, right, data, flat) {
  for (const side of [left, right]) {
    if (Number.isNaN(evaluate(side, data))) return [side, "is", "nan"];
  }
  return [left, evaluate(left, data) > evaluate(right, data) ? ">" : flat, right];
}

function settleOrder(parts, data, reasons) {
  const [left, right] = [...parts.map((part) => settle(part, data, reasons)), 0];
  const [a, b] = [evaluate(left, data), evaluate(right, data)];
  reasons.push(compared(left, right, data, a < b ? "<" : "="));
  return OPERATIONS.compare(a, b);
}

const CHOICES = {
  step([x], data, reasons) {
    const sides = x[0] === "compare" ? x.slice(1) : [x, 0]; // x[0] of a node, "v7", is "v"
    const [left, right] = sides.map((side) => settle(side, data, reasons));
    reasons.push(compared(left, right, data, "≤"));
    return OPERATIONS.step(OPERATIONS.compare(evaluate(left, data), evaluate(right, data)));
  },
  sign: settleOrder,
  compare: settleOrder,
  where([condition, ifTrue, ifFalse], data, reasons) {
    const holds = evaluate(condition, data) !== 0;
    if (Array.isArray(condition)) settle(condition, data, reasons);
    else if (!holds) reasons.push([condition, "=", 0]); // the usual case needs no reason
    return settle(holds ? ifTrue : ifFalse, data, reasons);
  },
};

const SHORTER = {
  mul: (a, b) => (a === 1 || b === 0 ? b : b === 1 || a === 0 ? a : ["mul", a, b]),
  add: (a, b) => (a === 0 ? b : b === 0 ? a : ["add", a, b]),
  div: (a, b) => (b === 1 ? a : ["div", a, b]),
  pow: (a, b) => (b === 1 ? a : ["pow", a, b]),
};

// ---- MathML -------------------------------------------------------------------------------------

// A number as [markup, how tightly it binds].
function numberMath(x, precision) {
  const { minus, digits, power } = numberParts(x, precision);
  const sign = minus ? "<mo>−</mo>" : "";
  const number = `<mn>${digits}</mn>`;
  if (!power) return [sign ? row(sign + number) : number, minus ? PREFIX : ATOM];
  const exponent = row(numberMath(Number(power), precision)[0]);
  return [row(`${sign}${number}<mo>×</mo><msup><mn>10</mn>${exponent}</msup>`), PRODUCT];
}

// A tree as [markup, how tightly it binds]; `write` does so with a leaf: "v7" or a number.
function treeMath(tree, write, signs) {
  if (!Array.isArray(tree)) return write(tree);
  const [name, ...operands] = tree;
  return operationMath(name, operands.map((part) => treeMath(part, write, signs)), signs);
}

// A row of operands; of more than eight the first and the last.
function listed(row) {
  const shown = row.length <= 8 ? row : [...row.slice(0, 3), "<mo>…</mo>", row[row.length - 1]];
  return shown.join("<mo>,</mo>");
}

function operationMath(name, parts, signs) {
  const plain = parts.map(([markup]) => markup);
  if (name === "div") return [`<mfrac>${plain[0]}${plain[1]}</mfrac>`, POWER];
  if (name === "pow") {
    const base = parts[0][1] > POWER ? plain[0] : fenced(plain[0]);
    return [`<msup>${base}${plain[1]}</msup>`, POWER];
  }
  if (name === "sqrt") return [`<msqrt>${plain[0]}</msqrt>`, ATOM];
  if (name === "cbrt") return [`<mroot>${plain[0]}<mn>3</mn></mroot>`, ATOM];
  if (name === "abs") return [row(`<mo>|</mo>${plain[0]}<mo>|</mo>`), ATOM];
  if (name === "floor") return [row(`<mo>⌊</mo>${plain[0]}<mo>⌋</mo>`), ATOM];
  if (name === "ceil") return [row(`<mo>⌈</mo>${plain[0]}<mo>⌉</mo>`), ATOM];
  if (name === "sum") return [row(`<mo>∑</mo>${fenced(listed(plain))}`), ATOM];
  if (name === "mean") return [row(`<mi>mean</mi>${fenced(listed(plain))}`), ATOM];
  if (name === "dot") {
    const half = plain.length / 2;
    const [a, b] = [plain.slice(0, half), plain.slice(half)].map((part) => row(`<mo>[</mo>${listed(part)}<mo>]</mo>`));
    return [row(`${a}<mo>·</mo>${b}`), PRODUCT];
  }
  const again = (other, ...operands) => operationMath(other, operands, signs);
  if (name === "floordiv") return again("floor", again("div", ...parts));
  if (name === "exp2") return again("pow", TWO, ...parts);
  if (name === "square") return again("pow", ...parts, TWO);
  if (name === "hypot") return again("sqrt", again("add", ...parts.map((part) => again("square", part))));
  const { symbol, precedence } = signs[name];
  if (!precedence) {
    const base = { log2: 2, log10: 10 }[name];
    const called = base ? `<msub><mi>log</mi><mn>${base}</mn></msub>` : `<mi>${symbol}</mi>`;
    return [row(called + fenced(plain.join("<mo>,</mo>"))), ATOM];
  }
  const pieces = parts.map(([markup, binding], position) => {
    const apart = binding < precedence || (position === 1 && binding === precedence);
    return apart ? fenced(markup) : markup;
  });
  pieces.push(signless(pieces.pop())); // a - (-b), -(-b)
  const sign = `<mo>${symbol}</mo>`;
  if (pieces.length === 1) return [row(sign + pieces[0]), PREFIX];
  // a remainder is always apart, for a + b mod c is read two ways
  return [row(pieces[0] + sign + pieces[1]), name === "mod" ? LOOSE : precedence];
}
