// A multilayer perceptron on flat arrays: what it gives, and the gradient of its loss.
//
// Parameters stand in one Float64Array, in the order of MLP.parameters(): neuron by neuron, each
// with its weights and then its bias. The rules of activations and losses are those of the table.

const LINEAR = { value: (x) => x, slope: () => 1 };
const ruleOf = (name) => (name ? RULES[name] : LINEAR);

class Network {
  // widths: of the inputs and of every layer. hidden, output: names of activations, "" for none.
  constructor(widths, hidden, output) {
    this.widths = widths;
    this.inputs = widths[0];
    this.outputs = widths[widths.length - 1];
    this.layers = [];
    let [first, neuron] = [0, 0];
    for (let k = 1; k < widths.length; k++) {
      const last = k === widths.length - 1;
      const [width, fanIn] = [widths[k], widths[k - 1]];
      const activation = last ? output : hidden;
      this.layers.push({ first, neuron, width, fanIn, activation, rule: ruleOf(activation) });
      first += width * (fanIn + 1);
      neuron += width;
    }
    this.size = first;
    this.neurons = neuron;
    this.sums = new Float64Array(neuron); // of each neuron, before its activation
    this.out = new Float64Array(neuron);
    this.slopes = new Float64Array(neuron); // of the loss by each sum
    this.back = new Float64Array(neuron); // of the loss by each output
    this.scores = new Float64Array(this.outputs);
  }

  // What every neuron gives for the row of inputs that begins at a place; they stay in `out`.
  forward(parameters, rows, start) {
    const { sums, out } = this;
    for (let k = 0; k < this.layers.length; k++) {
      const { first, neuron, width, fanIn, rule } = this.layers[k];
      const source = k ? out : rows;
      const from = k ? this.layers[k - 1].neuron : start;
      for (let j = 0, at = first; j < width; j++, at++) {
        let sum = parameters[at + fanIn];
        for (let i = 0; i < fanIn; i++) sum += parameters[at++] * source[from + i];
        sums[neuron + j] = sum;
        out[neuron + j] = rule.value(sum);
      }
    }
    const last = this.neurons - this.outputs;
    for (let k = 0; k < this.outputs; k++) this.scores[k] = out[last + k];
    return this.scores;
  }

  // Add the gradient of one row's loss, times a weight, to `gradient`; after `forward` of that row.
  // seeds: the slopes of the loss by the outputs.
  backward(parameters, rows, start, seeds, weight, gradient) {
    const { sums, out, slopes, back } = this;
    back.fill(0);
    const last = this.neurons - this.outputs;
    for (let k = 0; k < this.outputs; k++) back[last + k] = seeds[k] * weight;
    for (let k = this.layers.length - 1; k >= 0; k--) {
      const { first, neuron, width, fanIn, rule } = this.layers[k];
      const source = k ? out : rows;
      const from = k ? this.layers[k - 1].neuron : start;
      for (let j = 0, at = first; j < width; j++, at++) {
        const unit = neuron + j;
        const slope = back[unit] * rule.slope(out[unit], sums[unit]);
        slopes[unit] = slope;
        for (let i = 0; i < fanIn; i++, at++) {
          gradient[at] += slope * source[from + i];
          if (k) back[from + i] += slope * parameters[at];
        }
        gradient[at] += slope;
      }
    }
  }

  // Where a neuron's parameters begin; its bias is the last of them.
  placeOf(layer, unit) {
    const { first, fanIn } = this.layers[layer];
    return first + unit * (fanIn + 1);
  }

  // The layer, the neuron in it and the input of a parameter; the bias is the input after the last.
  meaningOf(place) {
    const layer = this.layers.findLastIndex(({ first }) => first <= place);
    const { first, fanIn } = this.layers[layer];
    const unit = Math.floor((place - first) / (fanIn + 1));
    return { layer, unit, input: (place - first) % (fanIn + 1), bias: (place - first) % (fanIn + 1) === fanIn };
  }
}

// ---- losses -------------------------------------------------------------------------------------

// A loss of one row: value(scores, target), and slopes(scores, target, seeds), by the scores.
function lossNamed(name, outputs) {
  if (name === "cross_entropy") return CROSS_ENTROPY;
  const rule = RULES[name];
  return {
    value: ([x], t) => rule.value(x, t),
    slopes(scores, t, seeds) {
      seeds[0] = rule.slope(rule.value(scores[0], t), scores[0], t);
    },
  };
}

function softmax(scores) {
  const largest = Math.max(...scores);
  const powers = [...scores].map((x) => Math.exp(x - largest));
  const sum = powers.reduce((a, b) => a + b);
  return { powers, sum, largest };
}

const CROSS_ENTROPY = {
  value(scores, t) {
    const { sum, largest } = softmax(scores);
    return Math.log(sum) - (scores[t] - largest);
  },
  slopes(scores, t, seeds) {
    const { powers, sum } = softmax(scores);
    for (let k = 0; k < powers.length; k++) seeds[k] = powers[k] / sum - (k === t ? 1 : 0);
  },
};

// ---- initial weights ----------------------------------------------------------------------------

// As in nn/init.py; the gains are written into the page.
const INITIALISERS = {
  xavier_uniform(fanIn, fanOut, gain, rng) {
    const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
    return rng.uniform(-bound, bound);
  },
  xavier_normal: (fanIn, fanOut, gain, rng) => rng.gauss(0, gain * Math.sqrt(2 / (fanIn + fanOut))),
  kaiming_uniform(fanIn, fanOut, gain, rng) {
    const bound = gain * Math.sqrt(3 / fanIn);
    return rng.uniform(-bound, bound);
  },
  kaiming_normal: (fanIn, fanOut, gain, rng) => rng.gauss(0, gain / Math.sqrt(fanIn)),
  uniform: (fanIn, fanOut, gain, rng) => rng.uniform(0, 1),
  normal: (fanIn, fanOut, gain, rng) => rng.gauss(0, 1),
  zeros: () => 0,
};

// The parameters that MLP(..., init=init, rng=random.Random(seed)) begins with.
function initialised(network, init, seed) {
  const rng = new Random(seed);
  const parameters = new Float64Array(network.size);
  for (const { first, width, fanIn, activation } of network.layers) {
    const gain = LESSON.gains[activation] ?? 1;
    const rectifies = activation in LESSON.gains && activation !== "tanh";
    const draw = INITIALISERS[init === "suited" ? (rectifies ? "kaiming_uniform" : "xavier_uniform") : init];
    for (let j = 0; j < width; j++) {
      for (let i = 0; i < fanIn; i++) parameters[first + j * (fanIn + 1) + i] = draw(fanIn, width, gain, rng);
    }
  }
  return parameters;
}
