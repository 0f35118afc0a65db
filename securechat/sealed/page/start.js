// Before one joins: a key is made or pasted, and a name chosen. What is pasted never leaves this page.

import { toBase64url } from "./base64url.js";
import { setHidden, setLine } from "./dom.js";
import { randomBytes } from "./fernet.js";
import { friendlyName } from "./friendly_name.js";
import { keyPanel } from "./key_panel.js";
import { InvalidKey, readKey } from "./key_text.js";
import { faultOfName } from "./said.js";

// find: finds an element of the page. given: a link with a key, or nothing. join: called with a key and a name.
export function startPage(find, given, join) {
  const [box, name, made] = ["#key", "#name", "#made"].map(find);
  const [keyFault, nameFault, toggle] = ["#key-fault", "#name-fault", "#show-typed"].map(find);
  let own = null; // the key that was made here
  const draw = () => {
    for (const id of ["#make-card > p", "#make"]) setHidden(find(id), own !== null);
    for (const id of ["#made", "#another"]) setHidden(find(id), own === null);
    setHidden(find("#have-card"), own !== null);
    made.replaceChildren(...(own ? [keyPanel(own)] : []));
    setLine(keyFault, "");
  };
  find("#make").onclick = () => {
    own = readKey(toBase64url(randomBytes(32)));
    draw();
    made.querySelector("button").focus();
  };
  find("#another").onclick = () => {
    own = null;
    draw();
    box.focus();
  };
  toggle.onclick = () => {
    const isMasked = box.classList.toggle("masked");
    toggle.textContent = isMasked ? "Show" : "Hide";
    toggle.setAttribute("aria-label", `${toggle.textContent} the key`);
  };
  box.onkeydown = (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    find("#start").requestSubmit();
  };
  box.oninput = () => setLine(keyFault, "");
  name.value ||= friendlyName();
  find("#start").onsubmit = (event) => {
    event.preventDefault();
    const key = own ?? typedKey();
    const fault = faultOfName(name.value.trim());
    setLine(nameFault, fault);
    if (!key) box.focus();
    else if (fault) name.focus();
    else {
      box.value = "";
      own = null;
      made.replaceChildren();
      join(key, name.value.trim());
    }
  };
  if (given) {
    box.value = given;
    setHidden(find("#from-link"), !typedKey());
    setHidden(find("#make-card"), find("#from-link").hidden === false);
    name.focus();
  }

  function typedKey() {
    try {
      const key = readKey(box.value);
      setLine(keyFault, "");
      return key;
    } catch (error) {
      if (!(error instanceof InvalidKey)) throw error;
      setLine(keyFault, error.message);
      return null;
    }
  }
}
