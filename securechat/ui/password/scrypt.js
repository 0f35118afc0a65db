// PBKDF2 and scrypt, written from their standards: over plain HTTP, as in most classrooms, a browser has no
// crypto.subtle. This is for showing how long they take. It guards nothing: no care is taken against somebody who
// measures it.

import { hmacSha256, joinBytes } from "../../sealed/page/sha256.js";

export const SLICE = 30; // milliseconds of work until the page gets its turn

// Give the page its turn: what was typed in between is handled now.
export const turn = () => new Promise((resolve) => { setTimeout(resolve, 0); });

// PBKDF2, RFC 8018, section 5.2, with HMAC-SHA256.
function pbkdf2Sha256(password, salt, rounds, size) {
  const key = new Uint8Array(Math.ceil(size / 32) * 32);
  const number = new DataView(new ArrayBuffer(4));
  for (let at = 0; at < size; at += 32) {
    number.setUint32(0, at / 32 + 1);
    let u = hmacSha256(password, joinBytes(salt, new Uint8Array(number.buffer)));
    const block = Uint8Array.from(u);
    for (let round = 1; round < rounds; round++) {
      u = hmacSha256(password, u);
      for (let i = 0; i < 32; i++) block[i] ^= u[i];
    }
    key.set(block, at);
  }
  return key.slice(0, size);
}

// scrypt, RFC 7914. It needs 128 * N * r bytes of memory.
// onProgress(share, worked): how much is done, from 0 to 1, and the milliseconds of work until now, without the
// turns of the page. cancelled(): whether nobody waits any more; the answer is null then.
export async function scrypt(password, salt, { N, r, p, size }, onProgress = () => {}, cancelled = () => false) {
  let begun = performance.now();
  let worked = 0;
  // Section 6.
  const blocks = pbkdf2Sha256(password, salt, 1, p * 128 * r);
  const memory = new Uint32Array(32 * r * N);
  for (let i = 0; i < p; i++) {
    const view = new DataView(blocks.buffer, i * 128 * r, 128 * r);
    for (const share of mixSteps(view, memory, N, r)) {
      const spent = performance.now() - begun;
      if (spent < SLICE) continue;
      worked += spent;
      onProgress((i + share) / p, worked);
      await turn();
      if (cancelled()) return null;
      begun = performance.now();
    }
  }
  const key = pbkdf2Sha256(password, blocks, 1, size);
  onProgress(1, worked + performance.now() - begun);
  return key;
}

// scryptROMix, section 5: fill the memory, one block made of the other; then visit it in an order that nobody
// knows beforehand. Now and then it yields how much is done.
function* mixSteps(view, memory, N, r) {
  const size = 32 * r;
  let block = new Uint32Array(size);
  let spare = new Uint32Array(size);
  for (let k = 0; k < size; k++) block[k] = view.getUint32(4 * k, true);
  for (let i = 0; i < N; i++) {
    memory.set(block, i * size);
    mixBlock(block, spare, r);
    [block, spare] = [spare, block];
    if (i % 64 === 63) yield i / N / 2;
  }
  for (let i = 0; i < N; i++) {
    const j = block[size - 16] & N - 1; // Integerify: N is a power of 2, and at most 2^32
    for (let k = 0, at = j * size; k < size; k++, at++) block[k] ^= memory[at];
    mixBlock(block, spare, r);
    [block, spare] = [spare, block];
    if (i % 64 === 63) yield 0.5 + i / N / 2;
  }
  for (let k = 0; k < size; k++) view.setUint32(4 * k, block[k], true);
}

// scryptBlockMix, section 4: 2r pieces of 64 bytes; those with even numbers go first.
function mixBlock(from, to, r) {
  let last = 16 * (2 * r - 1);
  let before = from;
  for (let i = 0; i < 2 * r; i++) {
    const at = 16 * ((i >> 1) + (i & 1) * r);
    salsa(before, last, from, 16 * i, to, at);
    before = to;
    last = at;
  }
}

