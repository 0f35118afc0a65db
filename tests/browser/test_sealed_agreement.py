"""The key agreement of a pair in a real browser: by WebCrypto and by own lines, both as in Python."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from playwright.sync_api import Browser, Page

from securechat.crypto.exchange import KeyPair, commitment, derive_key
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.crypto.sas import EMOJI, short_authentication_string
from tests.sealed_relay import SealedRelay, sealed_relay

PLACES = ["web at 127.0.0.1", "plain at 127.0.0.1", "plain over http"]
LOAD = """async (way) => {
    const names = ["pair/x25519", "pair/agreement", "room_name", "base64url"];
    Object.assign(window, ...await Promise.all(names.map((name) => import(`/sealed/${name}.js`))));
    window.bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    const { subtle } = crypto;
    const kind = { name: "X25519" };
    // The pair of a private key: WebCrypto takes one only within 16 bytes of PKCS #8 (RFC 8410, section 7).
    const imported = async (secret) => webPair({
        privateKey: await subtle.importKey(
            "pkcs8", bytes(`302e020100300506032b656e04220420${secret}`), kind, false, ["deriveBits"]),
        publicKey: await subtle.importKey("raw", plainPair(bytes(secret)).publicKey, kind, true, []),
    });
    window.pairOf = way === "web" ? imported : (secret) => plainPair(bytes(secret));
    window.attempt = (what) => new Promise((resolve) => { resolve(what()); }).then(
        (result) => [result], (error) => error.constructor.name);
    window.publicOf = async (secret) => toHex((await pairOf(secret)).publicKey);
    window.agreed = async ([secret, theirs]) => toHex(await (await pairOf(secret)).agree(bytes(theirs)));
}"""

# RFC 7748, section 6.1.
ALICE = (
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
)
BOB = (
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
)
AGREED = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"

# The points of low order, each in the spellings that the last bit and numbers over p allow; from
# https://cr.yp.to/ecdh.html#validate.
PRIME = 2**255 - 19
ORDER_8 = 325606250916557431795983626356110631294008115727848805560023387167927233504
OTHER_OF_ORDER_8 = 39382357235489614581723060781553021112529911719440698176882885853963445705823
LOW_ORDER = [
    number + top
    for number in (0, 1, ORDER_8, OTHER_OF_ORDER_8, PRIME - 1, PRIME, PRIME + 1)
    for top in (0, 2**255)
]


@pytest.fixture(scope="module")
def relay() -> Iterator[SealedRelay]:
    """What serves the modules."""
    with sealed_relay() as running:
        yield running


@pytest.fixture(scope="module")
def pages(browser: Browser, relay: SealedRelay) -> Iterator[dict[str, Page]]:
    """A page for each way and each kind of address, with all functions at its top."""
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
    """One of them, for what has nothing to do with the way."""
    return pages[PLACES[0]]


def each(page: Page, expression: str, inputs: list[Any]) -> list[Any]:
    """Evaluate an expression in `x` for each of the inputs: `[result]`, or the error's name."""
    results: list[Any] = page.evaluate(
        f"""async (xs) => {{
            const all = [];
            for (const x of xs) all.push(await attempt(() => {expression}));
            return all;
        }}""",
        inputs,
    )
    return results


def python_pair(secret: str) -> KeyPair:
    """Return the key pair of a private key, in Python."""
    return KeyPair(X25519PrivateKey.from_private_bytes(bytes.fromhex(secret)))


def test_published_vectors_hold(page: Page) -> None:
    """RFC 7748, sections 5.2 and 6.1."""
    with cryptography_vectors.open_vector_file("asymmetric/X25519/rfc7748.txt", "r") as file:
        values = [line.split(" = ")[1].strip() for line in file if " = " in line]
    vectors = [values[at : at + 4] for at in range(0, len(values), 4)]
    assert len(vectors) == 3
    found = each(page, "agreed(x)", [[scalar, point] for _, scalar, point, _ in vectors])
    assert found == [[result] for *_, result in vectors]
    for (secret, public), other in ((ALICE, BOB), (BOB, ALICE)):
        assert each(page, "publicOf(x)", [secret]) == [[public]]
        assert each(page, "agreed(x)", [[secret, other[1]]]) == [[AGREED]]


def test_a_thousand_rounds_end_as_published(page: Page) -> None:
    """RFC 7748, section 5.2: each made of the two before it."""
    found = page.evaluate(
        """async () => {
            let [scalar, point] = ["09".padEnd(64, "0"), "09".padEnd(64, "0")];
            for (let round = 0; round < 1_000; round++) {
                [scalar, point] = [await agreed([scalar, point]), scalar];
            }
            return scalar;
        }"""
    )
    assert found == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"


def test_points_of_low_order_are_refused(page: Page) -> None:
    """Everybody would get the same secret of them, whatever their private key is."""
    points = [number.to_bytes(32, "little").hex() for number in LOW_ORDER if number < 2**256]
    assert len(points) == 14
    assert each(page, "agreed(x)", [[ALICE[0], point] for point in points]) == ["InvalidPublicKey"] * 14


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_keys_of_another_length_are_refused(page: Page, size: int) -> None:
    """Neither cut nor filled up."""
    assert each(page, "agreed(x)", [[ALICE[0], "09" * size]]) == ["InvalidPublicKey"]


