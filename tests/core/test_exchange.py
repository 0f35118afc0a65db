"""Key exchange: published vectors, points that are refused, and what Mallory in the middle can do."""

import base64
import hmac
import re
import traceback
import unicodedata
from collections.abc import Callable
from hashlib import sha256

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from securechat.crypto.exchange import Exchange, KeyPair, Mallory, commitment, derive_key
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.crypto.sas import EMOJI, short_authentication_string
from securechat.crypto.sas_search import expected_tries, search_equal_emoji
from securechat.errors import InvalidMessage, InvalidPublicKey, InvalidToken, SecureChatError

NOW = 1_700_000_000
TEXT = "the canary sings at dawn"
CANARIES = {who: f"private key, canary of {who:9}".encode() for who in ("A", "B", "Mallory")}

halves = st.binary(min_size=32, max_size=32)

# RFC 7748, section 6.1: what Alice and Bob have, and what they agree on.
ALICE = (
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
)
BOB = (
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
)
AGREED = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"

# The u-coordinates of low order, from https://cr.yp.to/ecdh.html#validate. The five others of that list are
# over 2^255; X25519 leaves the top bit out (RFC 7748, section 5), which makes harmless points of them.
PRIME = 2**255 - 19
LOW_ORDER = {
    "0": 0,
    "1": 1,
    "order 8": 325606250916557431795983626356110631294008115727848805560023387167927233504,
    "order 8, the other": 39382357235489614581723060781553021112529911719440698176882885853963445705823,
    "p - 1": PRIME - 1,
    "p": PRIME,
    "p + 1": PRIME + 1,
}


def published(path: str) -> list[dict[str, str]]:
    """Read a file of `name = value` lines, where `COUNT` begins a new vector."""
    vectors: list[dict[str, str]] = []
    with cryptography_vectors.open_vector_file(path, "r") as file:
        for line in file:
            match = re.fullmatch(r"(\w+)\s*=\s*(\w*)", line.strip())
            if match is None:
                continue
            if match[1] == "COUNT":
                vectors.append({})
            else:
                vectors[-1][match[1]] = match[2]
    assert len(vectors) == 3, "a file without vectors would prove nothing"
    return vectors


def key_pair(private: bytes) -> KeyPair:
    """Return the key pair of a private key that is known already."""
    return KeyPair(X25519PrivateKey.from_private_bytes(private))


def pair(who: str) -> KeyPair:
    """Return a key pair that is the same in every run."""
    return key_pair(CANARIES[who])


def an_exchange(*, intercepted: bool) -> Exchange:
    """Return an exchange that is the same in every run."""
    a, b = pair("A"), pair("B")
    return Exchange(a, b, Mallory(pair("Mallory"), a.public, b.public) if intercepted else None)


