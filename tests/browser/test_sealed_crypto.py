"""The cryptography of the sealed page, in a real browser: by WebCrypto, and by the page's own lines."""

from __future__ import annotations

import base64
import hmac
import json
import random
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import cryptography_vectors
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from playwright.sync_api import Browser, Page

from securechat.crypto.anatomy import decode_canonical
from securechat.crypto.key_text import decode_key
from securechat.errors import InvalidKey
from tests.sealed_relay import SealedRelay, sealed_relay

KEY = "-_tHqO0gTqGm2XHnRj1yEBwJ8mlTlBlzhPzCkAQoYyE="
OTHER = "Y2FuYXJ5IGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGU="
PLACES = ["web_cipher at 127.0.0.1", "plain_cipher at 127.0.0.1", "plain_cipher over http"]
LOAD = """async (maker) => {
    const names = ["fernet", "base64url", "key_text", "room_name", "aes", maker];
    const modules = await Promise.all(names.map((name) => import(`/sealed/${name}.js`)));
    Object.assign(window, ...modules);
    window.cipherOf = (text) => (window.webCipher ?? window.plainCipher)(fromBase64url(text));
    window.attempt = (what) => new Promise((resolve) => { resolve(what()); }).then(
        (result) => [result], (error) => error.constructor.name);
}"""


@pytest.fixture(scope="module")
def relay() -> Iterator[SealedRelay]:
    """What serves the modules."""
    with sealed_relay() as running:
        yield running


@pytest.fixture(scope="module")
def pages(browser: Browser, relay: SealedRelay) -> Iterator[dict[str, Page]]:
    """A page for each cipher and each kind of address, with all functions at its top."""
    opened = {}
    with ExitStack() as stack:
        for place in PLACES:
            page = browser.new_page()
            stack.callback(page.close)
            is_insecure = place.endswith("http")
            page.goto(f"{relay.insecure_url if is_insecure else relay.url}/sealed/sha256.js")
            assert page.evaluate("isSecureContext") is not is_insecure
            page.evaluate(LOAD, place.split()[0])
            opened[place] = page
        yield opened


@pytest.fixture(params=PLACES)
def page(pages: dict[str, Page], request: pytest.FixtureRequest) -> Page:
    """Each of them."""
    return pages[request.param]


@pytest.fixture
def any_page(pages: dict[str, Page]) -> Page:
    """One of them, for what has nothing to do with the cipher."""
    return pages[PLACES[0]]


def each(page: Page, expression: str, inputs: list[Any], key: str = KEY) -> list[Any]:
    """Evaluate an expression in `x` and `cipher` for each of the inputs: `[result]`, or the error's name."""
    results: list[Any] = page.evaluate(
        f"""async ([key, xs]) => {{
            const cipher = await cipherOf(key);
            const all = [];
            for (const x of xs) all.push(await attempt(() => {expression}));
            return all;
        }}""",
        [key, inputs],
    )
    return results


def texts(count: int) -> list[str]:
    """Return texts of 0 to 2,000 characters of all planes, and those at which something might break."""
    rng = random.Random(7)  # noqa: S311 - the same in every run

    def character() -> str:
        number = rng.choice([rng.randrange(0x80), rng.randrange(0x800), rng.randrange(0x110000)])
        return "x" if 0xD800 <= number < 0xE000 else chr(number)

    edges = [
        "",
        "x" * 15,
        "x" * 16,
        "x" * 17,
        "\ufeffwith a mark",
        "\ufeff",
        "a\0b\0",
        "\u2028\u2029",
        "שלום",
    ]
    lengths = [min(2_000, int(rng.expovariate(1 / 80))) for _ in range(count - len(edges) - 1)]
    return [*edges, "😀" * 2_000, *("".join(character() for _ in range(length)) for length in lengths)]


def published(name: str) -> list[dict[str, Any]]:
    """Read a file of the published Fernet vectors."""
    with cryptography_vectors.open_vector_file(f"fernet/{name}.json", "r") as file:
        vectors: list[dict[str, Any]] = json.load(file)
    assert vectors
    return vectors


