// Tells the page, with every look of the server, at which revision the conversation is.

export default function ({ data }) {
  window.dispatchEvent(new CustomEvent("securechat:pulse", { detail: data.revision }));
}
