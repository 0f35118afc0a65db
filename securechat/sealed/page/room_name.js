// The name of a room, which the server needs, is made from its key and does not tell the key.

import { hkdfSha256 } from "./sha256.js";

const PURPOSE = new TextEncoder().encode("SecureChat sealed room\n");

export const roomOf = (key) => `sealed-${toHex(hkdfSha256(key, PURPOSE).slice(0, 16))}`;

// Says whether the server has the key of a room. It says for which it has one, and is not told which key was pasted.
export const isKnownToServer = (room) => Boolean(document.querySelector(`meta[name="rooms-of-this-server"][content*="${room}"]`));

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
