"""The password lab: what it computes is right, what it says is true, the password stays in the browser."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import cryptography_vectors
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from securechat.web.modules import join
from tests.browser.axe import faults
from tests.support import ROOT, Server, running_server

FOLDER = ROOT / "securechat" / "ui" / "password"
CANARY = "Canary rc 7f3ä"
LENGTHS = (0, 55, 56, 63, 64, 65, 119, 120, 1000)
BYTES = "const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));"
HEX = "const hex = (some) => [...some].map((byte) => byte.toString(16).padStart(2, '0')).join('');"
LIVE = "[aria-live], [role=status], [role=log], [role=alert]"
SHARE = "bar => bar.style.getPropertyValue('--sc-pw-share')"
TYPE_ONE = """
    document.querySelector("#sc-pw-box").value += "l";
    document.querySelector("#sc-pw-box").dispatchEvent(new Event("input", { bubbles: true }))
"""
SIZES = {"million": 1e6, "billion": 1e9, "trillion": 1e12}


@pytest.fixture(scope="module")
def calculator(browser: Browser) -> Iterator[Page]:
    """An empty page with the functions of the lab."""
    page = browser.new_page()
    page.goto("about:blank")
    joined = join(FOLDER / "password.js")
    page.add_script_tag(content=joined.replace("export default function", "function draw_lab"))
    page.add_script_tag(content=BYTES + HEX)
    yield page
    page.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of an app with nothing but the lab and a button that runs it again."""
    app = ROOT / "tests" / "apps" / "password.py"
    with running_server(tmp_path_factory.mktemp("lab"), app=app) as running:
        yield running


def each(page: Page, expression: str, inputs: list[Any]) -> list[Any]:
    """Evaluate a JavaScript expression in `x` for each of the inputs."""
    results: list[Any] = page.evaluate(
        f"async (xs) => {{ const all = []; for (const x of xs) all.push({expression}); return all; }}", inputs
    )
    return results


def published(path: str) -> list[dict[str, str]]:
    """Read a file of vectors: groups of lines `name = value`, with an empty line between groups."""
    with cryptography_vectors.open_vector_file(path, "r") as file:
        groups = file.read().split("\n\n")
    vectors = [dict(re.findall(r"^(\w+) = ?(.*)$", group, re.MULTILINE)) for group in groups]
    return [vector for vector in vectors if len(vector) > 1]


def some_bytes(name: str, length: int) -> bytes:
    """Return bytes that look random and are the same in every run."""
    return hashlib.shake_256(name.encode()).digest(length)


def part(page: Page, name: str) -> Locator:
    """Return a part of the lab."""
    return page.locator(f".sc-pw-{name}")


def box(page: Page) -> Locator:
    """Return where the password is typed."""
    return page.get_by_label("A password, made up for this")


def open_lab(page: Page, server: Server) -> None:
    """Open the lab and wait until it is drawn."""
    page.goto(server.url)
    expect(part(page, "verdict")).to_contain_text("Type a password", timeout=30_000)


def try_password(page: Page, password: str) -> None:
    """Put a password into the lab, and wait for the result."""
    box(page).fill(password)
    settle(page)


def type_quickly(page: Page, text: str) -> None:
    """Type at 30 ms a letter, also where the test itself is slow: its clock is that of the page."""
    page.evaluate(
        """async (text) => {
            const box = document.querySelector("#sc-pw-box");
            for (const letter of text) {
                box.setRangeText(letter, box.selectionStart, box.selectionEnd, "end");
                box.dispatchEvent(new Event("input", { bubbles: true }));
                await new Promise((resolve) => { setTimeout(resolve, 30); });
            }
        }""",
        text,
    )


def settle(page: Page) -> None:
    """Wait until the lab has done all its work."""
    expect(part(page, "slow-time")).to_contain_text("Took", timeout=30_000)
    expect(page.locator(".sc-pw-stale")).to_have_count(0)


def plain(element: Locator) -> str:
    """Return a text with plain spaces."""
    return element.inner_text().replace("\N{NO-BREAK SPACE}", " ")


