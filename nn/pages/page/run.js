// A training run: batch by batch as nn.fit does it, and every epoch kept, so that one can go back.
//
// A moment is an epoch that is done and a batch after it. At the end of an epoch everything that the
// run depends on is kept. Of a long run only every second, every fourth ... epoch is; those between
// are computed again, to the same numbers.

const KEPT = 3e6; // numbers, in all the epochs that are kept

class Run {
  // settings: `run` says which of the runs that were handed out it is.
  constructor(settings, data = dataOf(settings)) {
    const outputs = data.kind === "classes" ? data.labels.length : 1;
    this.network = new Network([data.inputs, ...settings.hidden, outputs], settings.activation, settings.output);
    const { size } = this.network;
    const { name, widths, weights } = LESSON.runs[settings.run];
    this.name = name;
    this.isGiven = settings.init === "given" && String(this.network.widths) === String(widths);
    this.parameters = this.isGiven
      ? Float64Array.from(weights)
      : initialised(this.network, settings.init === "given" ? "suited" : settings.init, settings.seed);
    this.memory = newMemory(size);
    this.gradient = new Float64Array(size);
    this.before = new Float64Array(size); // the parameters before the last step
    this.seeds = new Float64Array(outputs);
    this.epoch = 0; // epochs done
    this.batch = 0; // batches done after these
    this.total = 0; // of the losses of these batches, each by its rows
    this.steepest = 0; // the largest of their gradients
    this.furthest = 0; // epochs that have been computed
    this.losses = [null]; // of each epoch, the mean over its batches: what fit records
    this.validation = [];
    this.steepness = [null]; // of each epoch, the length of its largest gradient
    this.promised = [null]; // of each epoch, the loss after its last step, if the slope went on as it was
    this.stride = 1;
    this.wrong = ""; // why no more steps are possible
    this.take(settings, data);
    this.validation[0] = this.lossOf(data.validX, data.validY);
    this.kept = new Map();
    this.keep();
  }

  take(settings, data) {
    this.settings = settings;
    this.data = data;
    this.loss = lossNamed(data.loss);
    this.rows = data.y.length;
    this.batchSize = Math.min(settings.batch || this.rows, this.rows);
    this.batches = Math.ceil(this.rows / this.batchSize);
    this.order = null;
  }

  // Go on with other settings or data, from the epoch that is being shown: what followed is dropped.
  change(settings, data = this.data) {
    this.isTouched = true;
    this.goTo(this.epoch, 0);
    const forgets = settings.optimizer !== this.settings.optimizer;
    this.take(settings, data);
    if (forgets) this.memory = newMemory(this.network.size);
    for (const epoch of [...this.kept.keys()]) if (epoch > this.epoch) this.kept.delete(epoch);
    for (const row of [this.losses, this.validation, this.steepness, this.promised]) row.length = this.epoch + 1;
    this.furthest = this.epoch;
    this.wrong = "";
    this.keep(true);
  }

  // ---- one step ---------------------------------------------------------------------------------

  // The rows of the next batch.
  places() {
    if (this.order === null) {
      this.order = Array.from({ length: this.rows }, (_, k) => k);
      const { seed, shuffle } = this.settings;
      if (shuffle) new Random({ text: `${seed}, epoch ${this.epoch + 1}` }).shuffle(this.order);
    }
    const first = this.batch * this.batchSize;
    return this.order.slice(first, first + this.batchSize);
  }

  // The mean loss of some rows, whose gradient is then in `gradient`, with that of the penalties.
  lossAndGradient(places) {
    const { network, parameters, gradient, data, loss, seeds } = this;
    const { l1, l2 } = this.settings;
    gradient.fill(0);
    let total = 0;
    for (const place of places) {
      const start = place * network.inputs;
      const scores = network.forward(parameters, data.x, start);
      total += loss.value(scores, data.y[place]);
      loss.slopes(scores, data.y[place], seeds);
      network.backward(parameters, data.x, start, seeds, 1 / places.length, gradient);
    }
    if (l1 || l2) {
      for (let k = 0; k < gradient.length; k++) {
        gradient[k] += l1 * Math.sign(parameters[k]) + 2 * l2 * parameters[k];
      }
    }
    return total / places.length;
  }

