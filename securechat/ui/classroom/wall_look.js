// Hands what a look of the server found to the wall.

export default function ({ data }) {
  window.dispatchEvent(new CustomEvent("securechat:wall", { detail: data }));
}
