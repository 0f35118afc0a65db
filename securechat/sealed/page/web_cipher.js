// The steps of Fernet by the browser's own WebCrypto. plain_cipher.js has the same for browsers without it.

import { joinBytes } from "./sha256.js";

const BLOCK = 16;

// key: 32 bytes, of which 16 are for signing, then 16 for encryption. The keys that are made of them here cannot be
// read again ("extractable" is false): not by this page, and not by a script that somebody slips into it.
export async function webCipher(key) {
  const { subtle } = crypto;
  const hash = { name: "HMAC", hash: "SHA-256" };
  const signing = await subtle.importKey("raw", key.slice(0, 16), hash, false, ["sign"]);
  const encryption = await subtle.importKey("raw", key.slice(16), "AES-CBC", false, ["encrypt", "decrypt"]);
  const cbc = (iv) => ({ name: "AES-CBC", iv });
  return {
    isNative: true,
    sign: async (data) => new Uint8Array(await subtle.sign("HMAC", signing, data)),

    // WebCrypto always pads, and here the padding is there already: its own is one more block, which is left out.
    async encrypt(iv, padded) {
      const data = new Uint8Array(await subtle.encrypt(cbc(iv), encryption, padded));
      return data.subarray(0, -BLOCK);
    },

    // It also takes the padding off, which is to be looked at here. So a block of padding alone goes behind the rest.
    async decrypt(iv, ciphertext) {
      const nothing = await subtle.encrypt(cbc(ciphertext.slice(-BLOCK)), encryption, new Uint8Array(0));
      const whole = joinBytes(ciphertext, new Uint8Array(nothing));
      return new Uint8Array(await subtle.decrypt(cbc(iv), encryption, whole));
    },
  };
}