// Salsa20/8, section 3, of the XOR of two pieces. In sixteen variables: an array took four times as long.
function salsa(one, i, other, j, to, at) {
  const s0 = one[i] ^ other[j], s1 = one[i + 1] ^ other[j + 1];
  const s2 = one[i + 2] ^ other[j + 2], s3 = one[i + 3] ^ other[j + 3];
  const s4 = one[i + 4] ^ other[j + 4], s5 = one[i + 5] ^ other[j + 5];
  const s6 = one[i + 6] ^ other[j + 6], s7 = one[i + 7] ^ other[j + 7];
  const s8 = one[i + 8] ^ other[j + 8], s9 = one[i + 9] ^ other[j + 9];
  const s10 = one[i + 10] ^ other[j + 10], s11 = one[i + 11] ^ other[j + 11];
  const s12 = one[i + 12] ^ other[j + 12], s13 = one[i + 13] ^ other[j + 13];
  const s14 = one[i + 14] ^ other[j + 14], s15 = one[i + 15] ^ other[j + 15];
  let x0 = s0, x1 = s1, x2 = s2, x3 = s3, x4 = s4, x5 = s5, x6 = s6, x7 = s7;
  let x8 = s8, x9 = s9, x10 = s10, x11 = s11, x12 = s12, x13 = s13, x14 = s14, x15 = s15;
  let t = 0;
  for (let round = 0; round < 8; round += 2) {
    t = x0 + x12; x4 ^= t << 7 | t >>> 25; t = x4 + x0; x8 ^= t << 9 | t >>> 23;
    t = x8 + x4; x12 ^= t << 13 | t >>> 19; t = x12 + x8; x0 ^= t << 18 | t >>> 14;
    t = x5 + x1; x9 ^= t << 7 | t >>> 25; t = x9 + x5; x13 ^= t << 9 | t >>> 23;
    t = x13 + x9; x1 ^= t << 13 | t >>> 19; t = x1 + x13; x5 ^= t << 18 | t >>> 14;
    t = x10 + x6; x14 ^= t << 7 | t >>> 25; t = x14 + x10; x2 ^= t << 9 | t >>> 23;
    t = x2 + x14; x6 ^= t << 13 | t >>> 19; t = x6 + x2; x10 ^= t << 18 | t >>> 14;
    t = x15 + x11; x3 ^= t << 7 | t >>> 25; t = x3 + x15; x7 ^= t << 9 | t >>> 23;
    t = x7 + x3; x11 ^= t << 13 | t >>> 19; t = x11 + x7; x15 ^= t << 18 | t >>> 14;
    t = x0 + x3; x1 ^= t << 7 | t >>> 25; t = x1 + x0; x2 ^= t << 9 | t >>> 23;
    t = x2 + x1; x3 ^= t << 13 | t >>> 19; t = x3 + x2; x0 ^= t << 18 | t >>> 14;
    t = x5 + x4; x6 ^= t << 7 | t >>> 25; t = x6 + x5; x7 ^= t << 9 | t >>> 23;
    t = x7 + x6; x4 ^= t << 13 | t >>> 19; t = x4 + x7; x5 ^= t << 18 | t >>> 14;
    t = x10 + x9; x11 ^= t << 7 | t >>> 25; t = x11 + x10; x8 ^= t << 9 | t >>> 23;
    t = x8 + x11; x9 ^= t << 13 | t >>> 19; t = x9 + x8; x10 ^= t << 18 | t >>> 14;
    t = x15 + x14; x12 ^= t << 7 | t >>> 25; t = x12 + x15; x13 ^= t << 9 | t >>> 23;
    t = x13 + x12; x14 ^= t << 13 | t >>> 19; t = x14 + x13; x15 ^= t << 18 | t >>> 14;
  }
  to[at] = x0 + s0; to[at + 1] = x1 + s1; to[at + 2] = x2 + s2; to[at + 3] = x3 + s3;
  to[at + 4] = x4 + s4; to[at + 5] = x5 + s5; to[at + 6] = x6 + s6; to[at + 7] = x7 + s7;
  to[at + 8] = x8 + s8; to[at + 9] = x9 + s9; to[at + 10] = x10 + s10; to[at + 11] = x11 + s11;
  to[at + 12] = x12 + s12; to[at + 13] = x13 + s13; to[at + 14] = x14 + s14; to[at + 15] = x15 + s15;
}
