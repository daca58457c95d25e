"""Laws and kinds of changes: what a redline must give back, and how a change is named (DESIGN §5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policyver.diffing import compare
from policyver.diffing.redline import redline
from policyver.diffing.sequences import align, longest_increasing
from policyver.diffing.sliding import slide
from policyver.document import parse
from policyver.model import Change, Hunk, Kind, Significance, join_blocks
from tests.support import policy


def changes(old: str, new: str, locale: str = "en") -> tuple[Change, ...]:
    return compare(parse(old), parse(new), locale)


def named(old: str, new: str) -> dict[str, set[str]]:
    """Title -> kinds."""
    return {change.section.title: {str(kind) for kind in change.kinds} for change in changes(old, new)}


def sides(hunks: tuple[Hunk, ...]) -> tuple[str, str]:
    return "".join(one.old for one in hunks), "".join(one.new for one in hunks)


# laws

WORDS = "we you may not keep data for 30 60 days 2026-05-04 [a](b) **x** , . ; 個人 データ بيانات"
WORD = st.sampled_from(WORDS.split())
BLOCK = st.lists(WORD, min_size=1, max_size=12).map(" ".join)
ITEM = st.one_of(BLOCK, BLOCK.map(lambda text: f"- {text}"), BLOCK.map(lambda text: f"{len(text) % 9}. {text}"))
BLOCKS = st.lists(ITEM, max_size=6).map(tuple)
SECTION = st.tuples(st.sampled_from(["Data", "Rights", "Cookies", "1. Scope", "2. Scope", "Contact"]), BLOCKS)
TEXT = st.lists(SECTION, min_size=1, max_size=6).map(
    lambda several: "\n\n".join("\n\n".join([f"## {heading}", *blocks]) for heading, blocks in several) + "\n"
)


@given(BLOCKS, BLOCKS)
def test_hunks_rebuild_both_sides(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    assert sides(redline(old, new)) == (join_blocks(old), join_blocks(new))


@pytest.mark.slow
@given(TEXT, TEXT)
def test_every_change_rebuilds_its_sections(old: str, new: str) -> None:
    for change in changes(old, new):
        assert change.kinds
        assert 0 <= change.similarity <= 1
        before, after = sides(change.hunks)
        assert before == (change.old.text if change.old else "")
        assert after == (change.new.text if change.new else "")
        for part in change.others:
            mine = sides(part.hunks)[1 if Kind.SPLIT in change.kinds else 0]
            assert mine == part.section.text


@pytest.mark.slow
@given(TEXT)
def test_a_text_compared_with_itself_has_no_change(text: str) -> None:
    assert changes(text, text) == ()


@pytest.mark.slow
@given(TEXT, TEXT)
def test_every_section_is_accounted_for_once(old: str, new: str) -> None:
    """What no change mentions is the same in both versions."""
    found = changes(old, new)
    old_lines = {one.old.line for one in found if one.old} | {p.section.line for one in found for p in one.others}
    new_lines = {one.new.line for one in found if one.new} | {p.section.line for one in found for p in one.others}
    kept_old = [(one.heading, one.blocks) for one in parse(old).sections if one.line not in old_lines]
    kept_new = [(one.heading, one.blocks) for one in parse(new).sections if one.line not in new_lines]
    absorbed = any(one.others for one in found)
    assert absorbed or sorted(kept_old) == sorted(kept_new)


@given(st.lists(st.integers(0, 9), max_size=30), st.lists(st.integers(0, 9), max_size=30))
def test_alignment_is_a_difflib_edit_script(old: list[int], new: list[int]) -> None:
    at_old = at_new = 0
    for op, i1, i2, j1, j2 in align(old, new):
        assert (i1, j1) == (at_old, at_new)
        assert (op == "equal") == (old[i1:i2] == new[j1:j2] and i1 < i2)
        at_old, at_new = i2, j2
    assert (at_old, at_new) == (len(old), len(new))


@given(st.lists(st.integers(0, 50), max_size=40))
def test_longest_increasing_subsequence(values: list[int]) -> None:
    kept = [values[index] for index in longest_increasing(values)]
    assert kept == sorted(set(kept))
    best = [1] * len(values)
    for i in range(len(values)):
        best[i] += max((best[k] for k in range(i) if values[k] < values[i]), default=0)
    assert len(kept) == max(best, default=0)


@given(st.text("ab. \n", max_size=12), st.text("ab. \n", min_size=1, max_size=8), st.text("ab. \n", max_size=12))
def test_sliding_changes_no_side(before: str, text: str, after: str) -> None:
    hunks = (Hunk("equal", before, before), Hunk("insert", "", text), Hunk("equal", after, after))
    for several in (hunks, hunks[:2], hunks[1:], hunks * 2):
        assert sides(slide(several)) == sides(several)


# kinds

ONE = "Scope: This policy holds for phones and watches of ours."
TWO = "Data: We collect your name, your address and the number of your device."
THREE = "Rights: You may ask us for a copy of your data at any time you like."
FOUR = "Contact: Write to the office in Tampere or call the number on the box."


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ((ONE, TWO), (ONE, TWO, THREE), {"Rights": {"added"}}),
        ((ONE, TWO, THREE), (ONE, THREE), {"Data": {"removed"}}),
        ((ONE, TWO), (ONE, TWO.replace("name", "age")), {"Data": {"modified"}}),
        ((ONE, TWO), (ONE, TWO.replace("Data", "What we collect")), {"What we collect": {"renamed"}}),
        ((ONE, TWO, THREE), (THREE, ONE, TWO), {"Rights": {"moved"}}),
        ((ONE, TWO, THREE, FOUR), (ONE, THREE, TWO, FOUR), {"Data": {"moved"}}),
    ],
)
def test_kinds(old: tuple[str, ...], new: tuple[str, ...], expected: dict[str, set[str]]) -> None:
    found = named(policy(*old), policy(*new))
    if found != expected and "moved" in str(expected):  # of two neighbours either may be the one that moved
        found = {"Data": found.get("Rights", set())}
    assert found == expected


def test_an_inserted_section_renumbers_those_after_it_and_modifies_none() -> None:
    old = policy(f"1. {ONE}", f"2. {TWO}", f"3. {FOUR}")
    new = policy(f"1. {ONE}", f"2. {THREE}", f"3. {TWO}", f"4. {FOUR}")
    assert named(old, new) == {"2 Rights": {"added"}, "3 Data": {"renumbered"}, "4 Contact": {"renumbered"}}


def test_a_parent_is_not_modified_because_a_child_is() -> None:
    old = "# Policy\n\nIntro.\n\n## Data\n\nWe keep it.\n"
    assert named(old, old.replace("keep", "share")) == {"Data": {"modified"}}


def test_a_section_set_deeper_is_relevelled_and_its_children_follow_silently() -> None:
    old = "# A\n\nText of a.\n\n# B\n\nText of b.\n\n## C\n\nText of c.\n"
    new = "# A\n\nText of a.\n\n## B\n\nText of b.\n\n### C\n\nText of c.\n"
    assert named(old, new) == {"B": {"relevelled"}, "C": {"relevelled"}}


def test_a_section_that_moves_takes_its_subsections_along() -> None:
    a, b = "# A\n\nText of a.\n\n## A1\n\nMore of a.\n\n", "# B\n\nText of b.\n\n"
    c = "# C\n\nText of c.\n\n"
    assert named(a + b + c, b + c + a) == {"A": {"moved"}}


LONG = [
    "We collect your name, address, telephone number and the serial number of each device that you register.",
    "We use all of this to deliver orders, to repair faults and to answer the questions that you put to us.",
]


def test_a_split_says_where_the_text_went() -> None:
    old = "## Your data\n\n" + "\n\n".join(LONG) + "\n"
    new = f"## Your data\n\n{LONG[0]}\n\n## What we use it for\n\n{LONG[1]}\n"
    [change] = changes(old, new)
    assert set(change.kinds) == {Kind.SPLIT}
    assert [part.section.heading for part in change.others] == ["What we use it for"]
    gone = [one for one in change.hunks if one.moved]
    assert [(one.moved.title, one.op) for one in gone if one.moved] == [("What we use it for", "delete")]
    assert (change.words_added, change.words_removed) == (0, 0)


def test_a_merge_is_a_split_read_backwards() -> None:
    old = f"## Your data\n\n{LONG[0]}\n\n## What we use it for\n\n{LONG[1]}\n"
    new = "## Your data\n\n" + "\n\n".join(LONG) + "\n"
    [change] = changes(old, new)
    assert set(change.kinds) == {Kind.MERGED}
    assert [part.section.heading for part in change.others] == ["What we use it for"]


def test_a_paragraph_that_moves_points_to_its_other_place() -> None:
    old = f"## Data\n\nShort.\n\n{LONG[0]}\n\n## Use\n\nWe use data with care.\n"
    new = f"## Data\n\nShort.\n\n## Use\n\nWe use data with care.\n\n{LONG[0]}\n"
    data, use = changes(old, new)
    assert [one.moved.title for one in data.hunks if one.moved] == ["Use"]
    assert [one.moved.title for one in use.hunks if one.moved] == ["Data"]
    assert {data.significance, use.significance} == {Significance.EDITORIAL}


def test_removed_and_added_is_the_last_resort() -> None:
    old = policy(ONE, TWO, FOUR)
    new = policy(ONE, "What we know of you: We collect your name, your age and the number of your phone.", FOUR)
    assert named(old, new) == {"What we know of you": {"renamed", "modified"}}


def test_an_item_put_into_a_list_is_one_insertion() -> None:
    old = "## Recipients\n\n1. carriers;\n2. courts of law.\n"
    new = "## Recipients\n\n1. carriers;\n2. insurers;\n3. courts of law.\n"
    [change] = changes(old, new)
    inserted = "".join(one.new for one in change.hunks if one.op == "insert")
    assert "insurers;" in inserted
    assert "courts" not in inserted
    assert not any(reason.code.startswith("number") for reason in change.reasons)


def test_an_insertion_begins_where_its_sentence_begins() -> None:
    old = "## A\n\nWe keep it. We care.\n"
    [change] = changes(old, old.replace("We care.", "We share it. We care."))
    assert [one.new.strip() for one in change.hunks if one.op == "insert"] == ["We share it."]


def test_a_text_that_appears_is_added_section_by_section() -> None:
    found = compare(None, parse(policy(ONE, TWO)), "en")
    assert [change.kinds for change in found] == [(Kind.ADDED,)] * 2
    assert {reason.code for change in found for reason in change.reasons} == {"text-added"}
