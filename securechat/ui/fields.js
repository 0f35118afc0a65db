// Draws a token with its fields told apart. spans: [[field, start, end], …] in characters.
function tokenElement(token, spans) {
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

// Copies a text, also where the page is not served over HTTPS and has no clipboard object.
async function copyText(text, button) {
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
