// Whether this host serves the page `/sealed`. One that knows only Streamlit's scripts answers that address, too: with
// the front page of the app. So whoever leads people there looks first at what comes.

const MARK = "<title>Sealed room"; // stands in securechat/sealed/page/sealed.html

// Says whether the page is there; undefined while nobody answers, or a proxy does for a server that is not up.
export async function hasSealedPage(address) {
  try {
    const answer = await fetch(address, { cache: "no-store", credentials: "same-origin" });
    return answer.status >= 500 ? undefined : answer.ok && (await answer.text()).includes(MARK);
  } catch {
    return undefined;
  }
}
