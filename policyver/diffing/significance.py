"""How much a change weighs, and why: rules over its hunks, each verdict with the words that led to it.

What needs no lexicon (numbers, dates, amounts, links, addresses, punctuation, spelling) is judged in every
language; duties, permissions, negation and the categories of data, purposes, recipients and rights where
`lexicon` knows the language. The heaviest reason gives the verdict.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from policyver.diffing.lexicon import CATEGORIES, Lexicon, Term, lexicon_for
from policyver.diffing.reading import (
    ATTRIBUTES,
    DIGIT,
    EMAIL,
    ITEM_NUMBER,
    LETTER,
    WORD,
    YEAR,
    amounts,
    bare_words,
    dates_in,
    has_addresses,
    host,
    is_typo,
    letters,
    plain_text,
    urls,
    without_addresses,
    without_dates,
)
from policyver.diffing.sequences import SequenceMatcher
from policyver.model import Change, Hunk, Kind, Reason, Significance

_EDITORIAL, _CLARIFYING, _MATERIAL = Significance.EDITORIAL, Significance.CLARIFYING, Significance.MATERIAL
_SHOWN = 60
"""Characters of text that a reason quotes at most."""

_AROUND = 40
_APART = " | "
"""Between hunks: no word and no phrase reaches over it."""

_SUBJECTS = ("data", "purpose", "recipient", "right")
"""Categories that matter where they are new in a section or gone from it, not wherever they are mentioned."""

T = TypeVar("T", bound=Hashable)


def weigh(change: Change, locale: str) -> Change:
    """`change` with its significance and the reasons for it. `locale` is the language tag of the text."""
    reasons = list(dict.fromkeys(_reasons(change, locale)))
    if not reasons:  # every word is where it was
        reasons = [Reason("formatting", _EDITORIAL)]
    reasons.sort(key=lambda reason: -reason.significance.weight)
    return replace(change, significance=reasons[0].significance, reasons=tuple(reasons))


def _reasons(change: Change, locale: str) -> Iterator[Reason]:
    old, new = change.old, change.new
    if old is None or new is None:
        yield from _whole_section(change, locale)
        return
    if Kind.RENAMED in change.kinds:
        yield from _renamed(old.heading, new.heading)
    if Kind.RENUMBERED in change.kinds:
        yield Reason("renumbered", _EDITORIAL, old.number or "", new.number or "")
    if Kind.MOVED in change.kinds:
        yield Reason("moved", _EDITORIAL)
    if Kind.RELEVELLED in change.kinds:
        yield Reason("relevelled", _EDITORIAL, str(old.level), str(new.level))
    if Kind.SPLIT in change.kinds:
        yield Reason("split", _EDITORIAL)
    if Kind.MERGED in change.kinds:
        yield Reason("merged", _EDITORIAL)
    if old.id != new.id:
        yield Reason("anchor-changed", _EDITORIAL, old.id or "", new.id or "")
    hunks = [one for one in change.hunks if one.moved is None or not change.others]
    hunks += [one for part in change.others for one in part.hunks]
    if all(one.op == "equal" for one in hunks):
        return
    whole = (old.text, new.text)
    if change.others:
        further = " ".join(part.section.text for part in change.others)
        whole = (
            (old.text, f"{new.text} {further}") if Kind.SPLIT in change.kinds else (f"{old.text} {further}", new.text)
        )
    yield from _text_reasons(hunks, whole, locale)


def _whole_section(change: Change, locale: str) -> Iterator[Reason]:
    code = "section-added" if change.new else "section-removed"
    section = change.section
    if not any(WORD.search(block) for block in section.blocks):
        yield Reason(code, _CLARIFYING, *_sides(change, section.title))
        return
    if all(one.moved for one in change.hunks):
        yield Reason("text-moved", _EDITORIAL, *_sides(change, section.title))
        return
    yield Reason(code, _MATERIAL, *_sides(change, section.title))
    lexicon = lexicon_for(locale)
    if lexicon is None:
        return
    found: dict[str, list[str]] = {}
    for category, term in lexicon.find(section.text):
        found.setdefault(category, []).append(term)
    for category in _SUBJECTS:
        terms = list(dict.fromkeys(found.get(category, ())))
        if terms:
            suffix = "added" if change.new else "removed"
            yield Reason(f"{category}-{suffix}", _MATERIAL, *_sides(change, _quoted(", ".join(terms[:5]))))


def _sides(change: Change, text: str) -> tuple[str, str]:
    return ("", text) if change.old is None else (text, "")


def _renamed(old: str, new: str) -> Iterator[Reason]:
    if letters(old) == letters(new):
        yield Reason("heading-punctuation", _EDITORIAL, _quoted(old), _quoted(new))
    elif is_typo(old.split(), new.split()):
        yield Reason("heading-spelling", _EDITORIAL, _quoted(old), _quoted(new))
    else:
        yield Reason("heading-changed", _CLARIFYING, _quoted(old), _quoted(new))


def _text_reasons(hunks: Sequence[Hunk], whole: tuple[str, str], locale: str) -> Iterator[Reason]:
    changed = [one for one in hunks if one.op != "equal"]
    if all(one.moved for one in changed):
        yield Reason("text-moved", _EDITORIAL)
        return
    lexicon = lexicon_for(locale)
    told = _APART.join(f"{one.old}{_APART}{one.new}" for one in changed)
    numbered = DIGIT.search(told) is not None
    contexts = [
        (_without_item_numbers(hunks, index) if numbered else one, *_context(hunks, index))
        for index, one in enumerate(hunks)
        if one.op != "equal" and not one.moved
    ]
    if any(not (one.old.strip() or one.new.strip()) for one, _, _ in contexts):
        contexts = [each for each in contexts if each[0].old.strip() or each[0].new.strip()]
        if not contexts:
            yield Reason("layout", _EDITORIAL)
    dated = dict(_dates(contexts, locale))
    yield from dated.values()
    if dated:
        contexts = [_without_dates(each, locale) if index in dated else each for index, each in enumerate(contexts)]
        contexts = [each for each in contexts if each[0].old.split() != each[0].new.split()]
    yield from _numbers(contexts, lexicon)
    if has_addresses(told):
        yield from _links(contexts)
    if lexicon is not None:
        yield from _terms(contexts, whole, lexicon)
    yield from _wording(contexts, covered=lexicon is not None)
    if any(one.moved for one in changed):
        yield Reason("text-moved", _EDITORIAL)


def _without_item_numbers(hunks: Sequence[Hunk], index: int) -> Hunk:
    """A hunk less the numbers of list items: those count themselves."""
    one = hunks[index]
    if not ITEM_NUMBER.search(one.old) and not ITEM_NUMBER.search(one.new):
        return one
    before = hunks[index - 1].new if index else "\n"
    mark = "\n" if before.endswith("\n") else "\0"
    old, new = (ITEM_NUMBER.sub("\n", mark + text)[1:] for text in (one.old, one.new))
    return replace(one, old=old, new=new)


def _context(hunks: Sequence[Hunk], index: int) -> tuple[str, str]:
    """The unchanged text before a hunk and after it, as far as it can belong to a date or a phrase."""
    before = hunks[index - 1].new if index and hunks[index - 1].op == "equal" else ""
    after = hunks[index + 1].new if index + 1 < len(hunks) and hunks[index + 1].op == "equal" else ""
    return before[-_AROUND:], after[:_AROUND]


def _may_be_of_date(one: Hunk) -> bool:
    """Whether a hunk has a digit, or is short enough to be the name of a month."""
    return max(len(one.old), len(one.new)) <= 24 or bool(DIGIT.search(one.old) or DIGIT.search(one.new))


Context = tuple[Hunk, str, str]


def _dates(contexts: Sequence[Context], locale: str) -> Iterator[tuple[int, Reason]]:
    """Dates that changed, in a hunk or around it (``May 4`` -> ``June 4``), with the index of the hunk."""
    for index, (one, before, after) in enumerate(contexts):
        if not _may_be_of_date(one) or not YEAR.search(before + one.old + one.new + after):
            continue
        old, new = without_addresses(one.old), without_addresses(one.new)
        olds, news = (dates_in(before + text + after, locale) for text in (old, new))
        gone, come = _difference(olds, news)
        if gone or come:
            code = "date-changed" if gone and come else "date-removed" if gone else "date-added"
            quoted = (_quoted(", ".join(dict.fromkeys(days))) for days in (gone, come))
            yield index, Reason(code, _MATERIAL, *quoted)


def _without_dates(context: Context, locale: str) -> Context:
    """A hunk less the dates in it or reaching into it, which have a reason of their own."""
    one, before, after = context
    old, new = (without_dates(before, text, after, locale) for text in (one.old, one.new))
    return replace(one, old=old, new=new), before, after


def _numbers(contexts: Sequence[Context], lexicon: Lexicon | None) -> Iterator[Reason]:
    loose_old: list[str] = []
    loose_new: list[str] = []
    told = _APART.join(f"{one.old}{_APART}{one.new}" for one, _, _ in contexts)
    numerals = lexicon is not None and bool(lexicon.number_words(told))
    if not numerals and not DIGIT.search(told):
        return
    for one, before, after in contexts:
        if not numerals and not DIGIT.search(one.old) and not DIGIT.search(one.new):
            continue
        old, new = without_addresses(one.old), without_addresses(one.new)
        olds = list(amounts(old, before, after, lexicon))
        news = list(amounts(new, before, after, lexicon))
        if olds and news:
            if olds != news:
                yield from _paired_numbers(olds, news)
        else:
            loose_old += olds
            loose_new += news
    gone, come = _difference(loose_old, loose_new)
    for number in gone:
        yield Reason("number-removed", _MATERIAL, number, "")
    for number in come:
        yield Reason("number-added", _MATERIAL, "", number)


def _paired_numbers(olds: list[str], news: list[str]) -> Iterator[Reason]:
    for op, i1, i2, j1, j2 in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        if op != "equal":
            old, new = ", ".join(olds[i1:i2]), ", ".join(news[j1:j2])
            code = "number-changed" if old and new else "number-removed" if old else "number-added"
            code = code.replace("number", "amount") if re.search(r"[$€£¥₹]|eur|usd", old + new, re.IGNORECASE) else code
            yield Reason(code, _MATERIAL, _quoted(old), _quoted(new))


def _links(contexts: Sequence[Context]) -> Iterator[Reason]:
    for find, judge in (
        (urls, _link_reason),
        (EMAIL.findall, _address_reason),
        (ATTRIBUTES.findall, _anchor_reason),
    ):
        olds = [found for one, _, _ in contexts for found in find(one.old)]
        news = [found for one, _, _ in contexts for found in find(one.new)]
        gone, come = _difference(olds, news)
        for index in range(max(len(gone), len(come))):
            yield judge(gone[index] if index < len(gone) else "", come[index] if index < len(come) else "")


def _link_reason(old: str, new: str) -> Reason:
    if old and new and host(old) == host(new):
        return Reason("link-repaired", _EDITORIAL, _quoted(old), _quoted(new))
    code = "link-changed" if old and new else "link-removed" if old else "link-added"
    return Reason(code, _CLARIFYING, _quoted(old), _quoted(new))


def _address_reason(old: str, new: str) -> Reason:
    code = "address-changed" if old and new else "address-removed" if old else "address-added"
    return Reason(code, _CLARIFYING, _quoted(old), _quoted(new))


def _anchor_reason(old: str, new: str) -> Reason:
    return Reason("anchor-changed", _EDITORIAL, _quoted(old), _quoted(new))


def _terms(contexts: Sequence[Context], whole: tuple[str, str], lexicon: Lexicon) -> Iterator[Reason]:
    around = [(" ".join(before.split()[-2:]), " ".join(after.split()[:2])) for _, before, after in contexts]
    olds = _terms_of([one.old for one, _, _ in contexts], around, lexicon)
    news = _terms_of([one.new for one, _, _ in contexts], around, lexicon)
    gone, come = _difference(olds, news)
    if not gone and not come:
        return
    old, new = (text.casefold() for text in whole)
    for category in CATEGORIES:
        left = _of(category, gone, new if category in _SUBJECTS else "")
        entered = _of(category, come, old if category in _SUBJECTS else "")
        if left or entered:
            suffix = "changed" if left and entered else "removed" if left else "added"
            yield Reason(
                f"{category}-{suffix}", _MATERIAL, _quoted(", ".join(left[:5])), _quoted(", ".join(entered[:5]))
            )


def _terms_of(texts: Sequence[str], around: Sequence[tuple[str, str]], lexicon: Lexicon) -> list[Term]:
    """The terms in the hunks of one side. The words around a hunk make phrases whole; they count in neither side."""
    told = [f"{before} {plain_text(text)} {after}" for text, (before, after) in zip(texts, around, strict=True) if text]
    terms = lexicon.find(_APART.join(told))
    if not terms:
        return []
    beside = [f"{before} {after}" for text, (before, after) in zip(texts, around, strict=True) if text]
    return _difference(terms, lexicon.find(_APART.join(beside)))[0]


def _of(category: str, terms: Sequence[Term], elsewhere: str) -> list[str]:
    """The terms of a category, each once, that the text `elsewhere` does not have."""
    return list(dict.fromkeys(term for name, term in terms if name == category and term not in elsewhere))


def _wording(contexts: Sequence[Context], *, covered: bool) -> Iterator[Reason]:
    """Formatting, punctuation, spelling, or other words, each shown by the longest hunk that has it."""
    longest: dict[str, tuple[int, Hunk]] = {}
    for one, _, _ in contexts:
        code = _way_of_wording(one)
        size = len(one.old) + len(one.new)
        if code and (code not in longest or size > longest[code][0]):
            longest[code] = size, one
    for code, (_, one) in longest.items():
        if code == "formatting":
            yield Reason(code, _EDITORIAL)
        elif code == "wording":
            quoted = (_quoted(plain_text(text).strip()) for text in (one.old, one.new))
            yield Reason(code if covered else "wording-unread", _CLARIFYING, *quoted)
        else:
            quoted = (_quoted(plain_text(without_addresses(text)).strip()) for text in (one.old, one.new))
            yield Reason(code, _EDITORIAL, *quoted)


def _way_of_wording(one: Hunk) -> str | None:
    """How the words of a hunk differ; None where what differs has a reason of its own, as addresses and numbers."""
    old, new = without_addresses(one.old), without_addresses(one.new)
    unlinked = len(old) + len(new) == len(one.old) + len(one.new)
    old, new = plain_text(old), plain_text(new)
    if old.split() == new.split():
        return "formatting" if unlinked else None
    old_letters, new_letters = letters(old), letters(new)
    if old_letters == new_letters:
        return "punctuation"
    if is_typo(bare_words(old), bare_words(new)):
        return "spelling"
    return "wording" if LETTER.search(old) or LETTER.search(new) else None


def _difference(olds: Sequence[T], news: Sequence[T]) -> tuple[list[T], list[T]]:
    """What one list has more of than the other, and the other than it; equal elements together."""
    if olds == news:
        return [], []
    one, other = Counter(olds), Counter(news)
    return list((one - other).elements()), list((other - one).elements())


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= _SHOWN:
        return text
    cut = text[: _SHOWN - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > _SHOWN // 2 else cut) + "…"