def keys(page: Page) -> tuple[str, str]:
    """Return the two keys that are shown."""
    return part(page, "bare-key").inner_text(), part(page, "slow-key").inner_text()


def bare_key(password: str) -> str:
    """Return the key by one SHA-256."""
    return base64.urlsafe_b64encode(hashlib.sha256(password.encode()).digest()).decode()


def number(text: str) -> float:
    """Return the number that a text begins with: `2.3 million`, `1,300`, `4.5 × 10¹⁵`."""
    if match := re.fullmatch(r"(?:([\d.]+) × )?10([⁰¹²³⁴⁵⁶⁷⁸⁹]+)", text):
        power = match[2].translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))
        return float(f"{match[1] or 1}e{power}")
    value, _, word = text.replace(",", "").partition(" ")
    return float(value) * SIZES.get(word, 1)


def count_words(page: Page) -> Callable[[], list[str]]:
    """Note what the live regions of a page say from now on."""
    page.evaluate(
        f"""() => {{
            window.said = [];
            for (const region of document.querySelectorAll("{LIVE}"))
                new MutationObserver(() => window.said.push(region.textContent.trim()))
                    .observe(region, {{childList: true, subtree: true, characterData: true}});
        }}"""
    )
    return lambda: page.evaluate("window.said")