class TestX25519:
    """The key pairs."""

    @pytest.mark.parametrize("vector", published("asymmetric/X25519/rfc7748.txt"))
    def test_as_published(self, vector: dict[str, str]) -> None:
        """Every published pair of a private key and a public key gives the published secret."""
        side = key_pair(bytes.fromhex(vector["INPUT_SCALAR"]))
        assert side.agree(bytes.fromhex(vector["INPUT_U"])).hex() == vector["OUTPUT_U"]

    def test_alice_and_bob(self) -> None:
        """RFC 7748, section 6.1: public keys and shared secret are the published ones, on both sides."""
        alice, bob = (key_pair(bytes.fromhex(private)) for private, _ in (ALICE, BOB))
        assert (alice.public.hex(), bob.public.hex()) == (ALICE[1], BOB[1])
        assert alice.agree(bob.public).hex() == bob.agree(alice.public).hex() == AGREED

    def test_a_thousand_times(self) -> None:
        """RFC 7748, section 5.2: the result of 1,000 rounds, each made of the two before it."""
        scalar = point = (9).to_bytes(32, "little")
        for _ in range(1_000):
            scalar, point = key_pair(scalar).agree(point), scalar
        assert scalar.hex() == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"

    @given(halves, halves)
    @settings(deadline=None)
    def test_both_sides_agree(self, first: bytes, second: bytes) -> None:
        """Whatever the private keys are, both sides get the same secret."""
        one, other = key_pair(first), key_pair(second)
        assert one.agree(other.public) == other.agree(one.public)

    def test_every_pair_is_new(self) -> None:
        """No two generated pairs are alike, and what is revealed makes the same pair again."""
        pairs = [KeyPair.generate() for _ in range(50)]
        assert len({each.public for each in pairs}) == len({each.reveal() for each in pairs}) == 50
        assert all(key_pair(each.reveal()).public == each.public for each in pairs)

    @pytest.mark.parametrize("top_bit", [0, 1 << 255], ids=["plain", "top bit set"])
    @pytest.mark.parametrize("point", LOW_ORDER.values(), ids=LOW_ORDER)
    def test_points_of_low_order_are_refused(self, point: int, top_bit: int) -> None:
        """With such a public key the secret would be zero for everybody: there is no key then."""
        with pytest.raises(InvalidPublicKey, match="Ask for the public key again"):
            pair("A").agree((point | top_bit).to_bytes(32, "little"))

    def test_an_all_zero_result_is_refused_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also where the library returned zero bytes instead of an error, they are no secret."""

        class Careless:
            def exchange(self, _: object) -> bytes:
                return bytes(32)

        side = pair("A")
        monkeypatch.setattr(side, "_private", Careless())
        with pytest.raises(InvalidPublicKey, match="same secret"):
            side.agree(pair("B").public)

    @pytest.mark.parametrize("size", [0, 1, 31, 33, 64])
    def test_another_length_is_refused(self, size: int) -> None:
        """32 bytes, neither more nor less."""
        with pytest.raises(InvalidPublicKey, match=f"has {size}"):
            pair("A").agree(b"\x09" * size)


class TestKey:
    """From a shared secret to a Fernet key."""

    @pytest.mark.parametrize("vector", published("KDF/rfc-5869-HKDF-SHA256.txt"))
    def test_hkdf_sha256_as_published(self, vector: dict[str, str]) -> None:
        """HKDF-SHA256, called as the module calls it, gives every published key of RFC 5869."""
        salt = bytes.fromhex(vector["salt"]) or None
        hkdf = HKDF(
            algorithm=SHA256(), length=int(vector["L"]), salt=salt, info=bytes.fromhex(vector["info"])
        )
        assert hkdf.derive(bytes.fromhex(vector["IKM"])).hex() == vector["OKM"]

    @given(halves, halves, halves)
    @settings(deadline=None)
    def test_it_is_hkdf_by_hand(self, shared: bytes, public_a: bytes, public_b: bytes) -> None:
        """Two HMACs, as RFC 5869 has them, give the same key: no salt; as info a context, A's key, B's."""
        extracted = hmac.digest(bytes(32), shared, sha256)
        info = b"SecureChat key exchange\n" + public_a + public_b
        expanded = hmac.digest(extracted, info + b"\x01", sha256)
        assert derive_key(shared, public_a, public_b).reveal() == base64.urlsafe_b64encode(expanded).decode()

    def test_the_key_depends_on_everything(self) -> None:
        """Another secret, another public key or the halves exchanged: another key."""
        one, two, three = (bytes([number]) * 32 for number in (1, 2, 3))
        inputs = [(one, two, three), (one, three, two), (two, two, three), (one, one, three), (one, two, two)]
        assert len({derive_key(*each) for each in inputs}) == len(inputs)

    def test_it_stays_what_it_was(self) -> None:
        """Key and emoji of known input are those of the first version: other clients count on them."""
        key = derive_key(bytes(range(32)), b"\x01" * 32, b"\x02" * 32)
        assert key.reveal() == "N2Tfm7lG5U3PXzAPDI3mn9-UnfOLqNf3DCfw24Iu7ac="
        words = [word for _, word in short_authentication_string(key)]
        assert words == ["Turtle", "Cat", "Cat", "Balloon", "Sunflower", "Fish", "Anchor"]


class TestEmoji:
    """The fingerprint that people read to each other."""

    def test_the_table(self) -> None:
        """64 different emoji of one code point, drawn in colour by themselves, and 64 different words."""
        emoji, words = zip(*EMOJI, strict=True)
        assert len(set(emoji)) == len(set(words)) == len(EMOJI) == 64
        # Wide are, among the symbols, those that need no variation selector to be emoji.
        assert all(len(each) == 1 and unicodedata.east_asian_width(each) == "W" for each in emoji)
        assert all(word.isascii() and word.isalpha() and word.istitle() and len(word) < 10 for word in words)

    @given(halves)
    @settings(deadline=None)
    def test_seven_times_six_bits(self, data: bytes) -> None:
        """The seven emoji are the first 42 bits of the digest, in order."""
        key = FernetKey(base64.urlsafe_b64encode(data).decode())
        digest = sha256(b"SecureChat short authentication string\n" + data).digest()
        bits = "".join(f"{byte:08b}" for byte in digest)
        expected = tuple(EMOJI[int(bits[at : at + 6], 2)] for at in range(0, 42, 6))
        assert short_authentication_string(key) == expected

    def test_every_emoji_comes_up(self) -> None:
        """In many keys each place takes all 64 values: no bit is stuck."""
        strings = [
            short_authentication_string(FernetKey(base64.urlsafe_b64encode(bytes([a, b] * 16)).decode()))
            for a in range(32)
            for b in range(32)
        ]
        assert all(len({string[place] for string in strings}) == 64 for place in range(7))


class TestSearch:
    """Mallory searches before she sends anything."""

    def test_both_sides_see_the_same(self) -> None:
        """What she finds are keys under which A and B, each by their own steps, see the same first emoji."""
        a, b = KeyPair.generate(), KeyPair.generate()
        found = search_equal_emoji(a.public, b.public, 2)
        key_a = derive_key(a.agree(found.for_a), a.public, found.for_a)
        key_b = derive_key(b.agree(found.for_b), found.for_b, b.public)
        assert short_authentication_string(key_a)[:2] == short_authentication_string(key_b)[:2] == found.emoji
        assert key_a != key_b

    def test_how_long_it_takes(self) -> None:
        """About as many tries as is said: so the mean of 60 searches."""
        a, b = KeyPair.generate(), KeyPair.generate()
        tries = [search_equal_emoji(a.public, b.public, 2).tries for _ in range(60)]
        assert abs(sum(tries) / 60 / expected_tries(2) - 1) < 0.35
        assert expected_tries(7) == pytest.approx(expected_tries(2) * 8**5)


class TestUndisturbed:
    """Without Mallory."""

    def test_both_sides_have_one_key(self) -> None:
        """Each receives the other's public key; secret, key and emoji are the same."""
        play = Exchange.generate(intercepted=False)
        assert play.mallory is None
        assert (play.received_by_a, play.received_by_b) == (play.b.public, play.a.public)
        assert play.shared_a == play.shared_b
        assert play.key_a == play.key_b
        assert play.keys_match
        assert short_authentication_string(play.key_a) == short_authentication_string(play.key_b)

    @given(st.text())
    @settings(deadline=None)
    def test_b_reads_what_a_wrote(self, text: str) -> None:
        """The token passes unchanged, and opens under B's key."""
        play = an_exchange(intercepted=False)
        token = play.encrypt(text, at_time=NOW)
        assert play.deliver(token, at_time=NOW) == token
        assert play.decrypt(token) == text

    def test_what_eve_has_does_not_open_it(self) -> None:
        """Neither a public key nor a key made of public keys alone opens the token."""
        play = an_exchange(intercepted=False)
        token = play.encrypt(TEXT, at_time=NOW)
        for public in (play.a.public, play.b.public):
            guesses = (
                derive_key(public, play.a.public, play.b.public),
                FernetKey(base64.urlsafe_b64encode(public).decode()),
            )
            with pytest.raises(InvalidToken):
                KeyRing(guesses).decrypt(token, at_time=NOW)

    def test_every_exchange_is_new(self) -> None:
        """No key comes twice."""
        assert len({Exchange.generate(intercepted=False).key_a for _ in range(50)}) == 50


