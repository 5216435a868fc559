// What to watch while a network learns: how large the gradient is in each layer, which relus are dead,
// and the learning rate beyond which the steps go too far.

const NUDGE = 1e-4; // of a parameter, for how much the gradient changes with it
const RISEN = 1.2; // times its least: the loss of what is held out has risen
const ASTRAY = 1e4; // beyond this, numbers are too large to nudge

// The mean size of the gradient in each layer.
function sizesOf({ network, gradient }) {
  return network.layers.map(({ first, width, fanIn }) => {
    const own = gradient.subarray(first, first + width * (fanIn + 1));
    return own.reduce((sum, slope) => sum + Math.abs(slope), 0) / own.length;
  });
}

// How many relus there are, and how many of them give 0 at every point.
function relusOf({ network, parameters, data }) {
  const places = network.layers.flatMap(({ activation, neuron, width }) =>
    activation === "relu" ? Array.from({ length: width }, (_, k) => neuron + k) : [],
  );
  const alive = new Set();
  for (let k = 0; places.length && k < data.y.length; k++) {
    network.forward(parameters, data.x, k * network.inputs);
    for (const place of places) if (network.out[place] > 0) alive.add(place);
  }
  return { count: places.length, dead: places.length - alive.size };
}

// Of a valley: 2 divided by how sharply it bends. With a larger rate plain steps lead out of it.
function largestRate(run) {
  const { settings, network, parameters, gradient } = run;
  if (!hasValley(network) || settings.optimizer !== "sgd" || run.batches > 1) return Infinity;
  const [before, slopes] = [parameters.slice(), gradient.slice()];
  if (!before.every((w) => Math.abs(w) < ASTRAY)) parameters.set(run.kept.get(0).parameters);
  const all = run.places();
  const change = [0, 1].map((place) => {
    const [up, down] = [1, -1].map((way) => {
      parameters[place] += way * NUDGE;
      run.lossAndGradient(all);
      parameters[place] -= way * NUDGE;
      return [...gradient];
    });
    return up.map((slope, k) => (slope - down[k]) / (2 * NUDGE));
  });
  parameters.set(before);
  gradient.set(slopes);
  const [[a, b], [, d]] = change;
  const bend = (a + d + Math.hypot(a - d, 2 * b)) / 2 + settings.decay;
  return bend > 1e-9 ? 2 / bend : Infinity;
}

// Rows of the card, for a run to which they apply.
function watchedCard(run) {
  const rows = [];
  const sizes = sizesOf(run).map((size) => numberText(size, 2));
  if (sizes.length > 1) {
    rows.push(line(say("gradients"), `${text(say("mean size, from layer 1 to the output:"))} ${sizes.map(bold).join(" · ")}`));
  }
  const { count, dead } = relusOf(run);
  if (dead) rows.push(line(say("dead"), text(deadSaid(dead, count))));
  const rate = largestRate(run);
  if (Number.isFinite(rate)) rows.push(line(say("limit"), text(limitSaid(rate))));
  const spike = spikeOf(run);
  if (spike) rows.push(line(say("spike"), spikeCard(run, spike)));
  const best = leastHeldOut(run);
  if (best) rows.push(line(say("stop early"), best));
  return rows.join("");
}

const short = (x) => (x >= 0 && x < 0.001 ? "< 0.001" : numberText(x, 3)); // to be read from afar

// A number in two digits, written out: 110,000.
const roughly = (x) => x.toLocaleString(LESSON_ROOT.lang, { maximumSignificantDigits: 2 });

const deadSaid = (dead, count) => say`${dead} of ${count} relus give 0 at every point, so they learn nothing.`;

const limitSaid = (rate) =>
  say`Above a learning rate of ${numberText(rate, 3)} each step leads further astray: 2 divided by how sharply the loss bends.`;

// When the loss of the rows held out was least, where it has risen since; "" if it has not.
function leastHeldOut({ validation, furthest }) {
  if (validation[0] === null || !furthest) return "";
  let least = 0;
  for (let epoch = 1; epoch <= furthest; epoch++) if (validation[epoch] < validation[least]) least = epoch;
  if (!(validation[furthest] > RISEN * validation[least])) return "";
  const words = say`What is held out was best after epoch ${least}: loss ${short(validation[least])}. Since then it is learning the noise by heart.`;
  return `${goThere(least)} ${text(words)}`;
}
