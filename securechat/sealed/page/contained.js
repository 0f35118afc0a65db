// Makes characters visible that would act on the text around them or hide in it (CVE-2021-42574), as the function of
// the same name in securechat/rooms/messages.py: control characters and direction overrides become ⟨U+202E⟩.

const FLAGS = ["gbeng", "gbsct", "gbwls"].map((region) =>
  `\u{1f3f4}${Array.from(region, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("")}\u{e007f}`);
const SELECTORS = "\\u034f\\u180b-\\u180d\\u180f\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}"; // one chooses a shape, as of a heart
const FILLERS = "\\u115f\\u1160\\u17b4\\u17b5\\u3164\\uffa0"; // letters that are not seen
const LOOKED_AT = new RegExp(
  `${FLAGS.join("|")}|([^${SELECTORS}\\s\\u200c\\u200d])([${SELECTORS}])|[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}${FILLERS}${SELECTORS}]`, "gu");
const KEPT = "\n\t\u200c\u200d";

export function contained(text) {
  return text.replace(LOOKED_AT, (found, base, shape) => {
    if (shape) return contained(base) + shape;
    return FLAGS.includes(found) || KEPT.includes(found) ? found : writtenOut(found);
  });
}

// In one line.
export const containedName = (name) => contained(name).replace(/[\n\t]/g, writtenOut);

const writtenOut = (char) => `⟨U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