@pytest.mark.parametrize("name", ["SHA256ShortMsg", "SHA256LongMsg"])
def test_sha256_hashes_as_published(calculator: Page, name: str) -> None:
    """SHA-256 gives every published digest."""
    vectors = [vector for vector in published(f"hashes/SHA2/{name}.rsp") if "MD" in vector]
    assert len(vectors) > 60
    messages = [vector["Msg"][: int(vector["Len"]) // 4] for vector in vectors]
    assert each(calculator, "hex(sha256(bytes(x)))", messages) == [vector["MD"] for vector in vectors]


def test_hmac_signs_as_published(calculator: Page) -> None:
    """HMAC-SHA256 gives every tag of RFC 4231."""
    vectors = [vector for vector in published("HMAC/rfc-4231-sha256.txt") if "MD" in vector]
    assert len(vectors) == 6
    tags = each(calculator, "hex(hmacSha256(bytes(x.Key), bytes(x.Msg)))", vectors)
    assert tags == [vector["MD"] for vector in vectors]


@pytest.mark.parametrize(
    ("password", "salt", "rounds", "key"),
    # RFC 7914, section 11.
    [
        (
            "passwd",
            "salt",
            1,
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
            "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
        ),
        (
            "Password",
            "NaCl",
            80_000,
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
            "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
        ),
    ],
)
def test_pbkdf2_derives_as_published(
    calculator: Page, password: str, salt: str, rounds: int, key: str
) -> None:
    """PBKDF2-HMAC-SHA256 gives the keys of RFC 7914."""
    case = [password.encode().hex(), salt.encode().hex(), rounds]
    assert each(calculator, "hex(pbkdf2Sha256(bytes(x[0]), bytes(x[1]), x[2], 64))", [case]) == [key]


def test_scrypt_derives_as_published(calculator: Page) -> None:
    """Scrypt gives every published key that takes no more than 32 MiB."""
    vectors = [
        {
            "password": vector["PASSWORD"].encode().hex(),
            "salt": vector["SALT"].encode().hex(),
            "cost": {"N": int(vector["N"]), "r": int(vector["r"]), "p": int(vector["p"]), "size": 64},
            "key": vector["DERIVED_KEY"],
        }
        for vector in published("KDF/scrypt.txt")
        if 128 * int(vector["N"]) * int(vector["r"]) <= 32 * 2**20
    ]
    assert len(vectors) == 3
    derived = each(calculator, "hex(await scrypt(bytes(x.password), bytes(x.salt), x.cost))", vectors)
    assert derived == [vector["key"] for vector in vectors]


def test_all_agrees_with_python(calculator: Page) -> None:
    """Thirty-six inputs of lengths around the borders of a block give what Python's hashlib gives."""
    cases, expected = [], []
    for turn in range(4):
        for place, length in enumerate(LENGTHS):
            message = some_bytes(f"message {turn}", length)
            key = some_bytes(f"key {turn}", LENGTHS[(place + turn) % len(LENGTHS)])
            cost = {"N": 2 ** (turn + 1), "r": 1 + turn % 3, "p": 1 + place % 2, "size": 20 + 7 * turn}
            cases.append({"message": message.hex(), "key": key.hex(), "cost": cost})
            expected.append(
                [
                    hashlib.sha256(message).hexdigest(),
                    hmac.new(key, message, "sha256").hexdigest(),
                    hashlib.pbkdf2_hmac("sha256", message, key, turn + 1, cost["size"]).hex(),
                    hashlib.scrypt(
                        message, salt=key, n=cost["N"], r=cost["r"], p=cost["p"], dklen=cost["size"]
                    ).hex(),
                ]
            )
    found = each(
        calculator,
        """await (async (message, key) => [
            sha256(message), hmacSha256(key, message),
            pbkdf2Sha256(message, key, Math.log2(x.cost.N), x.cost.size), await scrypt(message, key, x.cost),
        ].map(hex))(bytes(x.message), bytes(x.key))""",
        cases,
    )
    assert len(found) == 36
    assert found == expected


def test_scrypt_gives_way_and_can_be_cancelled(calculator: Page) -> None:
    """While scrypt works the page gets its turn, and work that nobody waits for ends without a key."""
    cost = {"N": 2**14, "r": 8, "p": 6, "size": 32}
    turns, key = calculator.evaluate(
        """async (cost) => {
            let turns = 0;
            const timer = setInterval(() => { turns += 1; }, 1);
            const key = await scrypt(bytes("00"), bytes("00"), cost);
            clearInterval(timer);
            return [turns, key.length];
        }""",
        cost,
    )
    assert turns >= 3
    assert key == 32
    share, nothing = calculator.evaluate(
        """async (cost) => {
            let done = 0;
            const onProgress = (share) => { done = share; };
            const key = await scrypt(bytes("00"), bytes("00"), cost, onProgress, () => done > 0.1);
            return [done, key];
        }""",
        cost,
    )
    assert 0.1 < share < 0.9
    assert nothing is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0009, "less than a millisecond"),
        (0.25, "250 milliseconds"),
        (1, "1 second"),
        (119, "120 seconds"),
        (180, "3 minutes"),
        (3_600, "60 minutes"),
        (7_300, "2 hours"),
        (20 * 86_400, "20 days"),
        (150 * 86_400, "4.9 months"),
        (400 * 31_557_600, "400 years"),
        (41_234 * 31_557_600, "41,000 years"),
        (13.7e9 * 31_557_600, "14 billion years"),
        (1e30 * 31_557_600, "10³⁰ years"),
        (2.5e120 * 31_557_600, "2.5 × 10¹²⁰ years"),
    ],
)
def test_durations_are_put_into_words(calculator: Page, seconds: float, words: str) -> None:
    """A duration is said in the largest unit of which there are two, with two digits."""
    assert each(calculator, "durationInWords(Math.log10(x))", [seconds]) == [words]


@pytest.mark.parametrize(
    ("password", "count"),
    [
        ("a", 26),
        ("abcdef", 26**6),
        ("abcDEF", 52**6),
        ("abc123", 25),  # one of the common ones
        ("abd123", 36**6),
        ("aB1 ", 95**4),
        ("~~", 33**2),
        ("é", 100),
        ("aé🐘", 126**3),
        ("W" * 128, 26**128),
        ("PassWord1", 25),
    ],
)
def test_what_a_guesser_has_to_try(calculator: Page, password: str, count: int) -> None:
    """As many characters out of the kinds used; or the list of the common ones."""
    (log,) = each(calculator, "searchFor(x).log", [password])
    assert 10 ** (log % 1) == pytest.approx(count / 10 ** int(log), rel=1e-9)


def test_the_scale_is_logarithmic(calculator: Page) -> None:
    """A millisecond stands at its beginning, 10^30 years at its end, and nothing leaves it."""
    assert each(calculator, "onScale(x)", [-9, -3, 400]) == [0, 0, 1]
    start, middle, end = each(calculator, "onScale(x)", [-2, 2, 6])
    assert middle - start == pytest.approx(end - middle)


