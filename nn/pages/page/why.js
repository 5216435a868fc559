// Why a weight moves: the chain rule for it on one point, the mean over the points of the step, and
// what the optimiser makes of that.

// What one point of the next step says about a parameter, the one that says most; and the mean.
function reasonsFor(run, place) {
  const { network, parameters, data, loss, seeds } = run;
  const { layer, unit, input, bias } = network.meaningOf(place);
  const { neuron, rule } = network.layers[layer];
  const places = run.places();
  const gradient = new Float64Array(network.size);
  let best = null;
  let total = 0;
  for (const point of places) {
    const start = point * network.inputs;
    const scores = network.forward(parameters, data.x, start);
    loss.slopes(scores, data.y[point], seeds);
    gradient.fill(0);
    network.backward(parameters, data.x, start, seeds, 1, gradient);
    const said = gradient[place];
    total += said;
    if (best !== null && Math.abs(said) <= Math.abs(best.said)) continue;
    const at = neuron + unit;
    const given = layer ? network.out[network.layers[layer - 1].neuron + input] : data.x[start + input];
    best = {
      point,
      said,
      back: network.back[at],
      slope: rule.slope(network.out[at], network.sums[at]),
      input: bias ? 1 : given,
      loss: loss.value(scores, data.y[point]),
    };
  }
  const { l1, l2 } = run.settings;
  const w = parameters[place];
  return { ...best, mean: total / places.length, count: places.length, penalty: l1 * Math.sign(w) + 2 * l2 * w };
}

function whyCard(run, place) {
  const { network, data } = run;
  const { layer, unit, bias } = network.meaningOf(place);
  const { activation, neuron } = network.layers[layer];
  const why = reasonsFor(run, place);
  const own = nameOf(run, neuron + unit);
  const inputs = Array.from({ length: data.inputs }, (_, k) => number(data.x[why.point * data.inputs + k])).join(", ");
  const target = isParting(data) ? className(data, data.labels.indexOf(data.y[why.point])) : `${data.names[1]} = ${number(data.y[why.point])}`;
  const factors = [why.back, ...(activation ? [why.slope] : []), ...(bias ? [] : [why.input])];
  const product = factors.map((factor, turn) => (turn ? signed(factor) : number(factor))).join(" · ");
  const parts = [
    say`by how much the loss grows with ${own}: ${number(why.back)}`,
    ...(activation ? [say`how steep ${activation} is there: ${number(why.slope)}`] : []),
    ...(bias ? [] : [say`what comes in along this line: ${number(why.input)}`]),
  ];
  const isSum = factors.length > 1;
  const mean = say`${number(why.mean)} over the ${why.count} points of this step`;
  const penalty = why.penalty ? say`, and ${number(why.penalty)} from the penalty` : "";
  return (
    line(say("one point"), text(say`${inputs} (${target}), ringed in blue; its loss is ${number(why.loss)}`)) +
    line(say("chain rule"), `${parts.map(text).join("<br>")}`) +
    line(say("product"), `${isSum ? `${text(product)} = ` : ""}<span class="grad">${number(why.said)}</span>`) +
    line(say("mean"), text(mean + penalty)) +
    line(say("step"), text(stepOf(run, place)))
  );
}

// The optimiser's step of one parameter, in numbers.
function stepOf(run, place) {
  const { parameters, gradient, settings, memory } = run;
  const [w, slope] = [parameters[place], gradient[place]];
  const next = number(foreseen(settings, w, slope, memory, place));
  const rate = number(settings.rate);
  const direction = slope + settings.decay * w;
  const decayed = settings.decay ? `${say`${number(slope)} + ${number(settings.decay)} · ${signed(w)} = ${number(direction)};`} ` : "";
  if (settings.optimizer === "adam") {
    const copy = { first: { [place]: memory.first[place] }, second: { [place]: memory.second[place] }, steps: memory.steps + 1 };
    moved(settings, w, slope, copy, place);
    const mean = copy.first[place] / (1 - settings.beta1 ** copy.steps);
    const square = copy.second[place] / (1 - settings.beta2 ** copy.steps);
    return decayed + say`running means of gradient and gradient²: ${number(mean)}, ${number(square)}; ${number(w)} − ${rate} · ${signed(mean)} / √${number(square)} = ${next}`;
  }
  if (!settings.momentum) return `${decayed}${number(w)} − ${rate} · ${signed(direction)} = ${next}`;
  const before = memory.steps ? memory.first[place] : 0;
  const velocity = settings.momentum * before + direction;
  const along = settings.nesterov ? direction + settings.momentum * velocity : velocity;
  return decayed + say`with momentum, ${number(settings.momentum)} · ${signed(before)} + ${signed(direction)} = ${number(velocity)}; ${number(w)} − ${rate} · ${signed(along)} = ${next}`;
}
