"""Names and codes: what people may be called, and how a code is read."""

from __future__ import annotations

import random
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securechat.classroom.aliases import (
    ADJECTIVES,
    ANIMALS,
    MAX_ALIAS_CHARS,
    folded,
    is_suggested,
    read_alias,
    suggest,
)
from securechat.classroom.classroom import ALIAS_LIMIT
from securechat.classroom.codes import (
    CODE_ALPHABET,
    CODE_LENGTH,
    MAX_TYPED_CHARS,
    new_code,
    read_code,
    spaced,
)
from securechat.errors import InvalidAlias, NotSeated, TooFast
from securechat.rooms.messages import contained
from tests.core.classes import Lesson, alias

NAMES = [f"{adjective} {animal}" for adjective in ADJECTIVES for animal in ANIMALS]


def free(people: int = 1) -> Lesson:
    """Open a class in which everybody may choose any name."""
    lesson = Lesson(people)
    lesson.desk.allow(free_names=True)
    return lesson


class TestProposals:
    """Names are proposed, so that nobody has to use their own."""

    def test_all_of_them_may_be_had(self) -> None:
        """Each of the 1,600 is different, short enough, and taken as it is."""
        assert len(NAMES) == len({folded(name) for name in NAMES}) == 1_600
        for name in NAMES:
            assert is_suggested(name)
            assert read_alias(name) == name

    def test_names_that_nobody_has(self) -> None:
        """So many different ones, none of them taken in whatever case, and others for another chance."""
        taken = [name.upper() for name in NAMES[:1_500]]
        proposed = suggest(taken, 50, rng=random.Random(1))  # noqa: S311 - the same every time
        assert len(set(proposed)) == 50
        assert set(proposed) <= set(NAMES[1_500:])
        assert suggest(taken, 50, rng=random.Random(2)) != proposed  # noqa: S311
        assert suggest((), 5) != suggest((), 5)

    def test_no_word_twice_while_there_are_others(self) -> None:
        """Of 40 who join one after the other, each has an adjective and an animal of their own."""
        lesson = Lesson()
        for _ in range(len(ADJECTIVES)):
            lesson.join(lesson.classroom.suggest(6)[0])
        names = [person.alias for person in lesson.classroom.view().participants.values()]
        assert {word for name in names for word in name.split()} == {*ADJECTIVES, *ANIMALS}
        (again,) = lesson.classroom.suggest(1)
        assert again not in names

    def test_who_choose_at_the_same_time_choose_among_others(self) -> None:
        """Before anybody has joined, twelve pages propose first names without a word in common."""
        lesson = Lesson()
        offers = [lesson.classroom.suggest(6) for _ in range(12)]
        for offer in offers:
            assert len({word for name in offer for word in name.split()}) == 12
        assert len({word for first, *_ in offers for word in first.split()}) == 24

    def test_fewer_where_nearly_all_are_taken(self) -> None:
        """What is left is proposed, and nothing where nothing is."""
        assert set(suggest(NAMES[3:], 10)) == set(NAMES[:3])
        assert suggest(NAMES, 10) == ()

    def test_a_class_proposes_what_is_free_there(self) -> None:
        """Also the names of those who have left are taken."""
        lesson = Lesson(20)
        lesson.classroom.leave("p1")
        proposed = lesson.classroom.suggest(1_600)
        assert len(proposed) == 1_580
        assert not {alias(number) for number in range(20)} & {*proposed}

    @pytest.mark.parametrize(
        "name", ["Brave", "Brave ", "Otter Brave", "brave otter", "Brave Otter Otter", "Brave Teacher", "Tim"]
    )
    def test_what_is_not_proposed(self, name: str) -> None:
        """Half of a name, another order, another case or something else is none of them."""
        assert not is_suggested(name)
        with pytest.raises(InvalidAlias, match="proposed"):
            Lesson().join(name)


