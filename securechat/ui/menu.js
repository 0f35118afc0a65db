// The menu of a phone. Streamlit draws it as a list whose sections are no items of it, and whose items stand in no
// list: a screen reader would count wrongly. So they are none, and what is left is a menu of links.

const BAR = "[data-testid='stSidebar']"; // comes where the screen gets narrow, and goes where it gets wide
const LISTED = "[data-testid='stSidebarNav'] :is(ul, li)";

export function watchMenu() {
  const place = document.querySelector("[data-testid='stAppViewContainer']");
  if (!place || place.watchesMenu) return;
  place.watchesMenu = true;
  const follow = () => {
    mend();
    const bar = place.querySelector(BAR);
    if (bar) observer.observe(bar, { childList: true, subtree: true });
  };
  const observer = new MutationObserver(follow);
  observer.observe(place, { childList: true }); // not what is in it: messages come there
  follow();
}

function mend() {
  for (const element of document.querySelectorAll(LISTED)) element.role = "none";
}
