// What there is to say: about the run, a neuron, an input or a weight.

const number = (x) => numberText(x, 4).replace("-", "−");
const bold = (words) => `<b>${text(words)}</b>`;
const line = (label, content) => `<div><dt>${text(label)}</dt><dd>${content}</dd></div>`;
const signed = (x) => (x < 0 ? `(${number(x)})` : number(x));

const className = (data, k) => data.classes?.[k] ?? say`class ${data.labels[k]}`;

// ---- above the pictures -------------------------------------------------------------------------

function leadOf({ data, batchSize, batches, rows }) {
  const what = isParting(data)
    ? say`From ${rows} points the network is to learn which class is where.`
    : say`From ${rows} points the network is to learn the curve they lie along.`;
  const how =
    batchSize < rows
      ? say`A step: it takes ${batchSize} of them, measures how wrong it is (the loss), and moves every weight a little, the way that makes it less wrong. After ${batches} steps it has seen all: an epoch.`
      : say("A step, which here is also an epoch: it measures how wrong it is (the loss), and moves every weight a little, the way that makes it less wrong.");
  return `${what} ${how}`;
}

// The settings in a line.
function settled({ settings, network, batchSize, rows }) {
  const data = settings.data === "given" ? [] : [say(settings.data)];
  const layers = network.widths.join("–") + (settings.hidden.length && settings.activation ? ` ${settings.activation}` : "");
  const how = `${{ sgd: "SGD", momentum: say("SGD, momentum"), adam: "Adam" }[settings.optimizer]} ${number(settings.rate)}`;
  return [...data, layers, how, batchSize < rows ? say`batch ${batchSize}` : say("all points at once")].join(" · ");
}

const swatch = (kind, words) => `<b class="${kind}">${words}</b>`;

// What the picture of the points shows; unit: a neuron in place of the output.
function keyOfPlane(run, unit) {
  const { data } = run;
  const held = data.validY.length ? ` ${say("Hollow: held out, never learned from.")}` : "";
  const ringed = run.batchSize < run.rows ? ` ${text(say`Ringed: the next ${run.batchSize}.`)}` : "";
  if (unit !== null) {
    const colours = data.inputs === 1 ? "" : ` ${swatch("high", text(say("green: above 0,")))} ${swatch("low", text(say("purple: below 0.")))} ${text(say("The line is where its sum is 0."))}`;
    return `${text(say`What ${nameOf(run, unit)} alone gives.`)}${colours}`;
  }
  if (data.kind === "curve") return text(say("The line is what the network says for every x; the points are what it should say.") + held) + ringed;
  if (data.kind === "surface") return `${swatch("high", text(say("green: above 0,")))} ${swatch("low", text(say("purple: below 0.")))}${text(held)}${ringed}`;
  const sure = say("The background is what the network says: the stronger the colour, the surer it is.");
  const marks = ["● low", "▲ high", "■ data", "◆ grad", "● lit", "▲ soft"].map((each) => each.split(" ")); // as in Palette
  const classes = data.labels.map((_, k) => `${swatch(marks[k % 6][1], `${marks[k % 6][0]} ${text(className(data, k))}`)} `).join("");
  return `${classes}${text(sure + held)}${ringed}`;
}

function keyOfDescent(run) {
  const [shows, goes] = hasSlope(run)
    ? [say("Below is the loss for every weight."), say("The dot is where the weight is. The straight line is the slope there, the gradient: a step goes downhill, the further the steeper it is.")]
    : [say("Below is the loss for every weight and bias: strong colour, large loss."), say("The dot is where they are, and goes downhill.")];
  return `${text(shows)} ${swatch("dot", `●&nbsp;${text(goes)}`)}`;
}

function keyOfNetwork(run) {
  const shows = run.data.inputs === 1 ? say("A box is a neuron, with the curve it gives.") : say("A box is a neuron, with what it gives at every place.");
  if (hasValley(run.network)) return `${text(say("A line is a weight, and a dot on it its gradient."))} ${keyOfDescent(run)}`;
  return (
    `${text(shows)} ${text(say("A line is a weight: the thicker, the larger;"))} ${swatch("high", text(say("solid: above 0,")))} ` +
    `${swatch("low", text(say("dashed: below 0.")))} ${swatch("dot", `●&nbsp;${text(say("A dot is its gradient:"))}`)} ${text(say("the larger, the more this weight should move."))}`
  );
}

// ---- the card -----------------------------------------------------------------------------------

function headingOf(run) {
  const { epoch, batch, batches } = run;
  if (batch) return say`Epoch ${epoch + 1}, after step ${batch} of ${batches}`;
  return epoch ? say`After epoch ${epoch}` : say("Before the first step");
}

function cardOf(run) {
  const { data } = run;
  const part = (x, y) => {
    const { loss, right, of } = run.measured(x, y);
    return bold(number(loss)) + (isParting(data) ? `, ${text(say`${right} of ${of} right [points]`)}` : "");
  };
  const rowsOf = [line(say("loss"), part(data.x, data.y))];
  if (data.validY.length) rowsOf.push(line(say("held out"), part(data.validX, data.validY)));
  rowsOf.push(line(say("next"), text(nextOf(run.settings))), watchedCard(run));
  rowsOf.push(line(say("look at"), text(say("Point at a neuron or a line of the network to see what it does."))));
  return rowsOf.join("");
}

