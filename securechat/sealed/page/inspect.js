// A token checked step by step, in the order of the Fernet specification, with every value shown: what decrypt in
// fernet.js does at once and without a word. All of it happens here, in the browser.

import { contained } from "./contained.js";
import { make } from "./dom.js";
import { BLOCK, decodeText, dissect, isEqual, unpadded } from "./fernet.js";
import { drawToken } from "./transcript.js";
import { toHex } from "./room_name.js";

// cipher: null for somebody without a key. Returns steps: { title, isPassed, finding, values }, up to the first that failed.
export async function inspect(cipher, token, now = Date.now() / 1_000) {
  const steps = [];
  const step = (title, isPassed, finding, ...values) => {
    steps.push({ title, isPassed, finding, values });
    return isPassed;
  };
  const parts = dissect(token);
  if (!step("Decode the Base64 text", parts !== null, parts ? "Clean URL-safe Base64." : "This is no whole token in its one spelling.",
    ["characters", token.length.toLocaleString("en")])) return steps;
  const { version, seconds, iv, ciphertext, hmac, signed } = parts;
  const isVersion = version === 0x80;
  if (!step("Check the version", isVersion, isVersion ? "The first byte is right." : "The first byte is not the version of a Fernet token.",
    ["found", `0x${version.toString(16).padStart(2, "0")}`], ["expected", "0x80"])) return steps;
  step("Look at the time", true, "It is not checked here: clocks may be wrong, and the numbers of messages say what is old.",
    ["made", madeAt(seconds)], ["age", `${Math.round(now - seconds).toLocaleString("en")} s`]);
  if (!cipher) {
    step("Recompute the HMAC and compare", false, "That takes the key, which is not here.",
      ["initialization vector", spaced(iv)], ["ciphertext", spaced(ciphertext)], ["HMAC", spaced(hmac)]);
    return steps;
  }
  const computed = await cipher.sign(signed);
  const isGenuine = isEqual(computed, hmac);
  if (!step("Recompute the HMAC and compare", isGenuine, isGenuine
    ? `Equal, over the first ${signed.length.toLocaleString("en")} bytes. Nothing was changed.`
    : "Not equal: the token was changed, or made with a key that is not here.",
    ["in the token", spaced(hmac)], ["computed", spaced(computed)])) return steps;
  const blocks = ciphertext.length / BLOCK;
  if (!step("Decrypt with AES-128-CBC", Number.isInteger(blocks), Number.isInteger(blocks)
    ? `${blocks} ${blocks === 1 ? "block" : "blocks"} decrypted.` : `${ciphertext.length} bytes are not whole blocks of ${BLOCK}.`,
    ["initialization vector", spaced(iv)], ["ciphertext", spaced(ciphertext)])) return steps;
  const padded = await cipher.decrypt(iv, ciphertext);
  const data = unpadded(padded);
  const count = padded.at(-1);
  if (!step("Remove the padding", data !== null, data ? `The last byte says ${count}, and there are ${count} of it.` : "The last bytes are not PKCS#7 padding.",
    ["decrypted, with padding", spaced(padded)])) return steps;
  try {
    step("Read the bytes as text", true, "They are UTF-8 text: who says it, the how many-th message of this visit, and what.", ["text", contained(decodeText(data))]);
  } catch {
    step("Read the bytes as text", false, "The bytes are genuine, but they are not UTF-8 text.");
  }
  return steps;
}

const spaced = (bytes) => toHex(bytes).replace(/.{16}(?=.)/g, "$& ");

function madeAt(seconds) {
  const date = new Date(1_000 * seconds);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

export const drawSteps = (token, steps) => make("div", {}, drawToken(token), ...steps.map(({ title, isPassed, finding, values }) =>
  make("section", { className: isPassed ? "step passed" : "step failed" }, make("h3", {}, title), make("p", {}, finding),
    make("dl", {}, ...values.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, make("code", {}, value))])))));
