// The name of a room, which the server needs, is made from its key and does not tell the key.

import { hkdfSha256 } from "./sha256.js";

const PURPOSE = new TextEncoder().encode("SecureChat sealed room\n");

export const roomOf = (key) => `sealed-${toHex(hkdfSha256(key, PURPOSE).slice(0, 16))}`;

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