def test_the_password_stays_in_the_browser(server: Server, new_page: Callable[..., Page]) -> None:
    """Neither the password nor its hash is in a request, a frame, or anything the browser keeps."""
    page = new_page()
    asked: list[str] = []
    frames: list[bytes] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.headers} {request.post_data}"))

    def keep(payload: str | bytes) -> None:
        frames.append(payload.encode() if isinstance(payload, str) else payload)

    page.on("websocket", lambda socket: socket.on("framesent", keep))
    open_lab(page, server)
    page.wait_for_timeout(500)
    before = len(frames)
    box(page).press_sequentially(CANARY, delay=20)
    settle(page)
    page.get_by_role("button", name="Show the password").click()
    expect(box(page)).to_have_attribute("type", "text")
    page.get_by_role("button", name="Another salt").click()
    settle(page)
    page.get_by_label("a billion times").check()
    page.wait_for_timeout(500)
    assert len(frames) == before, "nothing that is done here concerns the server"
    assert len(asked) > 3
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("run 2")).to_be_visible()
    assert len(frames) > before

    kept = str(page.context.storage_state(indexed_db=True)) + str(
        page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie, location.href, window.name]")
    )
    sent = " ".join(asked).encode() + b" ".join(frames) + kept.encode()
    for secret in (
        CANARY,
        "Canary",
        quote(CANARY),
        base64.b64encode(CANARY.encode()).decode(),
        bare_key(CANARY),
        hashlib.sha256(CANARY.encode()).hexdigest(),
    ):
        assert secret.encode() not in sent
    page.reload()
    expect(part(page, "verdict")).to_contain_text("Type a password", timeout=30_000)
    expect(box(page)).to_have_value("")
    expect(box(page)).to_have_attribute("autocomplete", "off")
    assert page.locator("form").count() == 0


def test_the_keys_are_those_of_python(server: Server, new_page: Callable[..., Page]) -> None:
    """Without crypto.subtle, as over plain HTTP: SHA-256, and scrypt with the salt and the cost shown."""
    page = new_page()
    page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });")
    open_lab(page, server)
    for password in ("correct horse", "x" * 128, "pä🐘 ~"):
        try_password(page, password)
        cost = re.search(r"N = ([\d,]+), r = (\d+), p = (\d+).* = (\d+) MiB", plain(part(page, "cost")))
        assert cost is not None
        n, r, p, memory = (int(value.replace(",", "")) for value in cost.groups())
        assert memory * 2**20 == 128 * n * r
        salt = bytes.fromhex(part(page, "salt").inner_text())
        assert len(salt) == 16
        key = hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=2**27, dklen=32)
        assert keys(page) == (bare_key(password), base64.urlsafe_b64encode(key).decode())


def test_the_result_is_that_of_the_last_letter(server: Server, new_page: Callable[..., Page]) -> None:
    """Typing goes on in the midst of the work: no key of a shorter password comes late, or stays."""
    page = new_page()
    open_lab(page, server)
    try_password(page, "old")
    box(page).press_sequentially("er stil", delay=310)
    shown = "[...document.querySelectorAll('.sc-pw-way > code')].map((key) => key.textContent)"
    assert page.evaluate(f"{TYPE_ONE}; {shown}") == ["…", "…"], (
        "no key of another password stands beside this one"
    )
    settle(page)
    page.wait_for_timeout(700)
    salt = bytes.fromhex(part(page, "salt").inner_text())
    key = hashlib.scrypt(b"older still", salt=salt, n=2**15, r=8, p=1, maxmem=2**27, dklen=32)
    assert keys(page) == (bare_key("older still"), base64.urlsafe_b64encode(key).decode())
    box(page).fill("")
    expect(part(page, "verdict")).to_contain_text("Type a password")
    expect(part(page, "results")).to_be_hidden()