  // Take one step: forward, backward, update; false where none is possible.
  step() {
    const places = this.places();
    const loss = this.lossAndGradient(places);
    if (!Number.isFinite(loss) || !this.gradient.every(Number.isFinite)) {
      this.wrong = say("The loss has grown beyond all numbers: the steps are too long. Choose a smaller learning rate.");
      return false;
    }
    this.before.set(this.parameters);
    update(this.settings, this.parameters, this.gradient, this.memory);
    let [squares, fall] = [0, 0];
    for (let k = 0; k < this.gradient.length; k++) {
      const slope = this.gradient[k];
      squares += slope * slope;
      fall += slope * (this.parameters[k] - this.before[k]);
    }
    this.steepest = Math.max(this.steepest, Math.sqrt(squares));
    this.promise = loss + fall;
    this.total += loss * places.length;
    this.batch += 1;
    if (this.batch === this.batches) this.endEpoch();
    return true;
  }

  endEpoch() {
    this.epoch += 1;
    this.losses[this.epoch] = this.total / this.rows;
    this.steepness[this.epoch] = this.steepest;
    this.promised[this.epoch] = this.promise;
    this.batch = this.total = this.steepest = 0;
    this.order = null;
    if (this.kept.has(this.epoch)) this.restore(this.epoch); // with the settings that hold from there
    if (this.epoch <= this.furthest) return;
    this.furthest = this.epoch;
    this.validation[this.epoch] = this.lossOf(this.data.validX, this.data.validY);
    this.keep();
  }

  // ---- moments ----------------------------------------------------------------------------------

  keep(turn = this.epoch === 0) {
    if (this.epoch % this.stride && !turn) return;
    this.kept.set(this.epoch, {
      turn, // whether the settings are others from here on
      parameters: this.parameters.slice(),
      memory: { ...this.memory, first: this.memory.first.slice(), second: this.memory.second.slice() },
      settings: this.settings,
      data: this.data,
    });
    if (this.kept.size * 3 * this.network.size < KEPT) return;
    this.stride *= 2;
    for (const [epoch, { turn }] of [...this.kept]) if (epoch % this.stride && !turn) this.kept.delete(epoch);
  }

  // Go to a moment; beyond what has been computed only as far as time allows. Whether it was reached.
  goTo(epoch, batch = 0, until = Infinity) {
    const start = epoch - (epoch % this.stride);
    const isBehind = epoch < this.epoch || (epoch === this.epoch && batch < this.batch);
    const from = isBehind || (this.epoch < start && this.kept.has(start)) ? this.keptBefore(epoch) : null;
    if (from !== null) this.restore(from);
    while (this.epoch < epoch || this.batch < batch) {
      if (performance.now() > until || !this.step()) return false;
    }
    return true;
  }

  keptBefore(epoch) {
    let found = 0;
    for (const each of this.kept.keys()) if (each <= epoch && each > found) found = each;
    return found;
  }

  restore(epoch) {
    const { parameters, memory, settings, data } = this.kept.get(epoch);
    this.parameters.set(parameters);
    this.memory = { ...memory, first: memory.first.slice(), second: memory.second.slice() };
    this.take(settings, data);
    this.epoch = epoch;
    this.batch = this.total = this.steepest = 0;
    this.wrong = "";
  }

  // A parameter in all the epochs that are kept, in order: [epoch, its number] each.
  historyOf(place) {
    return [...this.kept].sort(([a], [b]) => a - b).map(([epoch, { parameters }]) => [epoch, parameters[place]]);
  }

  // ---- how good it is ---------------------------------------------------------------------------

  // The mean loss over rows, null if there are none; and how many of them are on the right side.
  measured(x, y) {
    let [total, right] = [0, 0];
    for (let k = 0; k < y.length; k++) {
      const scores = this.network.forward(this.parameters, x, k * this.network.inputs);
      total += this.loss.value(scores, y[k]);
      if (isParting(this.data)) right += classOf(this.data, scores) === y[k];
    }
    return { loss: y.length ? total / y.length : null, right, of: y.length };
  }

  lossOf(x, y) {
    return this.measured(x, y).loss;
  }
}

const isParting = ({ kind }) => kind === "sides" || kind === "classes";

// Where one class ends and the other begins.
const SCORES = ["binary_cross_entropy_with_logits", "hinge_loss"]; // losses that part classes at 0
const threshold = ({ labels, loss }) => (SCORES.includes(loss) ? 0 : (labels[0] + labels[1]) / 2);

// The class that scores speak for.
function classOf(data, scores) {
  if (data.kind === "sides") return data.labels[scores[0] > threshold(data) ? 1 : 0];
  let best = 0;
  for (let k = 1; k < scores.length; k++) if (scores[k] > scores[best]) best = k;
  return best;
}
