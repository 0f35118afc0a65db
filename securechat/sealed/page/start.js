// Before one joins: a key is made or pasted, and a name chosen. What is pasted never leaves this page.

import { toBase64url } from "./base64url.js";
import { setHidden, setLine } from "./dom.js";
import { randomBytes } from "./fernet.js";
import { friendlyName } from "./friendly_name.js";
import { keyPanel } from "./key_panel.js";
import { InvalidKey, readKey } from "./key_text.js";
import { isKnownToServer, roomOf } from "./room_name.js";
import { faultOfName } from "./said.js";

const KNOWN =
  "This server has this key: it is a key of its Chat. So it can read all that you write with it. Make a new key; or press " +
  "Join again to go in all the same.";

// find: finds an element of the page. given: a link with a key, or nothing. join: called with a key and a name.
export function startPage(find, given, join) {
  const [box, name, made] = ["#key", "#name", "#made"].map(find);
  const [keyFault, nameFault, toggle] = ["#key-fault", "#name-fault", "#show-typed"].map(find);
  let own = null; // the key that was made here
  let warned = ""; // the key that somebody was warned of
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
    else if (isSealed(key)) {
      box.value = "";
      own = null;
      made.replaceChildren();
      join(key, name.value.trim());
    }
  };
  if (given) {
    box.value = given;
    const key = typedKey();
    setHidden(find("#from-link"), !key);
    setHidden(find("#make-card"), find("#from-link").hidden === false);
    name.focus();
    if (key) isSealed(key);
  }

  // Where the server has the key, too, it says so once.
  function isSealed(key) {
    if (key.text === warned || !isKnownToServer(roomOf(key.bytes))) return true;
    warned = key.text;
    setLine(keyFault, KNOWN);
    return false;
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
