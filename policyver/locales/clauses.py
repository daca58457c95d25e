"""Precedence clauses: which version of a text prevails, as the text itself says.

A clause has a text that wins (named by its language, as the local one, as this one or as the original) and a word
that says that it wins; texts that are *equal*, or *for convenience only*, are clauses too. ``Supplemental terms
prevail over these terms`` is none, since no text in a language wins there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from textwrap import wrap

from policyver.diffing.reading import plain_text
from policyver.locales.folding import fold
from policyver.locales.lexicon import ClauseLexicon, clause_lexicon
from policyver.model import Document, Section

LOCAL, EQUAL, NONE = "local", "equal", "none"
_SENTENCE = re.compile(r"(?<=[.!?।])\s+(?=\S)|(?<=[。！？])|\n+")
_PART = re.compile(r"[,;:،؛，；：()（）]|\s[–—-]\s")
_LONGEST = 1500
"""Characters of a sentence; nobody writes longer ones, and a hostile text must not hold up a CI job."""
_NEAR = 34
"""Characters between the name of a language and what says that a text is meant."""


Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence that says which version prevails."""

    section: Section
    line: int
    text: str
    prevails: str
    """A language tag, ``local``, ``equal`` or ``none`` (a translation for convenience only)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says of precedence. `readable` is False where there is no lexicon for its language: then no
    clause was found because none could be."""

    readable: bool
    clauses: tuple[Clause, ...] = ()

    @property
    def prevails(self) -> tuple[str, ...]:
        """What prevails, in the order of the text; several where its clauses contradict each other.

        That a translation is for convenience only says nothing more where another clause names what prevails.
        """
        said = tuple(dict.fromkeys(clause.prevails for clause in self.clauses))
        return tuple(one for one in said if one != NONE) or said


@dataclass(frozen=True, slots=True)
class _Mention:
    """A text that could prevail: its place in the sentence, and what prevails if it does."""

    start: int
    end: int
    kind: str
    prevails: str


_YIELDING = 60
"""Characters after *over* within which the text that yields is named."""
_NEGATED = 14
"""Characters around a verb within which a negation is its own."""

_RANK = {"language": 0, "local": 1, "this": 2, "original": 3, "translation": 4}


def read_clauses(document: Document, locale: str, source_locale: str = "en") -> Reading:
    """The precedence clauses of a text in the language `locale`. `source_locale` is what *the original* means."""
    lexicon = clause_lexicon(locale)
    if lexicon is None:
        return Reading(readable=False)
    return Reading(readable=True, clauses=tuple(_clauses(document, lexicon, source_locale)))


def _clauses(document: Document, lexicon: ClauseLexicon, source_locale: str) -> Iterator[Clause]:
    for section in document.sections:
        before = ""
        for block in section.blocks:
            if not lexicon.may_be_clause(fold(block)):
                before = block
                continue
            for sentence in sentences(block):
                prevails = prevailing(sentence, lexicon, source_locale, before)
                if prevails is not None:
                    yield Clause(section, section.line, sentence, prevails)
                before = sentence


def sentences(block: str) -> list[str]:
    """The sentences of a canonical block, free of marks; what is far too long for one is cut."""
    found = (one.strip() for one in _SENTENCE.split(plain_text(block)))
    return [piece for one in found if one for piece in ([one] if len(one) <= _LONGEST else wrap(one, _LONGEST))]


@lru_cache(maxsize=8192)
def _prevailing(sentence: str, language: str, source_locale: str, before: str) -> str | None:
    lexicon = clause_lexicon(language)
    return _Sentence(fold(sentence), lexicon, source_locale, fold(before)).prevailing() if lexicon else None


def prevailing(sentence: str, lexicon: ClauseLexicon, source_locale: str = "en", before: str = "") -> str | None:
    """What prevails by one sentence, None where it is no precedence clause. `before` is the sentence before it."""
    return _prevailing(sentence, lexicon.language, source_locale, before)


