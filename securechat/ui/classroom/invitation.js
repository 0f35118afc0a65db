// How to join: the QR code as a picture, the address and the code in the largest type that fits.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".sc-invite");
  const part = (name) => root.querySelector(`.sc-${name}`);
  root.dataset.size = data.size;
  const picture = part("qr");
  picture.setAttribute("viewBox", `0 0 ${data.width || 1} ${data.width || 1}`);
  picture.setAttribute("aria-label", `QR code: ${data.address}, with the code of the class`);
  picture.querySelector("path").setAttribute("d", data.path);
  picture.toggleAttribute("hidden", !data.path);
  part("address").textContent = data.address || "No address yet";
  part("address").style.setProperty("--chars", Math.max(12, data.address.length));
  part("code").textContent = data.code;
  part("closed").hidden = data.joining;
}
