// The name of a room, which the server needs, is made from its key and does not tell the key.

import { hmacSha256, joinBytes } from "./sha256.js";

// HKDF-SHA256 (RFC 5869) without a salt: section 2.2, then the first block of section 2.3.
export function roomOf(key) {
  const secret = hmacSha256(new Uint8Array(32), key);
  const purpose = new TextEncoder().encode("SecureChat sealed room\n");
  return `sealed-${toHex(hmacSha256(secret, joinBytes(purpose, [1])).slice(0, 16))}`;
}

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