class TestIntercepted:
    """With Mallory in the middle."""

    def test_both_sides_have_different_keys(self) -> None:
        """Each shares a key with Mallory and none with the other; the fingerprints of both kinds differ."""
        play = Exchange.generate(intercepted=True)
        assert play.mallory is not None
        assert play.received_by_a == play.received_by_b == play.mallory.pair.public
        assert (play.mallory.public_a, play.mallory.public_b) == (play.a.public, play.b.public)
        assert len({play.a.public, play.b.public, play.mallory.pair.public}) == 3
        assert (play.shared_a, play.shared_b) == (play.mallory.shared_with_a, play.mallory.shared_with_b)
        assert (play.key_a, play.key_b) == (play.mallory.key_with_a, play.mallory.key_with_b)
        assert not play.keys_match
        assert play.key_a.fingerprint != play.key_b.fingerprint
        assert short_authentication_string(play.key_a) != short_authentication_string(play.key_b)

    @given(st.text())
    @settings(deadline=None)
    def test_she_reads_and_passes_on(self, text: str) -> None:
        """Mallory reads what A wrote, and B reads it, too, from her token; A's own would not open."""
        play = an_exchange(intercepted=True)
        assert play.mallory is not None
        sent = play.encrypt(text, at_time=NOW)
        assert play.mallory.read(sent) == text
        delivered = play.deliver(sent, at_time=NOW)
        assert delivered != sent
        assert play.decrypt(delivered) == text
        with pytest.raises(InvalidToken):
            play.decrypt(sent)

    def test_she_cannot_pass_on_what_is_not_from_a(self) -> None:
        """A token of another key is not silently replaced."""
        with pytest.raises(InvalidToken):
            an_exchange(intercepted=True).deliver(KeyRing.generate().encrypt(TEXT, at_time=NOW), at_time=NOW)


