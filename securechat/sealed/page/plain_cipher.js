// The steps of Fernet by this page's own JavaScript, where the browser has no crypto.subtle. web_cipher.js has the same.

import { decryptCbc, encryptCbc, expandKey } from "./aes.js";
import { hmacSha256 } from "./sha256.js";

// key: 32 bytes, of which 16 are for signing, then 16 for encryption.
export async function plainCipher(key) {
  const signing = key.slice(0, 16);
  const roundKeys = expandKey(key.slice(16));
  return {
    isNative: false,
    sign: async (data) => hmacSha256(signing, data),
    encrypt: async (iv, padded) => encryptCbc(roundKeys, iv, padded),
    decrypt: async (iv, ciphertext) => decryptCbc(roundKeys, iv, ciphertext),
  };
}