def test_python_opens_what_the_browser_makes(page: Page) -> None:
    """A thousand texts, each with half of Unicode in it."""
    written = texts(1_000)
    made = each(page, "encrypt(cipher, x)", written)
    assert [Fernet(KEY).decrypt(token, ttl=600).decode() for [token] in made] == written


def test_the_browser_opens_what_python_makes(page: Page) -> None:
    """A thousand texts, each with half of Unicode in it."""
    written = texts(1_000)
    made = [Fernet(KEY).encrypt(text.encode()).decode() for text in written]
    assert each(page, "decrypt(cipher, x)", made) == [[text] for text in written]


def test_published_vectors_hold(page: Page) -> None:
    """What the specification generates comes out byte for byte, opens; what it calls invalid stays shut."""
    for vector in published("generate"):
        seconds = 499162800
        options = {"seconds": seconds, "iv": vector["iv"]}
        case = [vector["src"], options]
        made = each(
            page,
            "encrypt(cipher, x[0], { ...x[1], iv: Uint8Array.from(x[1].iv) })",
            [case],
            vector["secret"],
        )
        assert made == [[vector["token"]]]
    for vector in published("verify"):
        assert each(page, "decrypt(cipher, x)", [vector["token"]], vector["secret"]) == [[vector["src"]]]
    timed = {"far-future TS (unacceptable clock skew)", "expired TTL"}  # the clock is not asked here
    for vector in published("invalid"):
        opened = each(page, "decrypt(cipher, x)", [vector["token"]], vector["secret"])
        assert (opened == ["InvalidToken"]) is (vector["desc"] not in timed), vector["desc"]


def test_no_flipped_bit_is_accepted(page: Page) -> None:
    """Every single bit of a token, changed: refused."""
    token = Fernet(KEY).encrypt(b"hello " * 11)
    data = decode_canonical(token.decode())
    assert data is not None
    flipped = []
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        flipped.append(list(changed))
    opened = each(page, "decrypt(cipher, toBase64url(Uint8Array.from(x)))", flipped)
    assert len(opened) == 1_096
    assert set(opened) == {"InvalidToken"}


def test_another_version_stays_shut(page: Page) -> None:
    """Also where whoever has the key has signed it."""
    data = b"\x81" + bytes(8) + bytes(16)
    encryptor = Cipher(algorithms.AES(decode_key(KEY)[16:]), modes.CBC(bytes(16))).encryptor()
    data += encryptor.update(b"x" + bytes([15]) * 15) + encryptor.finalize()
    token = base64.urlsafe_b64encode(data + hmac.digest(decode_key(KEY)[:16], data, "sha256")).decode()
    assert each(page, "decrypt(cipher, x)", [token]) == ["InvalidToken"]


def test_a_token_has_one_spelling(page: Page) -> None:
    """Without its padding, with other last bits, line breaks or another Base64: refused."""
    fernet = Fernet(KEY)
    token = next(t for t in (fernet.encrypt(b"x").decode() for _ in range(999)) if "-" in t and "_" in t)
    body = token.rstrip("=")
    padding = token[len(body) :]
    assert padding
    other = chr(ord(body[-1]) + 1)
    odd = ["", body, f"{token}=", f"{token}\n", f" {token}", f"{body}%3D%3D", token.replace("-", "+")]
    odd += [
        token.replace("_", "/"),
        body[:-1] + other + padding,
        token[4:],
        f"{token}AAAA",
        "gAAAAA==",
        token[:80],
    ]
    odd += [f"{token[:40]}\n{token[40:]}", token.replace("A", "А"), f"{token}{token}"]  # a Cyrillic A
    assert set(each(page, "decrypt(cipher, x)", odd)) == {"InvalidToken"}
    assert each(page, "decrypt(cipher, x)", [token]) == [["x"]]