class _Sentence:
    def __init__(self, text: str, lexicon: ClauseLexicon, source_locale: str, before: str) -> None:
        self.text, self.lexicon, self.before = text, lexicon, before
        self.source_locale = source_locale

    def prevailing(self) -> str | None:
        lexicon, text = self.lexicon, self.text
        strong = lexicon.spans("prevail", text)
        weak = lexicon.spans("applies", text)
        equal, convenience = lexicon.spans("equal", text), lexicon.spans("convenience", text)
        if not (strong or weak or equal or convenience):
            return None
        mentions = self._mentions()
        versions = lexicon.spans("version", text)
        if equal and (versions or _kinds(mentions) & {"local", "language"}):
            return EQUAL
        strong = [span for span in strong if not _touches(span, convenience)]
        strong = [span for span in strong if not self._negated(span)]
        winner = self._winner(mentions, strong, versions, weak=False) if strong else None
        if winner is None and weak and not (convenience and not strong):
            winner = self._winner(mentions, weak, versions, weak=True)
        if winner is not None:
            return winner
        about_text = any(one.kind in ("translation", "this", "language", "local") for one in mentions)
        if convenience and about_text and (lexicon.has("translation", text) or lexicon.has("translation", self.before)):
            return NONE
        return None

    # which texts are mentioned

    def _mentions(self) -> list[_Mention]:
        lexicon, text = self.lexicon, self.text
        law = lexicon.spans("law", text)
        found = [
            _Mention(start, end, "language", tag)
            for start, end, tag in lexicon.languages(text)
            if not any(-2 <= s - end <= 2 or -2 <= start - e <= 2 for s, e in law)
        ]
        found += [_Mention(*span, "local", LOCAL) for span in lexicon.spans("local", text)]
        found += [_Mention(*span, "this", LOCAL) for span in lexicon.spans("this", text)]
        found += [_Mention(*span, "original", self.source_locale) for span in lexicon.spans("original", text)]
        found += [_Mention(*span, "translation", LOCAL) for span in lexicon.spans("translation", text)]
        return self._merged(sorted(found, key=lambda one: (one.start, -one.end)))

    def _merged(self, mentions: Sequence[_Mention]) -> list[_Mention]:
        """Words that name one text together, ``the English original``, made one mention."""
        merged: list[_Mention] = []
        for one in mentions:
            last = merged[-1] if merged else None
            if last is not None and self._names_one_text(last, one):
                kept = min(last, one, key=lambda each: _RANK[each.kind])
                merged[-1] = _Mention(last.start, max(last.end, one.end), kept.kind, kept.prevails)
            else:
                merged.append(one)
        return merged

    def _names_one_text(self, one: _Mention, other: _Mention) -> bool:
        if other.start < one.end:
            return True
        if one.kind == other.kind == "language":
            return False
        between = self.text[one.end : other.start]
        if len(between) > 16 or _PART.search(between):
            return False
        words = between.split()
        if not self.lexicon.words_apart:
            return len(between) <= 3
        if any(self.lexicon.has(category, between) for category in ("prevail", "applies", "conflict", "over")):
            return False
        return len(words) == 0 or (
            len(words) <= 2
            and all(len(word) <= 3 or self.lexicon.has("version", word) for word in words)
            and not self.lexicon.conjunctions & set(words)
        )

    # which of them wins

    def _winner(
        self,
        mentions: Sequence[_Mention],
        verbs: Sequence[Span],
        versions: Sequence[Span],
        *,
        weak: bool,
    ) -> str | None:
        conflict = self.lexicon.spans("conflict", self.text)
        supported = bool(conflict) or self.lexicon.has("conflict", self.before)
        if weak and not (supported and (versions or self.lexicon.has("version", self.before))):
            return None
        named = [one for one in mentions if self._is_text(one, versions, strict=not supported)]
        if not named:
            return None
        for verb in reversed(verbs):
            if weak and conflict and verb[1] <= conflict[0][0] and self.lexicon.words_apart and len(verbs) > 1:
                continue
            chosen = self._chosen(named, verb, conflict)
            if chosen is not None:
                return chosen.prevails
        return None

    def _is_text(self, one: _Mention, versions: Sequence[Span], *, strict: bool) -> bool:
        """Whether a mention is of a text: the name of a language alone may be of people, law or currency."""
        if one.kind != "language" or not strict:
            return True
        return any(start - one.end <= _NEAR and one.start - end <= _NEAR for start, end in versions)

    def _is_solid(self, one: _Mention, part: Span) -> bool:
        """Whether a mention in another part of the sentence can be what the verb is about: a text, said to be one."""
        if one.kind != "language":
            return one.kind != "translation"
        near = self.text[max(part[0], one.start - _NEAR) : min(part[1], one.end + _NEAR)]
        return self.lexicon.has("version", near)

    def _chosen(self, named: Sequence[_Mention], verb: Span, conflict: Sequence[Span]) -> _Mention | None:
        parts = self._parts()
        at = next(index for index, (start, end) in enumerate(parts) if start <= verb[0] <= end)
        here = _within(named, parts[at])
        yielding = [start for start, _ in self.lexicon.spans("over", self.text) if start >= verb[0]]
        if yielding:
            here = [one for one in here if not 0 <= one.start - min(yielding) < _YIELDING]
        if here:
            return self._nearest(here, verb, [span for span in conflict if parts[at][0] <= span[0] < parts[at][1]])
        if not conflict and not self.lexicon.has("conflict", self.before):
            before = _within(named, parts[at - 1]) if at else []
            return next((one for one in before if one.kind == "local"), None)
        if yielding and not any(one.end <= verb[0] for one in named):
            return None
        for index in range(at - 1, -1, -1):
            there = [one for one in _within(named, parts[index]) if self._is_solid(one, parts[index])]
            if there:
                return there[-1]
        for index in range(at + 1, len(parts)):
            there = _within(named, parts[index])
            if there:
                return there[0]
        return None

    def _nearest(self, here: Sequence[_Mention], verb: Span, conflict: Sequence[Span]) -> _Mention:
        """The mention next to the verb, not counting the two that are said to be in conflict."""
        left = list(here)
        if conflict and len(left) > 1:
            place = conflict[0][0]
            beside = [one for one in left if (one.start > verb[0]) == (place > verb[0])]
            if self.lexicon.words_apart and not all(one.end <= place for one in beside[:2]):
                beside.sort(key=lambda one: (one.start < place, abs(one.start - place)))
            for one in beside[:2]:
                if len(left) > 1:
                    left.remove(one)
        solid = [one for one in left if one.kind != "translation"] or left
        return min(solid, key=lambda one: max(verb[0] - one.end, one.start - verb[1], 0))

    def _parts(self) -> list[Span]:
        cuts = [match.start() for match in _PART.finditer(self.text)]
        return list(zip([0, *cuts], [*cuts, len(self.text)], strict=True))

    def _negated(self, verb: Span) -> bool:
        first = max(0, verb[0] - _NEGATED)
        near = self.text[first : verb[1] + _NEGATED]
        spans = self.lexicon.spans("not", near)
        if self.lexicon.negates_after:
            return any(start >= verb[0] - first for start, _ in spans)
        return any(end <= verb[0] - first for _, end in spans)


def _within(mentions: Sequence[_Mention], part: Span) -> list[_Mention]:
    return [one for one in mentions if part[0] <= one.start < part[1]]


def _kinds(mentions: Sequence[_Mention]) -> set[str]:
    return {one.kind for one in mentions}


def _touches(span: Span, others: Sequence[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)
