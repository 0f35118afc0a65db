// Fernet tokens (https://github.com/fernet/spec/blob/master/Spec.md), made and opened with a cipher: that of
// web_cipher.js or of plain_cipher.js, which do the same.
//
//   0x80 | time, 8 bytes | initialization vector, 16 | ciphertext, 16 and more | HMAC of all that, 32

import { fromBase64url, toBase64url } from "./base64url.js";
import { joinBytes } from "./sha256.js";

export const BLOCK = 16;
const VERSION = 0x80;
const HEAD = 25; // bytes before the ciphertext
const HMAC = 32;

export class InvalidToken extends Error {} // whatever was wrong: why is said in inspect.js alone

// Throws a TypeError where the text has half an emoji: a browser would make another character of it without a word.
export async function encrypt(cipher, text, { seconds = Math.floor(Date.now() / 1_000), iv = randomBytes(BLOCK) } = {}) {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError("This text has half a character in it.");
  const data = new TextEncoder().encode(text);
  const missing = BLOCK - (data.length % BLOCK); // PKCS#7 (RFC 5652, section 6.3): so many bytes, which say how many
  const padded = joinBytes(data, new Uint8Array(missing).fill(missing));
  const time = new DataView(new ArrayBuffer(8));
  time.setBigUint64(0, BigInt(seconds));
  const head = joinBytes([VERSION], new Uint8Array(time.buffer), iv);
  const signed = joinBytes(head, await cipher.encrypt(iv, padded));
  return toBase64url(joinBytes(signed, await cipher.sign(signed)));
}

// The clock is not asked: a phone's may be wrong, and a room tells by its numbers what is old.
export async function decrypt(cipher, token) {
  const parts = dissect(token);
  if (!parts || parts.version !== VERSION || parts.ciphertext.length % BLOCK) throw new InvalidToken();
  // First of all: nothing is decrypted that somebody without the key has made or changed.
  if (!isEqual(await cipher.sign(parts.signed), parts.hmac)) throw new InvalidToken();
  const data = unpadded(await cipher.decrypt(parts.iv, parts.ciphertext));
  try {
    return decodeText(data);
  } catch {
    throw new InvalidToken();
  }
}

// The fields of a token, without a look at the key; null where it is too short or no Base64.
export function dissect(token) {
  const data = fromBase64url(token);
  if (!data || data.length < HEAD + BLOCK + HMAC) return null;
  const time = new DataView(data.buffer, 1, 8);
  return {
    version: data[0],
    seconds: Number(time.getBigUint64(0)),
    iv: data.slice(9, HEAD),
    ciphertext: data.slice(HEAD, -HMAC),
    hmac: data.slice(-HMAC),
    signed: data.slice(0, -HMAC),
  };
}

// The data without its padding; null where that is none.
export function unpadded(data) {
  const count = data.at(-1);
  const isPadding = count >= 1 && count <= BLOCK && data.subarray(-count).every((byte) => byte === count);
  return isPadding ? data.subarray(0, -count) : null;
}

// Throws where the bytes are no UTF-8. A mark at the beginning (BOM) is a part of the text.
export const decodeText = (data) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);

// Takes as long for a wrong first byte as for a wrong last one.
export const isEqual = (one, other) => one.length === other.length && one.reduce((sum, byte, i) => sum | byte ^ other[i], 0) === 0;

export const randomBytes = (count) => crypto.getRandomValues(new Uint8Array(count));
