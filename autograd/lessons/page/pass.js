// The forward and the backward pass, from the numbers of the leaves.

const MOST_PATHS = 6;
const LONGEST_PATH = 8; // gates

// Every node's number and every gate's local derivatives; or what is wrong, as {error}.
function forward(lesson, leaves) {
  const data = leaves.slice();
  const local = [];
  for (const [place, node] of lesson.nodes.entries()) {
    local.push([]);
    if (!node.operands.length) continue;
    const operands = node.operands.map((operand) => data[operand]);
    data[place] = OPERATIONS[node.op](...operands);
    if (isUndefined(data[place], operands)) return { error: place, data };
    local[place] = node.rules.map((rule) => (rule === null ? 0 : evaluate(rule, data)));
  }
  return { data, local };
}

// The steps of the backward pass, one for each +=, with the seed first, in an order of the lesson's.
function backward(lesson, { data, local }, order) {
  const gradient = lesson.nodes.map(() => 0);
  const used = lesson.nodes.map(() => 0);
  const steps = [];
  for (const row of order) {
    const { gate, operand, position } = lesson.steps[row];
    const seed = position === null;
    const upstream = seed ? 1 : gradient[gate];
    const slope = seed ? 1 : local[gate][position];
    const before = gradient[operand];
    gradient[operand] = seed ? 1 : before + upstream * slope;
    used[operand] += 1;
    const index = steps.length;
    const contribution = upstream * slope;
    const after = gradient[operand];
    const use = used[operand];
    steps.push({ index, row, gate, operand, position, upstream, local: slope, contribution, before, after, use });
  }
  for (const step of steps) step.uses = used[step.operand];
  const arrivals = lesson.nodes.map(() => []);
  for (const step of steps) arrivals[step.operand].push(step);
  return { data, local, gradient, steps, arrivals };
}

// Every path from the root to a node, as the steps along it; none if many or long.
function pathsTo(pass, root, node) {
  const paths = [];
  const waiting = [[node, []]];
  while (waiting.length) {
    const [end, below] = waiting.pop();
    if (end === root) {
      paths.push(below);
      continue;
    }
    const arrivals = pass.arrivals[end];
    if (below.length === LONGEST_PATH) return [];
    if (waiting.length + paths.length + arrivals.length > MOST_PATHS) return [];
    for (const step of arrivals.slice().reverse()) waiting.push([step.gate, [step, ...below]]);
  }
  return paths.filter((path) => path.length);
}

// The finite difference of the root by a node, beside its gradient: {slope, verdict}. The slope is
// null where there is none. As in slopes.py, the step is the cube root of the machine epsilon, at
// which a central difference is most exact, or less where the function is too steep for that.
function finiteDifference(lesson, pass, node) {
  const [root, x, gradient] = [pass.data[lesson.root], pass.data[node], pass.gradient[node]];
  const above = dependents(lesson, node);
  const largest = Math.max(...[...above].map((place) => Math.abs(pass.data[place])));
  const large = Math.max(1, Math.abs(x));
  let found = { slope: null, verdict: "not possible: there is no value close enough" };
  for (const size of new Set([large, Math.abs(x) || 1, 1e-3 * large])) {
    const step = 6e-6 * size;
    const [low, high] = [-step, step].map((move) => moved(lesson, pass.data, above, node, move));
    if (low === null || high === null) continue;
    const [left, right] = [(root - low) / step, (high - root) / step];
    const slope = (left + right) / 2;
    const noise = (4 * Math.abs(root) * Number.EPSILON) / step;
    const agrees = near(gradient, slope, 1e-5 + Math.min(noise, Math.abs(slope) / 10));
    if (!agrees && near(gradient, slope, 1e-5 + (4 * largest * Number.EPSILON) / step)) {
      if (found.slope === null) found.verdict = "not possible: rounding hides the difference";
      continue;
    }
    const between = Math.min(left, right) - noise <= gradient && gradient <= Math.max(left, right) + noise;
    const apart = Math.abs(right - left) > 0.01 * Math.max(Math.abs(left), Math.abs(right)) + 1e-5 + 2 * noise;
    const kink = between && apart ? { left, right } : null;
    found = { slope, verdict: agrees ? "agrees" : kink ? "" : "DIFFERS", kink };
    if (agrees) break;
  }
  return found;
}

const near = (a, b, apart) => a === b || Math.abs(a - b) <= apart + 1e-3 * Math.abs(b);

// The root's number where one node's is moved; null where one on the way does not exist.
function moved(lesson, numbers, above, moving, move) {
  const data = numbers.slice();
  for (const place of [...above].sort((a, b) => a - b)) {
    if (place === moving) data[place] += move;
    else {
      const operands = lesson.nodes[place].operands.map((operand) => data[operand]);
      data[place] = OPERATIONS[lesson.nodes[place].op](...operands);
      if (isUndefined(data[place], operands)) return null;
    }
  }
  return data[lesson.root];
}

// Whether a value is nan or ±∞ though its operands do not account for it.
const isUndefined = (x, operands) =>
  Number.isNaN(x) ? !operands.some(Number.isNaN) : !Number.isFinite(x) && operands.every(Number.isFinite);

// The nodes that depend on a node, and the node itself.
function dependents(lesson, node) {
  const found = new Set([node]);
  for (const [place, { operands }] of lesson.nodes.entries()) {
    if (operands.some((operand) => found.has(operand))) found.add(place);
  }
  return found;
}
