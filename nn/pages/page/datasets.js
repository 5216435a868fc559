// The data sets of datasets.py: the same points from the same seed.

function twoClasses(count, noise, rng, point) {
  const made = { x: [], y: [], inputs: 2, kind: "sides" };
  for (let k = 0; k < count; k++) {
    const [across, up] = point(k % 2);
    made.x.push(across + rng.gauss(0, noise), up + rng.gauss(0, noise));
    made.y.push(k % 2);
  }
  return made;
}

function numbersAlong(count, noise, rng, curve) {
  const made = { x: [], y: [], inputs: 1, kind: "curve" };
  for (let k = 0; k < count; k++) {
    const x = rng.uniform(-1, 1);
    made.x.push(x);
    made.y.push(curve(x) + rng.gauss(0, noise));
  }
  return made;
}

const MAKERS = {
  moons: (count, noise, rng) =>
    twoClasses(count, noise, rng, (kind) => {
      const angle = Math.PI * rng.random();
      if (kind) return [0.5 - Math.cos(angle), 0.25 - Math.sin(angle)];
      return [Math.cos(angle) - 0.5, Math.sin(angle) - 0.25];
    }),
  circles: (count, noise, rng) =>
    twoClasses(count, noise, rng, (kind) => {
      const [angle, radius] = [2 * Math.PI * rng.random(), kind ? 0.5 : 1];
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    }),
  spiral: (count, noise, rng) =>
    twoClasses(count, noise, rng, (kind) => {
      const along = Math.sqrt(rng.random());
      const [angle, radius] = [3 * Math.PI * along + Math.PI * kind, 0.1 + 1.1 * along];
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    }),
  xor: (count, noise, rng) =>
    twoClasses(count, noise, rng, (kind) => {
      const [across, up] = [0.1 + 0.9 * rng.random(), 0.1 + 0.9 * rng.random()];
      const side = rng.random() < 0.5 ? 1 : -1;
      return [side * across, (kind ? -side : side) * up];
    }),
  line: (count, noise, rng) => numbersAlong(count, noise, rng, (x) => 0.8 * x - 0.1),
  wave: (count, noise, rng) => numbersAlong(count, noise, rng, (x) => Math.sin(Math.PI * x)),
};

// What the settings say there is to learn from: rows to train on, and rows held out.
function dataOf(settings) {
  if (settings.data === "given") return { ...LESSON.given, extra: 0 };
  const { count, noise } = settings;
  const { x, y, inputs, kind } = MAKERS[settings.data](count, noise, new Random(settings.dataSeed));
  const [low, high] = LESSON.given.kind === "sides" ? LESSON.given.labels : [0, 1];
  const targets = kind === "sides" ? y.map((each) => (each ? high : low)) : y;
  const kept = count - Math.round(settings.heldOut * count);
  return {
    kind,
    inputs,
    labels: kind === "sides" ? [low, high] : [],
    names: kind === "sides" ? ["x₀", "x₁"] : ["x", "y"],
    loss: kind === LESSON.given.kind ? LESSON.given.loss : { sides: "binary_cross_entropy_with_logits", curve: "mse_loss" }[kind],
    x: x.slice(0, kept * inputs),
    y: targets.slice(0, kept),
    validX: x.slice(kept * inputs),
    validY: targets.slice(kept),
    extra: 0,
  };
}
