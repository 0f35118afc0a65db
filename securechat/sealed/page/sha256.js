// SHA-256, HMAC and HKDF, written from their standards: over plain HTTP, as in most classrooms, a browser has no
// crypto.subtle. It takes no care against somebody who measures how long it takes.

// SHA-256, FIPS 180-4. The constants (section 4.2.2): of the cube roots of the first 64 primes, the first 32 bits
// after the point.
const SHA256_CONSTANTS = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

// The hash it begins with (section 5.3.3): the same of the square roots of the first 8 primes.
const SHA256_START = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

// The message schedule of the block at hand. Made once: making one takes as long as a hash.
const schedule = new Int32Array(64);

export function sha256(message) {
  // Section 5.1.1: a 1 bit, zeros, and the length in bits as 64 bits fill the last block of 64 bytes.
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  putWord(padded, padded.length - 8, Math.floor(message.length / 2 ** 29));
  putWord(padded, padded.length - 4, message.length << 3);

  const hash = new Int32Array(SHA256_START);
  for (let at = 0; at < padded.length; at += 64) sha256Block(hash, schedule, padded, at);
  const digest = new Uint8Array(32);
  for (let i = 0; i < 8; i++) putWord(digest, 4 * i, hash[i]);
  return digest;
}

// Section 6.2.2: one block goes into the hash. The names are those of the standard.
function sha256Block(hash, w, bytes, at) {
  for (let t = 0, i = at; t < 16; t++, i += 4) {
    w[t] = bytes[i] << 24 | bytes[i + 1] << 16 | bytes[i + 2] << 8 | bytes[i + 3];
  }
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15];
    const y = w[t - 2];
    const sigma0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
    const sigma1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10;
    w[t] = sigma1 + w[t - 7] + sigma0 + w[t - 16];
  }
  let a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4], f = hash[5], g = hash[6], h = hash[7];
  for (let t = 0; t < 64; t++) {
    const sum1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const choice = e & f ^ ~e & g;
    const t1 = h + sum1 + choice + SHA256_CONSTANTS[t] + w[t] | 0;
    const sum0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const majority = a & b ^ a & c ^ b & c;
    h = g;
    g = f;
    f = e;
    e = d + t1 | 0;
    d = c;
    c = b;
    b = a;
    a = t1 + sum0 + majority | 0;
  }
  hash[0] += a; hash[1] += b; hash[2] += c; hash[3] += d;
  hash[4] += e; hash[5] += f; hash[6] += g; hash[7] += h;
}

function putWord(bytes, at, word) {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}

// HMAC, RFC 2104, section 2: hash(key ^ opad, hash(key ^ ipad, message)).
export function hmacSha256(key, message) {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? sha256(key) : key);
  const inner = joinBytes(block.map((byte) => byte ^ 0x36), message);
  return sha256(joinBytes(block.map((byte) => byte ^ 0x5c), sha256(inner)));
}

// HKDF-SHA256, RFC 5869, without a salt: section 2.2, then the first block of section 2.3, which has 32 bytes.
export function hkdfSha256(secret, purpose) {
  return hmacSha256(hmacSha256(new Uint8Array(32), secret), joinBytes(purpose, [1]));
}

export function joinBytes(...parts) {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