def test_another_salt_changes_the_scrypt_key_alone(server: Server, new_page: Callable[..., Page]) -> None:
    """Another salt gives another scrypt key, never another SHA-256 key; another visitor has another salt."""
    pages = new_page(), new_page()
    seen = set()
    for page in pages:
        open_lab(page, server)
        try_password(page, "same for all")
        seen.add((part(page, "salt").inner_text(), *keys(page)))
    page.get_by_role("button", name="Another salt").click()
    settle(page)
    seen.add((part(page, "salt").inner_text(), *keys(page)))
    salts, bare, slow = (set(values) for values in zip(*seen, strict=True))
    assert [len(salts), len(bare), len(slow)] == [3, 1, 3]


def test_a_run_of_the_script_disturbs_nothing(server: Server, new_page: Callable[..., Page]) -> None:
    """Text, caret, focus, salt, keys and speed survive reruns, also one in the midst of the work."""
    page = new_page()
    open_lab(page, server)
    try_password(page, "half a password")
    page.get_by_label("a million times").check()
    box(page).focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    read = """() => {
        const box = document.querySelector("#sc-pw-box");
        const shown = [...document.querySelectorAll(".sc-password :is(code, td)")];
        return [box.value, box.selectionStart, box.selectionEnd, document.activeElement === box]
            .concat(shown.map((element) => element.textContent));
    }"""
    before = page.evaluate(read)
    assert before[:4] == ["half a password", 11, 11, True]
    said = count_words(page)
    for run in range(2, 5):
        page.get_by_role("button", name="Run again").evaluate("button => button.click()")  # takes no focus
        expect(page.get_by_text(f"run {run}")).to_be_visible()
        page.wait_for_timeout(200)
        assert page.evaluate(read) == before
    page.keyboard.type("X")
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Run again").evaluate("button => button.click()")
    settle(page)
    page.wait_for_timeout(500)
    assert page.evaluate(read)[:4] == ["half a passXword", 12, 12, True]
    assert keys(page)[0] == bare_key("half a passXword")
    assert len([text for text in said() if text]) == 1, "no listener is there twice"


def test_drawn_again_it_is_the_same_lab(new_page: Callable[..., Page]) -> None:
    """Streamlit may call the component again, and clean up in between: work goes on, and is done once."""
    page = new_page()
    page.set_content((FOLDER / "password.html").read_text(encoding="utf-8"))
    joined = join(FOLDER / "password.js")
    page.add_script_tag(content=joined.replace("export default function", "function draw_lab"))
    page.evaluate("window.call = () => { window.cleanUp = draw_lab({ parentElement: document.body }); }")
    page.evaluate("call(); call()")
    said = count_words(page)
    box(page).focus()
    page.evaluate("() => { setTimeout(() => { call(); cleanUp(); call(); call(); }, 100); }")
    type_quickly(page, "typed on")
    page.evaluate("call()")
    settle(page)
    page.wait_for_timeout(600)
    assert keys(page)[0] == bare_key("typed on")
    assert box(page).input_value() == "typed on"
    expect(box(page)).to_be_focused()
    assert len(said()) == 1
    done = keys(page)
    page.evaluate("cleanUp(); call()")
    page.wait_for_timeout(600)
    assert keys(page) == done
    assert len(said()) == 1, "what is done is not done again"
    page.evaluate(f"{TYPE_ONE}; cleanUp();")
    page.wait_for_timeout(900)
    assert keys(page)[1] == "…", "nothing goes on after the end"
    page.evaluate("call()")
    settle(page)
    assert keys(page)[0] == bare_key("typed onl")


def test_a_common_password_is_called_out(server: Server, new_page: Callable[..., Page]) -> None:
    """A password of the list is found at once in any spelling; its neighbour is not said to."""
    page = new_page()
    open_lab(page, server)
    for password in ("123456", "PassWord", "Qwerty"):
        try_password(page, password)
        expect(part(page, "verdict")).to_contain_text("One of the most common passwords: it is found at once")
        expect(part(page, "how")).to_contain_text("on a list of 25 common passwords")
        assert password not in part(page, "verdict").inner_text()
    try_password(page, "Qwertz")
    expect(part(page, "verdict")).to_contain_text("To try all passwords of this kind")
    expect(part(page, "how")).to_contain_text("6 characters, each one of 52 (a–z, A–Z): 52⁶ = 20 billion")


