// Tells the page, with every look of the server, which run of the page was the last.

export default function ({ data }) {
  window.dispatchEvent(new CustomEvent("securechat:pulse", { detail: data.run }));
}