class TestCommitment:
    """What binds a side to its public key before it shows that."""

    def test_as_written_down(self) -> None:
        """A client in another language computes the same: a SHA-256 of the context, public key and nonce."""
        public, nonce = bytes.fromhex(ALICE[1]), bytes(range(32))
        assert commitment(public, nonce) == sha256(b"SecureChat commitment\n" + public + nonce).digest()
        assert commitment(public, nonce).hex() == (
            "0f7dba5ab32622008d938068c8e46baad296c3871dbac478951738016039054d"
        )

    @given(halves, halves, st.integers(0, 511))
    def test_it_binds_to_every_bit(self, public: bytes, nonce: bytes, bit: int) -> None:
        """Whoever shows another public key or another nonce is found out."""
        number = int.from_bytes(public + nonce, "big") ^ 1 << bit
        other = number.to_bytes(64, "big")
        assert commitment(public, nonce) != commitment(other[:32], other[32:])

    @pytest.mark.parametrize(("public", "nonce"), [(31, 33), (33, 31), (0, 64), (32, 0), (32, 31), (31, 32)])
    def test_the_border_stays(self, public: int, nonce: int) -> None:
        """A nonce that ends earlier or later would let a side have two public keys."""
        with pytest.raises(InvalidPublicKey):
            commitment(bytes(public), bytes(nonce))


def test_mallory_passes_on_both_ways() -> None:
    """What leaves B reaches A as well, under another key and with the time that she puts into it."""
    play = an_exchange(intercepted=True)
    assert play.mallory
    token = KeyRing((play.key_b,)).encrypt(TEXT, at_time=NOW)
    back = play.mallory.pass_back(token, at_time=NOW)
    assert KeyRing((play.key_a,)).open_by_key(back).plaintext == TEXT
    assert base64.urlsafe_b64decode(back)[1:9] == NOW.to_bytes(8, "big")
    for other in (back, play.encrypt(TEXT), "no token"):
        with pytest.raises(InvalidToken):
            play.mallory.pass_back(other)


@pytest.mark.parametrize("intercepted", [False, True])
def test_no_clock_is_read_where_the_time_is_given(intercepted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a time given, the whole way of a message needs no clock, and its token says that time."""

    def look() -> float:
        raise AssertionError("the clock was read")

    monkeypatch.setattr("time.time", look)
    play = an_exchange(intercepted=intercepted)
    delivered = play.deliver(play.encrypt(TEXT, at_time=NOW), at_time=NOW)
    assert play.decrypt(delivered) == TEXT
    assert base64.urlsafe_b64decode(delivered)[1:9] == NOW.to_bytes(8, "big")


@pytest.mark.parametrize("intercepted", [False, True])
def test_no_secret_is_in_any_text_about_it(intercepted: bool) -> None:
    """Private keys, shared secrets and keys stand in no `repr` of the exchange or of a part of it."""
    play = an_exchange(intercepted=intercepted)
    raw = [*CANARIES.values(), play.shared_a, play.shared_b]
    raw += [key.signing_key + key.encryption_key for key in (play.key_a, play.key_b)]
    shown = f"{play!r} {play!s} {[play.a, play.b, play.mallory]} {vars(play)}"
    for secret in raw:
        for form in (secret.hex(), base64.urlsafe_b64encode(secret).decode(), repr(secret)[2:-1]):
            assert form not in shown
    assert play.a.public.hex() in shown, "else this would look in the wrong place"


def errors_of_the_module() -> dict[str, SecureChatError]:
    """Return one error of each kind that the module raises."""
    side, play = pair("A"), an_exchange(intercepted=True)
    calls: dict[str, Callable[[], object]] = {
        "public, length": lambda: side.agree(CANARIES["A"] + b"!"),
        "public, low order": lambda: side.agree(bytes(32)),
        "text": lambda: play.encrypt(TEXT + "\ud800"),
        "token": lambda: play.deliver(TEXT),
        "token for B": lambda: play.decrypt(play.encrypt(TEXT)),
    }
    raised = {}
    for name, call in calls.items():
        with pytest.raises(SecureChatError) as caught:
            call()
        raised[name] = caught.value
    return raised


def test_no_secret_is_in_an_error() -> None:
    """Neither a private key nor a plaintext is in a message or in a chained exception."""
    raised = errors_of_the_module()
    assert {type(error) for error in raised.values()} == {
        InvalidPublicKey,
        InvalidMessage,
        InvalidToken,
    }
    for error in raised.values():
        seen: BaseException | None = error
        while seen is not None:
            said = f"{seen!r} {vars(seen)} {traceback.format_exception_only(seen)}"
            assert "canary" not in said
            assert CANARIES["A"].hex() not in said
            seen = seen.__cause__ or seen.__context__