function nextOf(settings) {
  const rate = number(settings.rate);
  if (settings.optimizer === "adam") return say`Each weight moves against its gradient (how steeply the loss grows with it): by about ${rate}.`;
  const against = say`Each weight moves against its gradient (how steeply the loss grows with it): by ${rate} times that.`;
  return settings.momentum ? `${against} ${say`And it goes on by ${number(settings.momentum)} of the step before.`}` : against;
}

// The card of what is pointed at: [its heading, its rows].
// kept: whether the reader keeps it in view, to see why it moves.
function chosenCard(run, chosen, kept = false) {
  if (chosen.input !== undefined) {
    return [say`Input ${run.data.names[chosen.input]}`, line(say("is"), text(say("one of the two numbers of a point: where it lies along one side of the picture.")))];
  }
  return chosen.unit !== undefined ? unitCard(run, chosen.unit) : weightCard(run, chosen.weight, kept);
}

function unitCard(run, unit) {
  const { network, parameters, data } = run;
  const layer = network.layers.findLastIndex(({ neuron }) => neuron <= unit);
  const { neuron, fanIn, activation } = network.layers[layer];
  const first = network.placeOf(layer, unit - neuron);
  const names = (k) => (layer ? say`neuron ${k + 1}` : data.names[k]);
  const terms = [];
  for (let k = 0; k < Math.min(fanIn, 4); k++) terms.push(`${signed(parameters[first + k])} · ${names(k)}`);
  if (fanIn > 4) terms.push("…");
  const sum = [...terms, signed(parameters[first + fanIn])].join(" + ");
  const name = nameOf(run, unit);
  return [
    name[0].toUpperCase() + name.slice(1),
    line(say("computes"), text(activation ? `${activation}(${sum})` : sum)) +
      line(say("from"), text(layer ? say`the ${fanIn} neurons before it, each times a weight, and a number of its own, the bias` : say("the inputs, each times a weight, and a number of its own, the bias"))) +
      line(say("shown"), text(say("on the left, over all the points"))),
  ];
}

function nameOfWeight(run, place) {
  const { layer, unit, input, bias } = run.network.meaningOf(place);
  const to = nameOf(run, run.network.layers[layer].neuron + unit);
  if (bias) return say`Bias of ${to}`;
  const from = layer ? nameOf(run, run.network.layers[layer - 1].neuron + input) : run.data.names[input];
  return say`Weight from ${from} to ${to}`;
}

function weightCard(run, place, kept) {
  const { parameters, gradient, settings, memory } = run;
  const [w, slope] = [parameters[place], gradient[place]];
  const next = foreseen(settings, w, slope, memory, place);
  const plain = settings.optimizer === "sgd" && !settings.decay && !settings.momentum;
  const step = plain ? `${number(w)} − ${number(settings.rate)} · ${signed(slope)} = ${number(next)}` : `${number(w)} → ${number(next)}`;
  const means =
    slope === 0
      ? say("a little more or less of it changes nothing just now")
      : slope > 0
        ? say("a larger weight gives a larger loss")
        : say("a larger weight gives a smaller loss");
  return [
    nameOfWeight(run, place),
    line(say("value"), `<span class="data">${number(w)}</span>`) +
      line(say("gradient"), say`${`<span class="grad">${number(slope)}</span>`}: ${text(means)}`) +
      (kept ? whyCard(run, place) : line(say("next step"), text(step))) +
      line(say("so far"), past(run, place)) +
      (kept ? "" : line(say("why"), text(say("Click on it, or press Enter.")))),
  ];
}

// A parameter's way, epoch by epoch.
function past(run, place) {
  const numbers = run.historyOf(place);
  const now = [run.epoch + run.batch / run.batches, run.parameters[place]];
  const all = [...numbers.map(([, w]) => w), now[1], 0];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const last = Math.max(1, run.furthest, now[0]);
  const x = (epoch) => ((300 * epoch) / last).toFixed(1);
  const y = (w) => (56 - (52 * (w - low)) / (high - low || 1)).toFixed(1);
  const step = Math.max(1, Math.floor(numbers.length / 300));
  const points = numbers.filter((_, k) => k % step === 0 || k === numbers.length - 1);
  const label = say`from ${number(numbers[0][1])} to ${number(now[1])}`;
  return (
    `${text(label)}<svg id="past" role="img" aria-label="${text(label)}" viewBox="0 0 300 60" preserveAspectRatio="none">` +
    `<path class="axis" d="M0,${y(0)}H300"/><path d="M${points.map(([epoch, w]) => `${x(epoch)},${y(w)}`).join("L")}"/>` +
    `<path class="axis" d="M${x(now[0])},0V60"/></svg>`
  );
}
