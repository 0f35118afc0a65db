// URL-safe Base64 (RFC 4648, section 5), in the one spelling that some bytes have.

export const toBase64url = (bytes) =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_");

// Returns the bytes, or null where the text is anything but their one spelling: written again, it has to be the same.
// Else one token would have several, and a copy of it would look like another one.
export function fromBase64url(text) {
  if (!/^[\w-]+={0,2}$/.test(text) || text.length % 4) return null;
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  return toBase64url(bytes) === text ? bytes : null;
}