def test_bytes_that_are_no_text_stay_shut(page: Page) -> None:
    """What a key holder has encrypted that is not UTF-8 is refused, not shown with other characters."""
    made = [Fernet(KEY).encrypt(data).decode() for data in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"ok\x80")]
    assert set(each(page, "decrypt(cipher, x)", made)) == {"InvalidToken"}


def test_half_a_character_is_not_sent(page: Page) -> None:
    """A lone surrogate would become another character without a word: it is refused."""
    results = page.evaluate(
        f"""async () => {{
            const cipher = await cipherOf("{KEY}");
            const halves = ["\\ud83d", "a\\udc00b", "\\udc00\\ud83d"];
            return Promise.all(halves.map((x) => attempt(() => encrypt(cipher, x))));
        }}"""
    )
    assert results == ["TypeError"] * 3


def test_a_key_of_the_browser_cannot_be_read_again(pages: dict[str, Page]) -> None:
    """WebCrypto hands no key out again that this page has put in."""
    kept = pages[PLACES[0]].evaluate(
        f"""async () => {{
            const kept = [];
            const original = crypto.subtle.importKey;
            crypto.subtle.importKey = async (...all) => {{
                kept.push(await original.apply(crypto.subtle, all));
                return kept.at(-1);
            }};
            await cipherOf("{KEY}");
            crypto.subtle.importKey = original;
            return Promise.all(kept.map((key) => attempt(() => crypto.subtle.exportKey("raw", key))));
        }}"""
    )
    assert kept == ["DOMException"] * 2


def test_aes_computes_as_published(any_page: Page) -> None:
    """AES-128-CBC gives the ciphertexts of NIST's vectors, and back."""
    cases = []
    for name in ("CBCGFSbox128", "CBCKeySbox128", "CBCVarKey128", "CBCVarTxt128", "CBCMMT128"):
        with cryptography_vectors.open_vector_file(f"ciphers/AES/CBC/{name}.rsp", "r") as file:
            groups = re.split(r"\n\s*\n", file.read())
        found = [
            dict(re.findall(r"^(KEY|IV|PLAINTEXT|CIPHERTEXT) = (\w+)", group, re.MULTILINE))
            for group in groups
        ]
        cases += [
            list(map(vector.get, ("KEY", "IV", "PLAINTEXT", "CIPHERTEXT")))
            for vector in found
            if len(vector) == 4
        ]
    assert len(cases) > 500
    computed = each(
        any_page,
        """(([key, iv, plain, secret]) => [
            toHex(encryptCbc(expandKey(key), iv, plain)), toHex(decryptCbc(expandKey(key), iv, secret)),
        ])(x.map((some) => Uint8Array.from(some.match(/../g), (pair) => parseInt(pair, 16))))""",
        cases,
    )
    assert computed == [[[case[3], case[2]]] for case in cases]


def test_aes_agrees_with_python(any_page: Page) -> None:
    """So do random keys and lengths."""
    rng = random.Random(3)  # noqa: S311 - the same in every run
    cases, expected = [], []
    for blocks in range(1, 40):
        key, iv, plain = (rng.randbytes(size) for size in (16, 16, 16 * blocks))
        encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
        cases.append([list(key), list(iv), list(plain)])
        expected.append([(encryptor.update(plain) + encryptor.finalize()).hex()])
    computed = each(
        any_page,
        "(([k, iv, p]) => toHex(encryptCbc(expandKey(k), iv, p)))(x.map((s) => Uint8Array.from(s)))",
        cases,
    )
    assert computed == expected


def test_a_key_leads_to_the_same_room_as_in_python(any_page: Page) -> None:
    """The name of the room is HKDF-SHA256 of the key."""
    keys = [Fernet.generate_key().decode() for _ in range(20)]
    rooms = []
    for key in keys:
        name = HKDF(SHA256(), 16, salt=None, info=b"SecureChat sealed room\n").derive(decode_key(key))
        rooms.append([f"sealed-{name.hex()}"])
    assert each(any_page, "roomOf(readKey(x).bytes)", keys) == rooms