class TestReadAlias:
    """What people type is shown as they meant it, or refused."""

    @pytest.mark.parametrize(
        ("typed", "shown"),
        [
            ("Tim", "Tim"),
            ("  Tim \t B  ", "Tim B"),
            ("Tim\u00a0\u3000B", "Tim B"),
            ("Jose\u0301", "Jos\u00e9"),
            ("\u0416\u0435\u043d\u044f", "\u0416\u0435\u043d\u044f"),
            ("\u674e\u96f7", "\u674e\u96f7"),
            ("\u0928\u093f\u0936\u093e", "\u0928\u093f\u0936\u093e"),
            ("\u0645\u0631\u064a\u0645", "\u0645\u0631\u064a\u0645"),
            ("Anne-Marie O'Neil", "Anne-Marie O'Neil"),
            ("Anne\u2011Marie O\u2019Neil", "Anne\u2011Marie O\u2019Neil"),
            ("\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"),
            ("\u05e6\u05f3\u05e8\u05dc\u05d9", "\u05e6\u05f3\u05e8\u05dc\u05d9"),
            ("\u0dc1\u0dca\u200d\u0dbb\u0dd3", "\u0dc1\u0dca\u200d\u0dbb\u0dd3"),
            ("\u0421\u043e\u0444\u0456\u02bc", "\u0421\u043e\u0444\u0456\u02bc"),
            ("Gal\u00b7la", "Gal\u00b7la"),
            ("7", "7"),
            ("x" * MAX_ALIAS_CHARS, "x" * MAX_ALIAS_CHARS),
            ("e\u0301" * MAX_ALIAS_CHARS, "\u00e9" * MAX_ALIAS_CHARS),
        ],
    )
    def test_names(self, typed: str, shown: str) -> None:
        """Composed, with single spaces; in every script; up to 24 characters as they are shown."""
        assert read_alias(typed) == shown

    @pytest.mark.parametrize("typed", ["", " ", "\n\t", "\u3000", "x" * (MAX_ALIAS_CHARS + 1), "x" * 100_000])
    def test_sizes(self, typed: str) -> None:
        """Nothing, and more than 24 characters."""
        with pytest.raises(InvalidAlias):
            read_alias(typed)

    @pytest.mark.parametrize(
        "char",
        [
            *(
                "\u200c",
                "\u200d",
                "\x00",
                "\x07",
                "\x1b",
                "\x7f",
                "\x9b",
                "\u00ad",
                "\u200b",
                "\u2060",
                "\ufeff",
            ),
            *("\u202a", "\u202b", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u200e", "\u200f"),
            *(
                "\u034f",
                "\u115f",
                "\u1160",
                "\u17b4",
                "\u180b",
                "\u2800",
                "\u3164",
                "\uffa0",
                "\ufe0f",
                "\U000e0100",
            ),
            *("\ud800", "\udfff", "\U000e0041", "\u061c"),
        ],
        ids=lambda char: f"U+{ord(char):04X}",
    )
    @pytest.mark.parametrize("name", ["Ti{}m", "{}Tim", "Tim{}"])
    def test_characters_that_act_or_hide(self, name: str, char: str) -> None:
        """Controls, direction overrides, zero-width characters and half surrogates are in no name."""
        with pytest.raises(InvalidAlias):
            read_alias(name.format(char))

    @pytest.mark.parametrize("mark", ["\u0301", "\u0489", "\u0e49"])
    def test_marks_that_pile_up(self, mark: str) -> None:
        """A letter has three, as languages need; with more a name would grow over what stands beside it."""
        assert read_alias(f"x{mark * 3}q{mark * 3}")
        with pytest.raises(InvalidAlias, match="“q” has too many signs over or under it"):
            read_alias(f"xq{mark * 4}z")

    @pytest.mark.parametrize("typed", [".", "---", "!?", "\U0001f600", "\u0301", "\u200d", "<>", "=", "*"])
    def test_a_name_can_be_called(self, typed: str) -> None:
        """Marks, emoji or joiners alone are no name."""
        with pytest.raises(InvalidAlias):
            read_alias(typed)

    @pytest.mark.parametrize(
        ("typed", "named"),
        [
            ("Ti.m", "“.”"),
            ("Tim\U0001f600", "“\U0001f600”"),
            ("Ti\u200cm", "⟨U+200C⟩"),
            ("Tim\u3164", "⟨U+3164⟩"),
            ("\ud800", "⟨U+D800⟩"),
            ("-Tim", "begin with “-”"),
            ("\u0301m", "begin with ⟨U+0301⟩"),
        ],
    )
    def test_a_refusal_names_the_character(self, typed: str, named: str) -> None:
        """The one that is in the way, or its number where it would not be seen."""
        with pytest.raises(InvalidAlias, match=re.escape(named)):
            read_alias(typed)

    @pytest.mark.parametrize("char", '*_`[]()<>:=#$|~\\/!@&+".,\U0001f600')
    @pytest.mark.parametrize("name", ["Ti{}m", "{}Tim", "Tim{}"])
    def test_markup(self, name: str, char: str) -> None:
        """What a page could take for markup, a link or a formula is in no name."""
        with pytest.raises(InvalidAlias):
            read_alias(name.format(char))

    @given(st.text(st.characters(exclude_categories=()), max_size=40))
    def test_whatever_is_typed(self, typed: str) -> None:
        """A name is refused, or is short, shows whatever is in it, and is read again as it is."""
        try:
            name = read_alias(typed)
        except InvalidAlias:
            return
        assert 1 <= len(name) <= MAX_ALIAS_CHARS
        assert contained(name) == name == " ".join(name.split())
        assert unicodedata.is_normalized("NFC", name)
        assert read_alias(name) == name


class TestTaken:
    """Nobody is called like somebody else, or like the teacher."""

    @pytest.mark.parametrize(
        "typed",
        [
            *("Zo\u00eb Strauss", "ZO\u00cb STRAUSS", "zoe\u0308 strauss", " Zo\u00eb  Strauss "),
            *("Zo\u00eb Strau\u00df", "\uff3ao\u00eb \uff33trauss", "Zo\u00eb \u017ftrauss"),
            "Zo\u00eb\u2003Strauss",
            *("Zo\u00eb-Strauss", "Zo\u00eb Strauss'", "Zo\u00eb\u2011Strauss"),
            *("Z\u043e\u00eb Strauss", "Zo\u00eb Str\u0430uss", "Z\u03bf\u00eb Strauss"),
        ],
    )
    def test_look_alikes(self, typed: str) -> None:
        """Another case, another spelling of the same letters, or compatible forms are the same name."""
        lesson = free()
        lesson.join("Zo\u00eb Strauss")
        with pytest.raises(InvalidAlias, match="called"):
            lesson.join(typed)
        with pytest.raises(InvalidAlias, match="called"):
            lesson.classroom.choose_alias("p1", typed)
        with pytest.raises(InvalidAlias, match="called"):
            lesson.desk.rename("p1", typed)
        assert lesson.classroom.view().participants["p1"].alias == alias(0)

    @pytest.mark.parametrize("typed", ["CIever 0tter", "C1ever Otter", "C\u0406ever \u039ftter"])
    def test_capitals_and_digits_that_look_alike(self, typed: str) -> None:
        """In most fonts a capital I, a 1 and an l are the same stroke, and O and 0 the same ring."""
        lesson = free()
        lesson.join("Clever Otter")
        with pytest.raises(InvalidAlias, match="Clever Otter"):
            lesson.join(typed)

    @pytest.mark.parametrize(
        "typed",
        [
            *(
                "Teacher",
                "teacher",
                "TEACHER",
                "\uff34\uff45\uff41\uff43\uff48\uff45\uff52",
                "\U0001d413eacher",
            ),
            *("Everyone", "EVERYONE", "Somebody removed", "somebody  REMOVED", "Somebody-removed"),
            *("Teacher-", "T-eacher", "Teacher'", "TEACHER 1", "Mr Teacher", "T3acher", "Te\u0301acher"),
            *("T\u0435acher", "\u0422\u0415\u0410\u0421\u041d\u0415R", "\u03a4eacher"),  # Cyrillic, Greek
            *("Tea\u03f2her", "TEA\u03f9HER"),  # the lunate sigma
            "\u13a2\u13ac\u13aa\u13df\u13bb\u13ac\u13a1",  # Cherokee
            *("\u1d1b\u1d07\u1d00\u1d04\u029c\u1d07\u0280", "\u0166eacher"),  # small capitals, a stroke
        ],
    )
    def test_reserved(self, typed: str) -> None:
        """The teacher's name, and what the pages call all or somebody removed, or what looks like it."""
        lesson = free()
        for give in (
            lambda: lesson.join(typed),
            lambda: lesson.classroom.choose_alias("p1", typed),
            lambda: lesson.desk.rename("p1", typed),
        ):
            with pytest.raises(InvalidAlias, match="could take this name for"):
                give()

    @pytest.mark.parametrize("name", ["Tea", "Thea", "Reacher", "Mariam", "Саша", "Ελένη"])
    def test_others_are_free(self, name: str) -> None:
        """A name in another alphabet, or with a few letters of the teacher's, is like any other."""
        lesson = free()
        lesson.join(name)
        assert lesson.classroom.view().participants["p2"].alias == name

    def test_who_left_keeps_the_name(self) -> None:
        """Nobody takes it meanwhile; after a removal it is free."""
        lesson = free()
        lesson.classroom.leave("p1")
        with pytest.raises(InvalidAlias):
            lesson.join(alias(0))
        lesson.desk.remove("p1")
        lesson.join(alias(0))


class TestChoose:
    """People choose their names themselves, as far as the teacher allows it."""

    def test_only_proposed_ones_unless_allowed(self) -> None:
        """The switch decides for joining and for choosing again; who has another name keeps it."""
        lesson = Lesson(1)
        lesson.classroom.choose_alias("p1", alias(99))
        with pytest.raises(InvalidAlias, match="proposed"):
            lesson.classroom.choose_alias("p1", "Tim")
        lesson.desk.allow(free_names=True)
        lesson.classroom.choose_alias("p1", "Tim")
        assert lesson.join("Eve") == "p2"
        lesson.desk.allow(free_names=False)
        with pytest.raises(InvalidAlias):
            lesson.join("Bo")
        assert [person.alias for person in lesson.classroom.view().participants.values()] == ["Tim", "Eve"]

    def test_not_too_often(self) -> None:
        """Ten times a minute, each for themselves; the teacher is not limited."""
        lesson = free(2)
        for number in range(ALIAS_LIMIT[0]):
            lesson.classroom.choose_alias("p1", f"Tim {number}")
        with pytest.raises(TooFast) as caught:
            lesson.classroom.choose_alias("p1", "Tim")
        assert caught.value.retry_after == ALIAS_LIMIT[1] == 60
        lesson.classroom.choose_alias("p2", "Eve")
        lesson.desk.rename("p1", "Bo")
        lesson.clock.now += ALIAS_LIMIT[1]
        lesson.classroom.choose_alias("p1", "Tim")
        assert lesson.classroom.view().participants["p1"].alias == "Tim"

    def test_nobody_else_than_who_is_there(self) -> None:
        """Somebody unknown chooses nothing."""
        lesson = free()
        with pytest.raises(NotSeated):
            lesson.classroom.choose_alias("p9", "Tim")


class TestCodes:
    """A code is short enough to type, and too long to guess."""

    def test_of_what_they_are_made(self) -> None:
        """Six of 20 characters; of those that look alike one at the most; no vowel."""
        assert len(CODE_ALPHABET) == len({*CODE_ALPHABET}) == 20
        for alike in ("0O", "1IL", "2Z", "5S", "6G", "8B", "UV", "AEIOU"):
            assert sum(char in CODE_ALPHABET for char in alike) <= 1, alike
        codes = {new_code() for _ in range(500)}
        assert len(codes) > 490
        assert {len(code) for code in codes} == {CODE_LENGTH} == {6}
        assert {*"".join(codes)} == {*CODE_ALPHABET}

    @given(
        st.lists(st.sampled_from(CODE_ALPHABET), min_size=6, max_size=6),
        st.sampled_from([" ", "-", ". ", "\t"]),
    )
    def test_it_is_read_however_it_is_typed(self, chars: list[str], between: str) -> None:
        """In whatever case, in groups or not, as it stands on the board."""
        code = "".join(chars)
        assert spaced(code).replace(" ", "") == code
        for typed in (code, code.lower(), spaced(code), between.join(code), f" {code}\n"):
            assert read_code(typed) == code

    @pytest.mark.parametrize(
        "typed",
        [
            "\uff13\uff23\uff24\uff17\uff26\uff28",  # full width
            "\uff13\uff43\uff44\u3000\uff17\uff46\uff48",
            "3\u0421D 7F\u041d",  # Cyrillic letters
            "3cd\u20117fh",
            "\u200b3CD7FH\ufeff",
            "\u0663CD\u0667FH",  # Arabic digits
            "http://192.168.1.20:8501/?class=3CD7FH",
            "http://school.example/app/join?x=1&class=3cd7fh#top",
            "Join here: http://school.example/?class=3CD%207FH",
        ],
    )
    def test_from_another_keyboard_or_a_link(self, typed: str) -> None:
        """Letters and digits of other keyboards are read as they look; a link has the code in it."""
        assert read_code(typed) == "3CD7FH"

    def test_what_is_far_too_long(self) -> None:
        """A text of any length may be pasted; more than a link has is not looked at."""
        assert read_code("3CD7FH".rjust(MAX_TYPED_CHARS)) == "3CD7FH"
        assert read_code("3CD7FH".rjust(MAX_TYPED_CHARS + 1)) == read_code("3CD7FH" * 10**6) == ""

    def test_what_is_never_in_a_code(self) -> None:
        """A U is read as the V that is meant."""
        assert read_code("uvw347") == "VVW347"
