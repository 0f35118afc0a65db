// Reads keys as people paste them: a key, a link with one behind its #, or what is in a key file. What is no key is
// refused with the likeliest reason, in the words of securechat/crypto/key_text.py.

import { fromBase64url } from "./base64url.js";

const KEY_CHARS = 44; // URL-safe Base64 of 32 bytes, with one = at the end
const QUOTES = "\"'`“”„‟‘’‚‛«»‹›";
const WHOLE = /([\w-]{43}=)(?=[\w-])/g; // another one may stand right behind it: some browsers paste lines so
const IN_LINK = new RegExp(`[#&]key=([^#&\\s<>()[\\]{}${QUOTES}]*)`, "g");
const AROUND = [
  [/^(?:-----BEGIN|ssh-|age-secret-key-)/i, "This is a key of another kind, not a Fernet key."],
  [/^gAAAA/i, "This is a token, not a key."],
  [/^b['"]/i, "Leave out the b and the quotes around it: that is how Python shows bytes."],
  [/^(?:(?:export|set|env)[ \t]+|\$env:)?[a-z_]\w{0,40}[ \t]*[=:][ \t]*[^\s=,]/i, "Leave out the name before it."],
  [new RegExp(`^[\\[({<${QUOTES}]`), "Leave out the quotes or brackets around it."],
];
const PLAIN_NAMES = { " ": "a space", "\n": "a line break", "\r": "a line break", "\t": "a tab" };

export class InvalidKey extends Error {} // its message never has anything of the text in it but one strange character

// Returns { text, bytes }: a key in its one spelling, and its 32 bytes.
export function readKey(pasted) {
  const text = bare(/#|^\s*https?:/i.test(pasted) ? fragmentKey(pasted) : pasted);
  if (!text) throw new InvalidKey("There is no key here. Paste a key, a link, or what is in a key file.");
  const parts = [...new Set(text.replace(WHOLE, "$1 ").split(/[,\s]+/).map(bare).filter(Boolean))];
  const keys = parts.map(decodeKey);
  if (keys.length > 1 && keys.every(Boolean)) {
    throw new InvalidKey(`There are ${keys.length} keys here. A sealed room has one: paste that alone.`);
  }
  if (keys.length === 1 && keys[0]) return { text: parts[0], bytes: keys[0] };
  const joined = withoutSpaces(text); // a messenger or a mail has broken the line
  if (decodeKey(joined)) return { text: joined, bytes: decodeKey(joined) };
  throw new InvalidKey(problemOf(text));
}

// The part of a link behind #key=, with what an address may have made of its =.
function fragmentKey(link) {
  const found = [...link.matchAll(IN_LINK)].map(([, key]) => key.replace(/%3d/gi, "="));
  const [, , broken] = withoutSpaces(link).match(/([#&]key=)([\w-]{43}(?:=|%3d))/i) ?? [];
  if (found.length === 1 && !decodeKey(found[0]) && broken) return broken.replace(/%3d/i, "=");
  if (found.length > 0) return found.join("\n"); // one link twice is one key
  throw new InvalidKey("This link has no key in it: that stands behind #key= at its end. Ask for the whole link.");
}

const withoutSpaces = (text) => text.replace(/\s+/g, "");

function decodeKey(text) {
  const bytes = fromBase64url(text);
  return bytes?.length === 32 ? bytes : null;
}

// Without the white space and the pairs of quotes around it.
function bare(text) {
  const trimmed = text.trim();
  const [first, last] = [trimmed[0], trimmed.at(-1)];
  const isQuoted = trimmed.length > 1 && QUOTES.includes(first) && QUOTES.includes(last);
  return isQuoted ? bare(trimmed.slice(1, -1)) : trimmed;
}

function problemOf(text) {
  const around = AROUND.find(([begin]) => begin.test(text));
  if (around) return around[1];
  const strange = Array.from(text).find((char) => !/^[ -~]$/.test(char));
  if (strange) return `This does not belong in a key: ${describe(strange)}.`;
  const size = `A key has ${KEY_CHARS} characters, this has ${text.length.toLocaleString("en")}`;
  if (/^[\w-]{43}$/.test(text)) return `${size}: the = at its end is missing.`;
  if (/^[0-9a-f]{64}$/i.test(text)) return `${size}: these are hexadecimal digits, not Base64.`;
  if (text.includes(";")) return `${size}. Between two keys stands a comma, not a semicolon.`;
  if (QUOTES.includes(text.at(-1))) return `${size}: there is a quote at its end.`;
  if (text.length !== KEY_CHARS) return `${size}.`;
  if (/[+/]/.test(text)) return "It is in another Base64: + and / where URL-safe Base64 has - and _.";
  if (/^[\w-]{43}=$/.test(text)) return "Something in this key is wrong: capital and small letters matter. Copy it again.";
  return "A key is 32 bytes in URL-safe Base64 (A-Z, a-z, 0-9, -, _ and a = at the end).";
}

function describe(char) {
  if (PLAIN_NAMES[char]) return PLAIN_NAMES[char];
  const number = `U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char) ? number : `an invisible character, ${number}`;
}