PASTED = [
    "{key}",
    " {key}\n",
    "\ufeff{key}\r\n",
    '"{key}"',
    "'{key}'\n",
    "“{key}”",
    "`{key}`",
    "{key},",
    "{key}\n{key}\n",
    "{key}{key}",
    "http://10.0.0.5:8501/sealed#key={key}",
    "https://x.example/school/sealed?a=b#key={key}\n",
    "<http://x/sealed#key={bare}%3D>",
    "http://x/sealed#key={bare}%3d",
    "see http://x/sealed#key={key} and join",
    "http://x/sealed#a=b&key={key}&c=d",
    "http://x/sealed#key={key}#key={key}",
    "#key={key}",
    '"http://x/sealed#key={key}"',
    "{begin}\n{end}",
    "{begin} \r\n  {end}",
    "http://x/sealed#key={begin}\n{end}",
    "see http://x/sealed#key={begin} \n {end}\n",
    "http://x/sealed\n#key=\n{bare}\n%3D",
]


@pytest.mark.parametrize("pasted", PASTED)
def test_keys_are_taken_as_people_paste_them(any_page: Page, pasted: str) -> None:
    """A key, a link or a file, with white space, quotes and line ends around it."""
    text = pasted.format(key=KEY, bare=KEY.rstrip("="), begin=KEY[:20], end=KEY[20:])
    assert each(any_page, "readKey(x).text", [text]) == [[KEY]]


LETTERS = "Something in this key is wrong: capital and small letters matter. Copy it again."
REFUSED = [
    KEY[:-1],
    f"{KEY}A",
    KEY[1:],
    "correct horse battery staple",
    "x",
    "ä" * 44,
    "0123456789abcdef" * 4,
    "+/" * 21 + "A=",
    f"b'{KEY}'",
    f"SECURECHAT_KEY={KEY}",
    f"export KEY={KEY}",
    f"key: {KEY}",
    "gAAAAABh" * 20,
    "ssh-ed25519 AAAA",
    "-----BEGIN PRIVATE KEY-----",
    f"[{KEY}]",
    f"{KEY};{KEY}",
    f'"{KEY}',
    f"{KEY}'",
    f"{KEY[:20]}\u202e{KEY[20:]}",
    f"{KEY[:20]}\0{KEY[20:]}",
    "AGE-SECRET-KEY-1QQQQ",
    KEY.replace(KEY[3], "😀"),
]


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_key_is_refused_with_the_reason_that_python_gives(any_page: Page, text: str) -> None:
    """The same words as in the server's settings; a browser only does not know the names of characters."""
    with pytest.raises(InvalidKey) as caught:
        decode_key(text)
    said = any_page.evaluate("(x) => { try { readKey(x); } catch (error) { return error.message; } }", text)
    assert said == re.sub(r"(U\+[0-9A-F]{4,6})[A-Z0-9 -]*", r"\1", str(caught.value))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "There is no key here. Paste a key, a link, or what is in a key file."),
        (" \n", "There is no key here. Paste a key, a link, or what is in a key file."),
        (
            "http://x/sealed?room=sealed-1#top",
            "This link has no key in it: that stands behind #key= at its end. Ask for the whole link.",
        ),
        (
            f"{KEY}\n{OTHER}",
            "There are 2 keys here. A sealed room has one: paste that alone.",
        ),
        (KEY[:-2] + chr(ord(KEY[-2]) + 1) + "=", LETTERS),
        ("x" * 43 + "=", LETTERS),
    ],
)
def test_what_only_a_page_is_given_is_refused_with_a_reason(any_page: Page, text: str, reason: str) -> None:
    """Nothing at all, a link without its key, a file with two keys, and letters that were changed."""
    said = any_page.evaluate("(x) => { try { readKey(x); } catch (error) { return error.message; } }", text)
    assert said == reason
