// How parameters move: the update rules of nn.SGD and nn.Adam.
//
// `memory` has two arrays of the same length as the parameters, and the number of steps so far.

const newMemory = (size) => ({ first: new Float64Array(size), second: new Float64Array(size), steps: 0 });

// Move the parameters by their gradient.
function update(settings, parameters, gradient, memory) {
  memory.steps += 1;
  const { length } = parameters;
  for (let k = 0; k < length; k++) parameters[k] = moved(settings, parameters[k], gradient[k], memory, k);
}

// Where one parameter moves to; what is remembered of it is brought up to date.
function moved(settings, w, gradient, memory, k) {
  const direction = gradient + settings.decay * w;
  if (settings.optimizer === "adam") {
    const { beta1, beta2 } = settings;
    const mean = beta1 * memory.first[k] + (1 - beta1) * direction;
    const square = beta2 * memory.second[k] + (1 - beta2) * direction * direction;
    [memory.first[k], memory.second[k]] = [mean, square];
    const root = Math.sqrt(square / (1 - beta2 ** memory.steps)) + settings.eps;
    return w - settings.rate * (root ? mean / (1 - beta1 ** memory.steps) / root : 0);
  }
  if (!settings.momentum) return w - settings.rate * direction;
  const velocity = memory.steps === 1 ? direction : settings.momentum * memory.first[k] + direction;
  memory.first[k] = velocity;
  return w - settings.rate * (settings.nesterov ? direction + settings.momentum * velocity : velocity);
}

// Where a parameter would move next, remembering nothing.
function foreseen(settings, w, gradient, memory, k) {
  const copy = { first: { [k]: memory.first[k] }, second: { [k]: memory.second[k] }, steps: memory.steps + 1 };
  return moved(settings, w, gradient, copy, k);
}
