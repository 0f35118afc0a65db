// X25519 (RFC 7748): of the own private key and the other side's public key both sides make the same 32 bytes. By the
// browser's own WebCrypto where it has that; else by the lines below, which do the same. securechat/crypto/exchange.py
// refuses the same keys.

import { randomBytes } from "../fernet.js";

export class InvalidPublicKey extends Error {}

const X25519 = { name: "X25519" };
const SIZE = 32; // bytes in each key and in what is made of two

// A new pair: { isNative, publicKey, agree }. agree: takes the other side's public key, and returns the secret.
export async function newPair() {
  try {
    return await webPair(await crypto.subtle.generateKey(X25519, false, ["deriveBits"]));
  } catch {
    return plainPair(randomBytes(SIZE)); // no WebCrypto over http, and no X25519 in browsers from before 2025
  }
}

// keys: of generateKey, which lets no script read the private one ("extractable" is false).
export async function webPair({ publicKey, privateKey }) {
  const { subtle } = crypto;
  return {
    isNative: true,
    publicKey: new Uint8Array(await subtle.exportKey("raw", publicKey)),
    async agree(theirs) {
      try {
        const other = await subtle.importKey("raw", theirs, X25519, false, []);
        return checked(new Uint8Array(await subtle.deriveBits({ ...X25519, public: other }, privateKey, 8 * SIZE)));
      } catch {
        throw new InvalidPublicKey(); // of another length, or the result would be zero
      }
    },
  };
}

// secret: the private key, 32 bytes.
export function plainPair(secret) {
  const own = secret.slice();
  return {
    isNative: false,
    publicKey: x25519(own, BASE),
    async agree(theirs) {
      if (theirs.length !== SIZE) throw new InvalidPublicKey();
      return checked(x25519(own, theirs));
    },
  };
}

// Of a point of low order everybody would get zero, whatever their private key is (RFC 7748, section 6.1).
function checked(secret) {
  if (!secret.some(Boolean)) throw new InvalidPublicKey();
  return secret;
}

const P = 2n ** 255n - 19n;
const A24 = 121665n;
const BASE = Uint8Array.from({ length: SIZE }, (_, i) => (i === 0 ? 9 : 0));

// The function X25519 of RFC 7748, section 5, with the names that it has there. It takes no care against somebody who
// measures how long it takes: each pair is used for one agreement.
function x25519(scalar, coordinate) {
  const clamped = scalar.slice();
  clamped[0] &= 248;
  clamped[31] = (clamped[31] & 127) | 64;
  const k = toNumber(clamped);
  const x1 = (toNumber(coordinate) % 2n ** 255n) % P; // the last bit does not count
  let [x2, z2, x3, z3] = [1n, 0n, x1, 1n];
  let swap = 0n;
  for (let t = 254n; t >= 0n; t -= 1n) {
    const bit = (k >> t) & 1n;
    if (swap !== bit) [x2, x3, z2, z3] = [x3, x2, z3, z2];
    swap = bit;
    const [a, b, c, d] = [x2 + z2, x2 - z2, x3 + z3, x3 - z3].map(mod);
    const [aa, bb] = [mod(a * a), mod(b * b)];
    const [e, da, cb] = [mod(aa - bb), mod(d * a), mod(c * b)];
    x3 = mod((da + cb) ** 2n);
    z3 = mod(x1 * mod((da - cb) ** 2n));
    x2 = mod(aa * bb);
    z2 = mod(e * (aa + A24 * e));
  }
  if (swap) [x2, z2] = [x3, z3];
  return toBytes(mod(x2 * power(z2, P - 2n))); // z2 to the power of p - 2 is 1 / z2
}

const mod = (number) => ((number % P) + P) % P;

function power(base, exponent) {
  let [result, square] = [1n, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

// Numbers stand with their lowest byte first.
const toNumber = (bytes) => bytes.reduceRight((number, byte) => number << 8n | BigInt(byte), 0n);
const toBytes = (number) => Uint8Array.from({ length: SIZE }, (_, i) => Number(number >> BigInt(8 * i) & 255n));