def test_odd_points_give_what_python_gives(page: Page) -> None:
    """Numbers over p, the last bit set, points of the twist: as the standard says, and as in Python."""
    rng = random.Random(5)  # noqa: S311 - the same in every run
    odd = [PRIME + 2, PRIME + 18, 2**255 - 1, 2**256 - 1, 2**255 + 9, 2, 3, PRIME - 2]
    odd += [rng.randrange(2**256) for _ in range(40)]
    cases = [[rng.randbytes(32).hex(), number.to_bytes(32, "little").hex()] for number in odd]
    assert each(page, "agreed(x)", cases) == [
        [python_pair(secret).agree(bytes.fromhex(point)).hex()] for secret, point in cases
    ]


def test_two_hundred_exchanges_with_python(page: Page) -> None:
    """Whoever began: both sides get the same key, and see the same emoji."""
    pairs = [KeyPair.generate() for _ in range(200)]
    made = each(
        page,
        """(async () => {
            const own = await newPair();
            const shared = await own.agree(bytes(x));
            const both = [[own.publicKey, bytes(x)], [bytes(x), own.publicKey]];
            const keys = both.map((publics) => deriveKey(shared, ...publics));
            return [toHex(own.publicKey), own.isNative, keys.map((key) => [toBase64url(key), emojiOf(key)])];
        })()""",
        [pair.public.hex() for pair in pairs],
    )
    is_secure = page.evaluate("isSecureContext")
    for pair, [[public, is_native, found]] in zip(pairs, made, strict=True):
        theirs = bytes.fromhex(public)
        shared = pair.agree(theirs)
        wanted = [derive_key(shared, theirs, pair.public), derive_key(shared, pair.public, theirs)]
        assert is_native is is_secure
        for (key, emoji), python_key in zip(found, wanted, strict=True):
            assert FernetKey(key) == python_key
            assert tuple(map(tuple, emoji)) == short_authentication_string(python_key)
    assert len({public for [[public, *_]] in made}) == 200, "a pair is made once"


def test_the_emoji_of_random_keys_are_those_of_python(any_page: Page) -> None:
    """Two hundred keys have each of the 64 in them: the words are the same, and in the same order."""
    keys = [KeyRing.generate().primary for _ in range(200)]
    found = each(any_page, "emojiOf(fromBase64url(x))", [key.reveal() for key in keys])
    assert [tuple(map(tuple, emoji)) for [emoji] in found] == list(map(short_authentication_string, keys))
    assert {tuple(pair) for [emoji] in found for pair in emoji} == set(EMOJI)


def test_every_part_counts(any_page: Page) -> None:
    """A bit turned over in the secret or in a public key, or those swapped: another key, other emoji."""
    rng = random.Random(9)  # noqa: S311 - the same in every run
    parts = [rng.randbytes(32) for _ in range(3)]
    cases = [parts, [parts[0], parts[2], parts[1]]]
    for place in range(3):
        for bit in rng.sample(range(256), 20):
            turned = bytearray(parts[place])
            turned[bit // 8] ^= 1 << bit % 8
            cases.append([*parts[:place], bytes(turned), *parts[place + 1 :]])
    found = each(
        any_page,
        "((key) => [toBase64url(key), emojiOf(key).join()])(deriveKey(...x.map(bytes)))",
        [[part.hex() for part in case] for case in cases],
    )
    assert [FernetKey(key) for [[key, _]] in found] == [derive_key(*case) for case in cases]
    assert len({key for [[key, _]] in found}) == len({emoji for [[_, emoji]] in found}) == len(cases)


def test_a_commitment_is_one_to_the_key_and_the_nonce(any_page: Page) -> None:
    """The hash that the server computes, too; a bit turned over in either gives another one."""
    public, nonce = secrets.token_bytes(32), secrets.token_bytes(32)
    cases = [(public, nonce)]
    for bit in (0, 7, 128, 255):
        turned = bytearray(public)
        turned[bit // 8] ^= 1 << bit % 8
        cases += [(bytes(turned), nonce), (nonce, bytes(turned))]
    found = each(
        any_page,
        "toHex(commitmentOf(...x.map(bytes)))",
        [[one.hex(), other.hex()] for one, other in cases],
    )
    assert found == [[commitment(one, other).hex()] for one, other in cases]
    assert len({value for [value] in found}) == len(cases)


def test_no_script_reads_a_private_key_of_the_browser(pages: dict[str, Page]) -> None:
    """WebCrypto made it, and hands it out to nobody."""
    kept = pages[PLACES[0]].evaluate(
        """async () => {
            const { subtle } = crypto;
            const { generateKey } = subtle;
            let made;
            subtle.generateKey = async (...all) => (made = await generateKey.apply(subtle, all));
            await newPair();
            subtle.generateKey = generateKey;
            const forms = ["raw", "pkcs8", "jwk"];
            return Promise.all(forms.map((form) => attempt(() => subtle.exportKey(form, made.privateKey))));
        }"""
    )
    assert kept == ["DOMException"] * 3


def test_a_browser_without_x25519_does_it_itself(any_page: Page) -> None:
    """Those from before 2025 have WebCrypto, and not this part of it."""
    found = any_page.evaluate(
        """async (theirs) => {
            const { subtle } = crypto;
            const { generateKey } = subtle;
            subtle.generateKey = async () => { throw new DOMException("", "NotSupportedError"); };
            const pair = await newPair();
            subtle.generateKey = generateKey;
            return [pair.isNative, toHex(pair.publicKey), toHex(await pair.agree(bytes(theirs)))];
        }""",
        BOB[1],
    )
    is_native, public, shared = found
    assert is_native is False
    assert python_pair(BOB[0]).agree(bytes.fromhex(public)).hex() == shared
