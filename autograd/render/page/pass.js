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
    if (!Number.isFinite(data[place]) && operands.every(Number.isFinite)) return { error: place, data };
    local[place] = node.rules.map((rule) => (rule === null ? 0 : evaluate(rule, data)));
  }
  return { data, local };
}

// The steps of the backward pass, one for each +=, with the seed first.
function backward(lesson, { data, local }) {
  const gradient = lesson.nodes.map(() => 0);
  const used = lesson.nodes.map(() => 0);
  const steps = [];
  for (const { gate, operand, position } of lesson.steps) {
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
    steps.push({ index, gate, operand, position, upstream, local: slope, contribution, before, after, use });
  }
  for (const step of steps) step.uses = used[step.operand];
  const arrivals = lesson.nodes.map(() => []);
  for (const step of steps) arrivals[step.operand].push(step);
  return { data, local, gradient, steps, arrivals };
}

// Every path from the root to a node, as the steps along it; none if they are many or long.
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

// The finite difference of the root by a node: {slope, agrees, left, right}; null where none is to
// be had. The step is the cube root of the machine epsilon, at which it is most exact.
function finiteDifference(lesson, pass, node) {
  const step = 6e-6 * Math.max(1, Math.abs(pass.data[node]));
  const root = lesson.root;
  const [low, high] = [-step, step].map((move) => moved(lesson, pass.data, node, move)[root]);
  if (![low, high].every(Number.isFinite)) return null;
  const [left, right] = [(pass.data[root] - low) / step, (high - pass.data[root]) / step];
  const slope = (left + right) / 2;
  const gradient = pass.gradient[node];
  const noise = (4 * Math.abs(pass.data[root]) * Number.EPSILON) / step;
  const agrees = Math.abs(gradient - slope) <= 1e-5 + noise + 1e-3 * Math.abs(slope);
  return { slope, agrees, left, right };
}

// Every node's number, where one node's is moved.
function moved(lesson, numbers, moving, move) {
  const data = numbers.slice();
  for (const [place, node] of lesson.nodes.entries()) {
    if (place === moving) data[place] += move;
    else if (node.operands.length) {
      data[place] = OPERATIONS[node.op](...node.operands.map((operand) => data[operand]));
    }
  }
  return data;
}

// The nodes that depend on a node, with itself.
function dependents(lesson, node) {
  const found = new Set([node]);
  for (const [place, { operands }] of lesson.nodes.entries()) {
    if (operands.some((operand) => found.has(operand))) found.add(place);
  }
  return found;
}
