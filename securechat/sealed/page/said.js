// What is inside a token: a text, who says it and as the how many-th, as JSON. securechat/sealed/said.py has the same.
//
//   {"v": 1, "by": "<16 hex of this visit>", "n": 17, "name": "Brave Otter", "text": "…"}

import { containedName } from "./contained.js";

export const MAX_NAME = 24; // characters
const MAX_TEXT = 2_000; // characters
const MAX_BYTES = 12_527; // of JSON: the server takes no longer token
export const FOREIGN = "foreign"; // another program with the same key has made it
export const NEWER = "newer"; // of a version that is not known here

export const toJson = ({ by, n, name, text, left }) => JSON.stringify({ v: 1, by, n, name, text, ...(left && { left }) });

// Returns { by, n, name, text, left }, FOREIGN or NEWER.
export function readSaid(plaintext) {
  let data;
  try {
    data = JSON.parse(plaintext);
  } catch {
    return FOREIGN;
  }
  if (Number.isInteger(data?.v) && data.v > 1) return NEWER;
  const { v, by, n, name, text, left = false, ...more } = data ?? {};
  const isSaid =
    v === 1 && /^[0-9a-f]{16}$/.test(by) && Number.isSafeInteger(n) && n > 0 && isText(name, 1, MAX_NAME) &&
    isText(text, 0, MAX_TEXT) && typeof left === "boolean" && Object.keys(more).length === 0;
  return isSaid ? { by, n, name, text, left } : FOREIGN;
}

const isText = (some, min, max) => typeof some === "string" && some.length >= min && lengthOf(some) <= max;
const lengthOf = (text) => Array.from(text).length; // in characters, as Python counts

// What is wrong with a name, or with a text to be sent; nothing if it can be sent.
export function faultOfName(name) {
  if (!name.trim() || lengthOf(name) > MAX_NAME) return `A name has 1 to ${MAX_NAME} characters.`;
  return containedName(name) === name ? "" : "The name has a character in it that cannot be seen. Type it anew.";
}

export function faultOfText(text, name) {
  if (!text.trim()) return "There is nothing to send yet. Type a message first.";
  if (/\p{Surrogate}/u.test(text)) return "There is half a character in this text, which cannot be sent. Type it anew.";
  const bytes = new TextEncoder().encode(toJson({ by: "0".repeat(16), n: Number.MAX_SAFE_INTEGER, name, text })).length;
  return tooLong(lengthOf(text), MAX_TEXT, "characters") || tooLong(bytes, MAX_BYTES, "bytes with name and number");
}

function tooLong(size, limit, unit) {
  const [has, allowed, over] = [size, limit, size - limit].map((number) => number.toLocaleString("en"));
  return size > limit ? `The message has ${has} ${unit}; ${allowed} are allowed. Shorten it by ${over}.` : "";
}
