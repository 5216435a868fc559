// What each operation of the table computes, and how numbers are written and read.

const OPERATIONS = {
  step: (x) => (Number.isNaN(x) ? x : Number(x > 0)),
  sign: (x) => (Number.isNaN(x) ? x : (x > 0) - (x < 0)),
  compare: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? NaN : (a > b) - (a < b)),
  where: (condition, a, b) => (condition !== 0 ? a : b),

  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  floordiv(a, b) {
    const rest = a % b;
    const times = (a - rest) / b - (rest !== 0 && b < 0 !== rest < 0);
    const whole = Math.floor(times); // or one less, where times was rounded
    return times - whole > 0.5 ? whole + 1 : whole;
  },
  mod(a, b) {
    const rest = a % b;
    return rest !== 0 && b < 0 !== rest < 0 ? rest + b : rest; // with the sign of b
  },
  pow: (a, b) => (a === 1 ? 1 : a ** b), // 1 to the power nan is 1
  neg: (x) => -x,
  pos: (x) => x,
  abs: Math.abs,
  maximum: (a, b) => (a >= b || Number.isNaN(a) ? a : b),
  minimum: (a, b) => (a <= b || Number.isNaN(a) ? a : b),
  clip: (x, low, high) => OPERATIONS.minimum(OPERATIONS.maximum(x, low), high),
  floor: Math.floor,
  ceil: Math.ceil,
  round(x) {
    const up = Math.round(x);
    return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up; // a tie goes to the even one
  },

  exp: Math.exp,
  expm1: Math.expm1,
  exp2: (x) => 2 ** x,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  square: (x) => x * x,
  hypot: Math.hypot,
  logaddexp(a, b) {
    if (a === b) return a + Math.LN2;
    return OPERATIONS.maximum(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
  },

  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  atan2: Math.atan2,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  erf: (x) => (Math.abs(x) < 2 ? erfSeries(x) : Math.sign(x) * (1 - erfcTail(Math.abs(x)))),

  sigmoid: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  relu: (x) => (x >= 0 || Number.isNaN(x) ? x : 0),
  leaky_relu: (x, slope) => (x > 0 ? x : slope * x),
  elu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
  gelu: (x) => x * (erfc(-x / Math.SQRT2) / 2),
  silu: (x) => x * OPERATIONS.sigmoid(x),
  softplus: (x) => OPERATIONS.relu(x) + Math.log1p(Math.exp(-Math.abs(x))),
};

// Of any number of operands, added from left to right; a dot product has its two rows in a row.
OPERATIONS.sum = (...row) => row.reduce((a, b) => a + b);
OPERATIONS.mean = (...row) => OPERATIONS.sum(...row) / row.length;
OPERATIONS.dot = function (...rows) {
  const half = rows.length / 2;
  return OPERATIONS.sum(...rows.slice(0, half).map((a, k) => a * rows[half + k]));
};

// 2/√π · exp(-x²) · (x + 2x³/3 + 4x⁵/15 + …), Abramowitz and Stegun 7.1.6
function erfSeries(x) {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

// exp(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), 7.1.14, for x from 2
function erfcTail(x) {
  let fraction = x;
  for (let n = 120; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}

function erfc(x) {
  if (x >= 2) return erfcTail(x);
  return x > -2 ? 1 - erfSeries(x) : 2 - erfcTail(-x);
}

// The first digits of a positive number, and its power of ten; ties go to the even digit.
function rounded(x, precision) {
  const [exact, power] = x.toExponential(60).split("e");
  const digits = exact.replace(".", "");
  const tie = /^50*$/.test(digits.slice(precision));
  if (tie && "02468".includes(digits[precision - 1])) return [digits.slice(0, precision), Number(power)];
  const [mantissa, exponent] = x.toExponential(precision - 1).split("e");
  return [mantissa.replace(".", ""), Number(exponent)];
}

// A number to `precision` significant digits: its sign, its digits, and a power of ten or "".
function numberParts(x, precision) {
  if (!Number.isFinite(x)) return { minus: x < 0, digits: Number.isNaN(x) ? "nan" : "∞", power: "" };
  const [digits, exponent] = x ? rounded(Math.abs(x), precision) : ["0", 0];
  const plain = exponent >= -4 && exponent < precision;
  const point = plain ? Math.max(exponent, 0) + 1 : 1;
  const shown = plain && exponent < 0 ? "0".repeat(-exponent) + digits : digits;
  const fraction = shown.slice(point).replace(/0+$/, "");
  return {
    minus: x < 0,
    digits: shown.slice(0, point).padEnd(point, "0") + (fraction && `.${fraction}`),
    power: plain ? "" : String(exponent),
  };
}

function numberText(x, precision) {
  const { minus, digits, power } = numberParts(x, precision);
  const exponent = power && `e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  return (minus ? "-" : "") + (digits === "∞" ? "inf" : digits) + exponent;
}

// A number or a fraction as a student types it: -0.5, 2e-3, 1/3, -4 / 6; null for anything else.
function readNumber(text) {
  const plain = text.trim().replaceAll("\u2212", "-").replace(/^\+/, "");
  const number = "[0-9]+\\.?[0-9]*(?:e[-+]?[0-9]+)?|\\.[0-9]+(?:e[-+]?[0-9]+)?";
  const match = plain.match(new RegExp(`^(-?)(${number})(?:\\s*/\\s*(-?(?:${number})))?$`, "i"));
  if (!match) return null;
  const x = (Number(match[2]) / (match[3] === undefined ? 1 : Number(match[3]))) * (match[1] ? -1 : 1);
  return Number.isFinite(x) ? x + 0 : null;
}
