// Does to a page what a browser's translator does: each text outside translate="no" goes into elements of its own,
// from the start and whenever the page changes.
(() => {
  const isLeftAlone = (element) => {
    if (element?.matches("script, style, textarea, .notranslate")) return true;
    const said = element?.getAttribute("translate");
    return said === "no" || (element !== null && said !== "yes" && isLeftAlone(element.parentElement));
  };
  const translate = (text) => {
    const parent = text.parentElement;
    if (!parent || !text.data.trim() || parent.dataset.translated || isLeftAlone(parent)) return;
    const outer = document.createElement("font");
    const inner = document.createElement("font");
    inner.dataset.translated = true;
    inner.textContent = `<${text.data}>`;
    outer.append(inner);
    text.replaceWith(outer);
  };
  const translateAll = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    texts.forEach(translate);
  };
  addEventListener("DOMContentLoaded", () => {
    translateAll(document.body);
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) {
          if (node.nodeType === Node.TEXT_NODE) translate(node);
          else if (node.nodeType === Node.ELEMENT_NODE) translateAll(node);
        }
      }
    }).observe(document.body, { childList: true, subtree: true });
  });
})();
