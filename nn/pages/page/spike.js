// A spike: a moment at which the loss is far above what it had come down to, and comes down again.
//
// It is looked for where a step is an epoch: there the gradient is that of the very loss that is drawn,
// and says what it promised.

const JUMP = 0.5; // of the first loss: it rises by more than this

// The highest spike of a run, or null. Moments are epochs that are done.
//
// moment: of the spike. least: of the lowest loss before it. step: the moment before the step that rose
// most on the way up.
function spikeOf({ losses, batches, network }) {
  if (batches > 1 || hasValley(network)) return null; // in a valley one sees it from above
  const at = (moment) => losses[moment + 1]; // measured before the step that follows
  const last = losses.length - 2;
  let [least, found] = [0, null];
  for (let moment = 1; moment <= last; moment++) {
    const rise = at(moment) - at(least);
    if (rise > (found?.rise ?? JUMP * at(0))) found = { moment, least, rise };
    if (at(moment) < at(least)) least = moment;
  }
  if (!found) return null;
  const { moment, rise } = found;
  let [step, falls] = [moment - 1, false];
  for (let each = found.least; each < moment; each++) if (at(each + 1) - at(each) > at(step + 1) - at(step)) step = each;
  for (let each = moment + 1; each <= last; each++) falls ||= at(each) < at(moment) - rise / 2;
  return falls ? { moment, least: found.least, step } : null;
}

// What the gradient did there, in words and in numbers of the run.
function spikeCard(run, spike) {
  const { moment, least, step } = spike;
  const { losses, steepness, promised } = run;
  const known = steepness.slice(1).sort((a, b) => a - b);
  const usual = known[Math.floor(known.length / 2)];
  const [there, times] = [steepness[moment + 1], steepness[moment + 1] / usual];
  const words = [
    say`After epoch ${moment} the loss is ${short(losses[moment + 1])}, though it had come down to ${short(losses[least + 1])}.`,
    say`The step after epoch ${step} went too far: where it began, the slope promised a fall by ${short(losses[step + 1] - promised[step + 1])}; but a slope holds close by only, and the loss rose by ${short(losses[step + 2] - losses[step + 1])}.`,
    say`There it is steep: the gradient is ${short(there)}, ${roughly(times)} times its median, and leads down again.`,
  ];
  return `${goThere(moment)} ${text(words.join(" "))}`;
}

const goThere = (moment) => `<button type="button" data-go="${moment}">${text(say`go to epoch ${moment}`)}</button>`;