def test_a_faster_guesser_needs_less_time(server: Server, new_page: Callable[..., Page]) -> None:
    """The table multiplies the measured speed, divides the number of passwords by it, and the bars follow."""
    page = new_page()
    open_lab(page, server)
    try_password(page, "abcdefg")
    rates, widths = [], []
    for speed in ("as fast as this browser", "a thousand times", "a million times", "a billion times"):
        page.get_by_label(speed).check()
        rates.append([number(part(page, f"{way}-rate").inner_text()) for way in ("bare", "slow")])
        widths.append(float(part(page, "slow-bar").evaluate(SHARE)))
    for way in (0, 1):
        assert [rate[way] / rates[0][way] for rate in rates] == pytest.approx([1, 1e3, 1e6, 1e9])
    assert rates[0][0] > 1_000 * rates[0][1], "SHA-256 is made to be fast, scrypt to be slow"
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == 4
    # The last speed: 26^7 passwords, a billion times as fast.
    expected = 26**7 / rates[3][1]
    unit = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600}
    said = part(page, "slow-all").inner_text()
    if said != "less than a millisecond":
        value, name = said.split(" ")
        assert float(value) * unit[name.removesuffix("s")] == pytest.approx(expected, rel=0.11)
    page.get_by_label("as fast as this browser").check()
    took = float(part(page, "slow-time").inner_text().split()[1]) / 1000
    assert 1 / rates[0][1] <= took * 1.11, "the fastest so far is no slower than the last"
    try_password(page, "a long one, With 5 kinds of Characters")
    expect(part(page, "bare-all")).to_contain_text("longer than the universe is old (13.8 billion years)")
    expect(part(page, "slow-bar")).to_contain_text("off this scale")


def test_the_keyboard_alone_does_everything(server: Server, new_page: Callable[..., Page]) -> None:
    """Tab goes from the box to Show, to Another salt and to the speeds; the keys do what a click does."""
    page = new_page()
    open_lab(page, server)
    box(page).focus()
    page.keyboard.type("by keyboard")
    settle(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show the password")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box(page)).to_have_attribute("type", "text")
    expect(page.get_by_role("button", name="Hide the password")).to_be_focused()
    key = keys(page)[1]
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(part(page, "slow-key")).not_to_have_text(key)
    expect(page.get_by_role("button", name="Another salt")).to_be_focused()
    settle(page)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("a thousand times as fast")).to_be_checked()
    expect(page.get_by_label("a thousand times as fast")).to_be_focused()


def test_a_result_is_said_once(server: Server, new_page: Callable[..., Page]) -> None:
    """One live region speaks, once for a result, and no half of a password is turned into a key."""
    page = new_page()
    open_lab(page, server)
    assert page.locator(f".sc-password :is({LIVE})").count() == 1
    said = count_words(page)
    page.evaluate(
        """() => {
            window.keys = [];
            const key = document.querySelector(".sc-pw-bare-key");
            new MutationObserver(() => window.keys.push(key.textContent)).observe(key, {childList: true});
        }"""
    )
    type_quickly(page, "nine letters")
    settle(page)
    assert page.evaluate("window.keys") == ["…", bare_key("nine letters")]
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Another salt").click()
    settle(page)
    page.wait_for_timeout(500)
    first, second = said()
    assert first.startswith("To try all passwords of this kind takes")
    assert second.startswith("Another salt: scrypt gives another key.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_lab_has_no_serious_fault(server: Server, new_page: Callable[..., Page], scheme: str) -> None:
    """Axe finds nothing serious, wide or on a phone, empty or filled; nothing is wider than the screen."""
    page = new_page(scheme=scheme)
    open_lab(page, server)
    for password in ("", "iloveyou", "W" * 128):
        if password:
            try_password(page, password)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert faults(page) == []
            for element in ("document.documentElement", "document.querySelector('.sc-password')"):
                assert page.evaluate(f"{element}.scrollWidth <= {element}.clientWidth")
