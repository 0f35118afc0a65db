// AES-128 in CBC mode, written from its standards for browsers that have no crypto.subtle: FIPS 197, and NIST SP
// 800-38A, section 6.2. Names are those of FIPS 197. It takes no care against somebody who measures how long it
// takes: whoever could measure that runs on this device, and has the key.

const BLOCK = 16; // bytes
const ROUNDS = 10; // with a key of 16 bytes

// Multiplication in GF(2^8) (section 4.2) by logarithms: 3 is a generator.
const exponents = new Uint8Array(510);
const logarithms = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power++) {
  exponents[power] = exponents[power + 255] = value;
  logarithms[value] = power;
  value ^= value << 1 ^ (value & 0x80 ? 0x11b : 0);
}
const product = (a, b) => (a && b ? exponents[logarithms[a] + logarithms[b]] : 0);
const timesTable = (factor) => Uint8Array.from({ length: 256 }, (_, value) => product(factor, value));
const [times2, times3, times9, times11, times13, times14] = [2, 3, 9, 11, 13, 14].map(timesTable);

// The S-box (section 5.1.1): the inverse in GF(2^8), and an affine transformation.
const sBox = Uint8Array.from({ length: 256 }, (_, value) => {
  const inverse = value ? exponents[255 - logarithms[value]] : 0;
  const turned = [1, 2, 3, 4].map((by) => inverse << by | inverse >>> (8 - by));
  return turned.reduce((sum, part) => sum ^ part, inverse ^ 0x63);
});
const inverseSBox = new Uint8Array(256);
sBox.forEach((to, from) => { inverseSBox[to] = from; });

// KeyExpansion (section 5.2): the key, and a round key of 16 bytes for each round.
export function expandKey(key) {
  const w = new Uint8Array(BLOCK * (ROUNDS + 1));
  w.set(key);
  for (let i = BLOCK, rcon = 1; i < w.length; i += 4) {
    let word = w.slice(i - 4, i);
    if (i % BLOCK === 0) {
      word = Uint8Array.of(word[1], word[2], word[3], word[0]).map((byte) => sBox[byte]);
      word[0] ^= rcon;
      rcon = times2[rcon];
    }
    for (let k = 0; k < 4; k++) w[i + k] = w[i + k - BLOCK] ^ word[k];
  }
  return w;
}

function addRoundKey(state, w, round) {
  for (let i = 0; i < BLOCK; i++) state[i] ^= w[BLOCK * round + i];
}

// SubBytes and ShiftRows in one go: row r of the state goes r columns to the left, or back to the right.
function substituteAndShift(state, box, direction) {
  const before = state.slice();
  for (let i = 0; i < BLOCK; i++) state[i] = box[before[(i + direction * 4 * (i % 4) + BLOCK) % BLOCK]];
}

// Section 5.1.3: each column is multiplied by a polynomial. Here t are the tables of its four factors.
function mixColumns(state, t0, t1, t2, t3) {
  for (let c = 0; c < BLOCK; c += 4) {
    const [a, b, d, e] = [state[c], state[c + 1], state[c + 2], state[c + 3]];
    state[c] = t0[a] ^ t1[b] ^ t2[d] ^ t3[e];
    state[c + 1] = t3[a] ^ t0[b] ^ t1[d] ^ t2[e];
    state[c + 2] = t2[a] ^ t3[b] ^ t0[d] ^ t1[e];
    state[c + 3] = t1[a] ^ t2[b] ^ t3[d] ^ t0[e];
  }
}

const once = Uint8Array.from({ length: 256 }, (_, value) => value); // times 1

// Cipher (section 5.1): one block, in place.
function encryptBlock(state, w) {
  addRoundKey(state, w, 0);
  for (let round = 1; round <= ROUNDS; round++) {
    substituteAndShift(state, sBox, 1);
    if (round < ROUNDS) mixColumns(state, times2, times3, once, once);
    addRoundKey(state, w, round);
  }
}

// InvCipher (section 5.3): the same backwards.
function decryptBlock(state, w) {
  for (let round = ROUNDS; round > 0; round--) {
    addRoundKey(state, w, round);
    if (round < ROUNDS) mixColumns(state, times14, times11, times13, times9);
    substituteAndShift(state, inverseSBox, -1);
  }
  addRoundKey(state, w, 0);
}

// data: whole blocks.
export function encryptCbc(w, iv, data) {
  const out = Uint8Array.from(data);
  let before = iv;
  for (let at = 0; at < out.length; at += BLOCK) {
    const block = out.subarray(at, at + BLOCK);
    for (let i = 0; i < BLOCK; i++) block[i] ^= before[i];
    encryptBlock(block, w);
    before = block;
  }
  return out;
}

export function decryptCbc(w, iv, data) {
  const out = Uint8Array.from(data);
  let before = iv;
  for (let at = 0; at < out.length; at += BLOCK) {
    const block = out.subarray(at, at + BLOCK);
    decryptBlock(block, w);
    for (let i = 0; i < BLOCK; i++) block[i] ^= before[i];
    before = data.subarray(at, at + BLOCK);
  }
  return out;
}
