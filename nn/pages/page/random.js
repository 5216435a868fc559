// Python's random.Random, to the bit: the Mersenne Twister (Matsumoto & Nishimura, 1998) with
// Python's ways of seeding it and of drawing from it.

class Random {
  // seed: a whole number, as a number, a BigInt or its digits; or {text} for what Python seeds by text.
  constructor(seed) {
    this.state = new Uint32Array(624);
    this.pair = null; // the second of two normal numbers
    this.seedWith(seed.text === undefined ? wordsOf(BigInt(seed)) : wordsOf(numberOfText(seed.text)));
  }

  seedWith(key) {
    const { state } = this;
    state[0] = 19650218;
    for (let k = 1; k < 624; k++) state[k] = Math.imul(1812433253, state[k - 1] ^ (state[k - 1] >>> 30)) + k;
    const mixed = (k, factor) => state[k] ^ Math.imul(state[k - 1] ^ (state[k - 1] >>> 30), factor);
    let at = 1;
    const on = () => {
      if (++at < 624) return;
      state[0] = state[623];
      at = 1;
    };
    for (let turn = 0; turn < Math.max(624, key.length); turn++) {
      state[at] = mixed(at, 1664525) + key[turn % key.length] + (turn % key.length);
      on();
    }
    for (let turn = 0; turn < 623; turn++) {
      state[at] = mixed(at, 1566083941) - at;
      on();
    }
    state[0] = 0x80000000;
    this.next = 624;
  }

  // 32 random bits.
  word() {
    const { state } = this;
    if (this.next === 624) {
      for (let k = 0; k < 624; k++) {
        const y = (state[k] & 0x80000000) | (state[(k + 1) % 624] & 0x7fffffff);
        state[k] = state[(k + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.next = 0;
    }
    let y = state[this.next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  random() {
    return ((this.word() >>> 5) * 67108864 + (this.word() >>> 6)) / 9007199254740992;
  }

  uniform(a, b) {
    return a + (b - a) * this.random();
  }

  // A whole number below another, which is less than 2**32.
  below(limit) {
    const bits = 32 - Math.clz32(limit);
    for (;;) {
      const drawn = this.word() >>> (32 - bits);
      if (drawn < limit) return drawn;
    }
  }

  shuffle(list) {
    for (let k = list.length - 1; k > 0; k--) {
      const other = this.below(k + 1);
      [list[k], list[other]] = [list[other], list[k]];
    }
  }

  gauss(mean, deviation) {
    let z = this.pair;
    this.pair = null;
    if (z === null) {
      const angle = this.random() * 2 * Math.PI;
      const radius = Math.sqrt(-2 * Math.log(1 - this.random()));
      z = Math.cos(angle) * radius;
      this.pair = Math.sin(angle) * radius;
    }
    return mean + z * deviation;
  }
}

// A whole number as words of 32 bits, the lowest first.
function wordsOf(number) {
  let rest = number < 0n ? -number : number;
  const words = [];
  do {
    words.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest);
  return words;
}

// The number that Python makes of a text to seed with: its bytes, and then their SHA-512.
function numberOfText(text) {
  const bytes = [...new TextEncoder().encode(text)];
  let number = 0n;
  for (const byte of bytes) number = (number << 8n) | BigInt(byte);
  for (const word of sha512(bytes)) number = (number << 64n) | word;
  return number;
}

// ---- SHA-512, from FIPS 180-4 -------------------------------------------------------------------

const BITS64 = (1n << 64n) - 1n;
const turned = (x, by) => (x >> by) | ((x << (64n - by)) & BITS64);

// The first 64 bits of the fractional part of the square (or cube) roots of the first primes.
function fractionsOfRoots(count, power) {
  const found = [];
  for (let prime = 2; found.length < count; prime++) {
    let isPrime = true;
    for (let k = 2; k * k <= prime; k++) if (prime % k === 0) isPrime = false;
    if (isPrime) found.push(wholeRoot(BigInt(prime) << (64n * power), power) & BITS64);
  }
  return found;
}

// The largest whole number whose power is not above x, found bit by bit.
function wholeRoot(x, power) {
  let root = 0n;
  for (let bit = 1n << 70n; bit; bit >>= 1n) if ((root + bit) ** power <= x) root += bit;
  return root;
}

const BEGINNINGS = fractionsOfRoots(8, 2n);
const ROUNDS = fractionsOfRoots(80, 3n);

// The hash of bytes, as eight numbers of 64 bits.
function sha512(bytes) {
  const padded = [...bytes, 0x80];
  while (padded.length % 128 !== 112) padded.push(0);
  for (let k = 15; k >= 0; k--) padded.push(k > 6 ? 0 : Math.floor((bytes.length * 8) / 256 ** k) % 256);
  const hash = BEGINNINGS.slice();
  for (let start = 0; start < padded.length; start += 128) {
    const words = [];
    for (let k = 0; k < 16; k++) {
      let word = 0n;
      for (let byte = 0; byte < 8; byte++) word = (word << 8n) | BigInt(padded[start + 8 * k + byte]);
      words.push(word);
    }
    for (let k = 16; k < 80; k++) {
      const [early, late] = [words[k - 15], words[k - 2]];
      const first = turned(early, 1n) ^ turned(early, 8n) ^ (early >> 7n);
      const second = turned(late, 19n) ^ turned(late, 61n) ^ (late >> 6n);
      words.push((words[k - 16] + first + words[k - 7] + second) & BITS64);
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let k = 0; k < 80; k++) {
      const choice = (e & f) ^ (~e & g & BITS64);
      const one = h + (turned(e, 14n) ^ turned(e, 18n) ^ turned(e, 41n)) + choice + ROUNDS[k] + words[k];
      const two = (turned(a, 28n) ^ turned(a, 34n) ^ turned(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) & BITS64, c, b, a, (one + two) & BITS64];
    }
    for (const [k, word] of [a, b, c, d, e, f, g, h].entries()) hash[k] = (hash[k] + word) & BITS64;
  }
  return hash;
}
