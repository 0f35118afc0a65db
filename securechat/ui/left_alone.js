// Asks the browser to leave alone what stands on the page and what is typed into it. The server's own page asks for
// that from the start (securechat/web/shell.py); a host that knows only scripts sends a page of its own.

import { watchMenu } from "./menu.js";

export default function () {
  const root = document.documentElement;
  root.translate = root.spellcheck = false;
  root.classList.add("notranslate");
  document.addEventListener("focusin", keepAsTyped);
  watchMenu();
}

// A phone would begin a code with a capital and put a name right that it does not know.
function keepAsTyped({ target }) {
  if (!target.matches("[data-testid='stTextInput'] input")) return;
  target.setAttribute("autocapitalize", "off");
  target.setAttribute("autocorrect", "off");
}
