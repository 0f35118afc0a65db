// Draws a token with its fields told apart. spans: [[field, start, end], …] in characters.
export function tokenElement(token, spans) {
  const code = document.createElement("code");
  code.className = "sc-token";
  let end = 0;
  for (const [field, start, stop] of spans) {
    const span = document.createElement("span");
    span.className = `sc-field sc-${field}`;
    span.textContent = token.slice(start, stop);
    code.append(span);
    end = stop;
  }
  code.append(token.slice(end));
  return code;
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
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
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
