// How many passwords there are of a kind, how long it takes to try them all, and how to say so. Such numbers
// are given by their logarithms to the base of 10.

import { nounFor } from "../wording.js";

export const YEAR = 365.25 * 24 * 3600; // seconds
const UNIVERSE = 13.8e9 * YEAR;
const UNITS = [
  ["year", YEAR], ["month", YEAR / 12], ["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1],
  ["millisecond", 0.001],
];

// The kinds of characters, and how many there are of each. ASCII has 33 printable signs, the space among them.
// For all other writing the number is a rough figure.
const KINDS = [
  ["a–z", /[a-z]/, 26],
  ["A–Z", /[A-Z]/, 26],
  ["0–9", /[0-9]/, 10],
  ["signs", /[^a-zA-Z0-9\u0080-\uffff]/, 33],
  ["others, roughly 100", /[\u0080-\uffff]/, 100],
];

// Those that stand at the top of every list of leaked passwords.
const COMMON = new Set([
  "000000", "111111", "123123", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "1q2w3e4r",
  "abc123", "admin", "dragon", "football", "iloveyou", "letmein", "monkey", "password", "password1", "princess",
  "qwerty", "qwerty123", "secret", "sunshine", "welcome",
]);

// What a guesser goes through until this password is found for sure: the list of common ones, if it is there, or
// else all with as many characters of the same kinds.
export function searchFor(password) {
  if (COMMON.has(password.toLowerCase())) {
    return {
      common: true,
      log: Math.log10(COMMON.size),
      what: `Time to try ${COMMON.size} common ones`,
      how: `It is on a list of ${COMMON.size} common passwords. No other needs to be tried.`,
    };
  }
  const kinds = KINDS.filter(([, pattern]) => pattern.test(password));
  const alphabet = kinds.reduce((sum, [, , count]) => sum + count, 0);
  const length = [...password].length;
  const log = length * Math.log10(alphabet);
  return {
    common: false,
    log,
    what: "Time to try all of this kind",
    how:
      `${length} ${nounFor(length, "character")}, each one of ${alphabet} ` +
      `(${kinds.map(([name]) => name).join(", ")}): ` +
      `${alphabet}${superscript(length)} = ${inWords(log)} passwords of this kind. Words, names ` +
      "and dates are found much sooner.",
  };
}

// A number with two digits that count.
export function inWords(log) {
  const number = Number((10 ** log).toPrecision(2));
  if (number < 1e6) return number.toLocaleString("en", { maximumSignificantDigits: 2 });
  for (const [name, size] of [["million", 1e6], ["billion", 1e9], ["trillion", 1e12]]) {
    if (number < 1000 * size) return `${Number((number / size).toPrecision(2))} ${name}`;
  }
  const [digits, power] = number.toExponential(1).split("e+").map(Number);
  return `${digits === 1 ? "" : `${digits} × `}10${superscript(power)}`;
}

const superscript = (power) => String(power).replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]);

export function durationInWords(log) {
  const seconds = 10 ** log;
  if (seconds < 0.001) return "less than a millisecond";
  // From two of a unit on; of seconds, from one.
  const [unit, size] = UNITS.find(([name, size]) => seconds >= (name === "second" ? size : 2 * size)) ?? UNITS.at(-1);
  const number = inWords(log - Math.log10(size));
  return `${number} ${nounFor(number, unit)}`;
}

export const isBeyondUniverse = (log) => 10 ** log > UNIVERSE;

// The place of a duration on a logarithmic scale from a millisecond to 10^30 years, from 0 to 1.
export function onScale(log) {
  const [first, last] = [-3, 30 + Math.log10(YEAR)];
  return Math.min(1, Math.max(0, (log - first) / (last - first)));
}
