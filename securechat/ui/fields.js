import { make } from "./dom.js";

// Draws a token with its fields told apart. spans: [[field, from, to], …] in characters.
export function tokenElement(token, spans) {
  const parts = spans.map(([field, from, to]) => make("span", { className: `sc-field sc-${field}` }, token.slice(from, to)));
  return make("code", { className: "sc-token" }, ...parts, token.slice(spans.at(-1)?.[2] ?? 0));
}

// The fields of a whole token, as characters: those of the bytes 0, 1-8, 9-24, 25 to the last 32, the last 32
// (https://github.com/fernet/spec/blob/master/Spec.md). A character that two fields share goes to the one that
// has more of it.
export function fieldSpans(token) {
  const bytes = (token.length / 4) * 3 - (token.match(/=*$/)[0].length);
  const ends = { version: 1, time: 9, iv: 25, ciphertext: bytes - 32 };
  let start = 0;
  const spans = Object.entries(ends).map(([field, end]) => {
    const span = [field, start, Math.floor((8 * end) / 6) + ((8 * end) % 6 >= 3)];
    start = span[2];
    return span;
  });
  return [...spans, ["hmac", start, token.length]];
}

// Copies a text, also where the page is not served over HTTPS and has no clipboard object.
export async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { value: text, style: "position: fixed; opacity: 0" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const label = button.textContent;
  if (label === "Copied") return;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1500);
}
