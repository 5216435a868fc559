// Shades by the numbers on a grid, and the lines along which these pass a level.

// How sure a score is, from 0 to 1, by the loss that it was trained with.
function sureness(data, score) {
  const above = score - threshold(data);
  if (data.loss === "binary_cross_entropy_with_logits") return Math.abs(2 * OPERATIONS.sigmoid(above) - 1);
  return Math.abs(above) / ((data.labels[1] - data.labels[0]) / 2);
}

function shadeScores(pixels, grid, palette, data, last) {
  const scores = grid.outs[last];
  const surface = data.kind === "surface";
  const largest = surface ? Math.max(1e-9, ...data.y.map(Math.abs)) : 1;
  const middle = surface ? 0 : threshold(data);
  for (let k = 0; k < grid.count; k++) {
    const share = surface ? Math.abs(scores[k]) / largest : sureness(data, scores[k]);
    palette.shade(pixels, 4 * k, scores[k] > middle ? palette.rgb.high : palette.rgb.low, share);
  }
}

function shadeClasses(pixels, grid, palette, last, outputs) {
  const scores = new Float64Array(outputs);
  for (let k = 0; k < grid.count; k++) {
    let best = 0;
    for (let j = 0; j < outputs; j++) {
      scores[j] = grid.outs[last + j][k];
      if (scores[j] > scores[best]) best = j;
    }
    const { powers, sum } = softmax(scores);
    const share = (powers[best] / sum - 1 / outputs) / (1 - 1 / outputs);
    palette.shade(pixels, 4 * k, palette.classRgb[best % palette.classRgb.length], share);
  }
}

// What one neuron gives, of every `step`-th place along both sides.
function shadeNeuron(pixels, values, palette, step) {
  let largest = 1e-9;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  const side = CELLS / step;
  for (let k = 0; k < side * side; k++) {
    const value = values[Math.floor(k / side) * step * CELLS + (k % side) * step];
    palette.shade(pixels, 4 * k, value > 0 ? palette.rgb.high : palette.rgb.low, Math.abs(value) / largest);
  }
}

// How far the score of a class is above the best of the others, everywhere.
function margins(grid, last, outputs, k) {
  return Float32Array.from({ length: grid.count }, (_, at) => {
    let best = -Infinity;
    for (let j = 0; j < outputs; j++) if (j !== k) best = Math.max(best, grid.outs[last + j][at]);
    return grid.outs[last + k][at] - best;
  });
}

// The lines along which values on the grid pass a level: pairs of places, in cells.
function contour(values, level) {
  const pieces = [];
  for (let row = 0; row + 1 < CELLS; row++) {
    for (let column = 0; column + 1 < CELLS; column++) {
      const at = row * CELLS + column;
      const heights = [values[at], values[at + 1], values[at + CELLS + 1], values[at + CELLS]];
      const above = heights[0] > level;
      if (heights[1] > level === above && heights[2] > level === above && heights[3] > level === above) continue;
      const corners = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
      const cuts = [];
      for (let side = 0; side < 4; side++) {
        const [from, to] = [heights[side] - level, heights[(side + 1) % 4] - level];
        if (from > 0 === to > 0) continue;
        const [a, b] = [corners[side], corners[(side + 1) % 4]];
        const share = from / (from - to);
        cuts.push([a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]);
      }
      for (let k = 0; k + 1 < cuts.length; k += 2) pieces.push([cuts[k], cuts[k + 1]]);
    }
  }
  return pieces;
}
