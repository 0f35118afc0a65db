// Calls `use` with the room of which `data` has the name. The rooms are in the component of `keep_current`.
function withRoom(data, use) {
  if (globalThis.securechat) use(globalThis.securechat.roomOf(data));
  else window.addEventListener("securechat:rooms", () => use(globalThis.securechat.roomOf(data)), { once: true });
}

