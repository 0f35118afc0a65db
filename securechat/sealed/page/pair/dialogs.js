// What is shown over the room of a pair, when somebody asks for it.

import { make } from "../dom.js";
import { decrypt } from "../fernet.js";
import { drawSteps, inspect } from "../inspect.js";
import { emojiList } from "./about.js";

// ciphers: of all rounds, the newest first. The key of the round that a message is of is looked for.
export async function everyCheck(ciphers, token) {
  const opens = await Promise.all(ciphers.map((cipher) => decrypt(cipher, token).then(() => true, () => false)));
  return drawSteps(token, await inspect(ciphers[Math.max(0, opens.indexOf(true))], token));
}

export function emojiAgain(emoji, other) {
  const sentence = `On the phone of ${other} there are the same, in the same order. If not, somebody in between has the key.`;
  return make("div", {}, emojiList(emoji), make("p", {}, sentence));
}

// What somebody is asked who goes back to the class; an empty text where nothing is lost by it.
export function beforeLeaving({ other, hasKey, isUnsent }) {
  const key = `If you leave this page, its key is lost. You and ${other || "your partner"} then have to compare again.`;
  const lost = [hasKey && key, isUnsent && "Not all that you wrote is sent."].filter(Boolean);
  return lost.length > 0 ? [...lost, "Leave this page?"].join("\n") : "";
}
