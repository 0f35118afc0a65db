"""arrival: a browser that was never here comes to a page: how much it fetches, and when one can write.

Each time a new browser profile, so that nothing is in its cache. One chat after the other. Bytes are those
that Chromium counts on the line for all that it fetches until then, heads of the answers included. One can
write when the field to write in is there and takes text; a sealed room is entered by a link with the key, and
its door is pressed as soon as it is there.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

from playwright.sync_api import Browser, sync_playwright

from bench import browser as real_browser
from bench.contenders import BARE, SEALED, SEALED_PLAIN, SECURECHAT, Contender
from bench.processes import Running
from bench.report import Report, Table, milliseconds, number, times
from bench.scenario import Scenario, Setup
from bench.stats import median, ratio

ABOUT = (
    "A browser with an empty cache opens a page: what it fetches, and the time until one can write "
    "(medians). `× Chat` is the ratio to SecureChat's front page in the same run."
)
MEASURED = (BARE, SECURECHAT, SEALED, SEALED_PLAIN)


@dataclass(frozen=True)
class Arrival:
    """What it took: bytes that were fetched, and seconds until one could write."""

    fetched: float
    seconds: float


def run(setup: Setup) -> Report:
    """Measure each page."""
    rounds = 2 if setup.quick else 10
    setup.progress.expect(len(MEASURED))
    found: dict[str, list[Arrival]] = {}
    with sync_playwright() as playwright:
        chromium = real_browser.launch(playwright)
        version = chromium.version
        for contender in MEASURED:
            setup.progress.doing(contender.title)
            with contender.running(setup.key) as server:
                # The first one warms the server up, which has never sent the page.
                came = [_arrive(setup, chromium, contender, server) for _ in range(rounds + 1)]
            found[contender.name] = came[1:]
            setup.progress.step()
        chromium.close()
    settings = {"rounds": rounds, "chromium": version}
    measured: dict[str, dict[str, object]] = {
        name: {"arrivals": [asdict(each) for each in values]} for name, values in found.items()
    }
    return Report("arrival", ABOUT, [_table(found)], settings, measured)


def _arrive(setup: Setup, chromium: Browser, contender: Contender, server: Running) -> Arrival:
    context = chromium.new_context()
    try:
        page = context.new_page()
        if contender.before:
            page.add_init_script(contender.before)
        wire = context.new_cdp_session(page)
        sizes: list[float] = []
        wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        wire.send("Network.enable")
        start = time.perf_counter()
        page.goto(server.url + contender.pages[0].format(room="demo", key=setup.key), wait_until="commit")
        if contender.door:
            page.locator(contender.door).click()
        field = page.locator(contender.composer_of("A"))
        field.click(timeout=real_browser.OPEN_SECONDS * 1_000)  # once it is visible, at rest, and takes text
        return Arrival(sum(sizes), time.perf_counter() - start)
    finally:
        context.close()


def _table(found: dict[str, list[Arrival]]) -> Table:
    def middle(name: str) -> Arrival:
        came = found[name]
        return Arrival(median([each.fetched for each in came]), median([each.seconds for each in came]))

    chat = middle(SECURECHAT.name)
    rows = []
    for contender in MEASURED:
        its = middle(contender.name)
        rows.append(
            [
                contender.title,
                number(its.fetched / 1_000, ".0f", " kB"),
                times(ratio(its.fetched, chat.fetched)),
                milliseconds(its.seconds),
                times(ratio(its.seconds, chat.seconds)),
            ]
        )
    return Table("", ["page", "fetched", "× Chat", "one can write after", "× Chat "], rows)


SCENARIO = Scenario("arrival", "what a browser with an empty cache fetches, and when one can write", run)
