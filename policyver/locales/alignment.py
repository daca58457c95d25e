"""Sections of a local text <-> sections of its source, across languages.

What survives translation decides: ids first, wherever they stand; then numbers, links, addresses, names, the shape
of lists, and lengths after W. A. Gale and K. W. Church, *A Program for Aligning Sentences in Bilingual Corpora*
(Computational Linguistics 19, 1993), in the order of the text, by dynamic programming over what the ids leave.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from math import log

from policyver.diffing.reading import EMAIL, plain_text, urls, with_ascii_digits, without_addresses
from policyver.diffing.sequences import longest_increasing
from policyver.locales.links import plain_target
from policyver.model import Document, Section

_LEAST = 0.5
"""Two sections that fit less well than this are no pair, even where nothing else is left for either."""
_NAME = re.compile(r"[^\W_]{3,}")
_FIGURE = re.compile(r"\d+")
_ITEM = re.compile(r" *(?:-|\d{1,9}[.)]) ")
_ROMAN = re.compile(r"[IVXLC]+")


@dataclass(frozen=True, slots=True)
class Pair:
    """A section of the source and its counterpart, by their places in the two documents."""

    source: int
    local: int
    confidence: float
    """0 to 1: 1.0 for a common id, else how well what survives translation agrees."""
    evidence: tuple[str, ...]
    """What speaks for the pair, in words."""


@dataclass(frozen=True)
class Alignment:
    """The pairs in the order of the source, and what has no counterpart on either side."""

    pairs: tuple[Pair, ...]
    missing: tuple[int, ...]
    """Sections of the source that the local text does not have."""
    local_only: tuple[int, ...]

    @cached_property
    def local_of(self) -> dict[int, int]:
        return {pair.source: pair.local for pair in self.pairs}

    @property
    def in_other_order(self) -> tuple[Pair, ...]:
        """The smallest set of pairs that explains why the local text has another order."""
        kept = set(longest_increasing([pair.local for pair in self.pairs]))
        return tuple(pair for index, pair in enumerate(self.pairs) if index not in kept)


def align(source: Document, local: Document) -> Alignment:
    """The alignment of a local text with its source."""
    ours, theirs = _features(source), _features(local)
    scale = (sum(one.length for one in theirs) or 1) / (sum(one.length for one in ours) or 1)
    rare = _rarity(ours, theirs)
    found = {i: Pair(i, j, 1.0, (f"id {ours[i].id}",)) for i, j in _by_id(ours, theirs)}
    taken = {pair.local for pair in found.values()}
    for sources, locals_ in _gaps(ours, theirs, found, taken):
        for i, j, score in _in_order(ours, theirs, sources, locals_, scale, rare):
            found[i] = Pair(i, j, round(min(score, 0.99), 2), tuple(_evidence(ours[i], theirs[j])))
            taken.add(j)
    return Alignment(
        tuple(found[i] for i in sorted(found)),
        tuple(i for i in range(len(ours)) if i not in found),
        tuple(j for j in range(len(theirs)) if j not in taken),
    )


# what survives translation


@dataclass(frozen=True)
class _Features:
    id: str | None
    number: str | None
    level: int
    length: int
    figures: Counter[str]
    links: Counter[str]
    names: frozenset[str]
    blocks: int
    items: int
    title: str


def _features(document: Document) -> list[_Features]:
    return [_features_of(section) for section in document.sections]


@lru_cache(maxsize=8192)
def _features_of(section: Section) -> _Features:
    text = section.text
    links = Counter(plain_target(url) for url in urls(text))
    links.update(EMAIL.findall(text))
    words = plain_text(without_addresses(text))
    figures = Counter(_FIGURE.findall(with_ascii_digits(words)))
    return _Features(
        section.id,
        plain_number(section.number),
        section.level,
        _weighted_length(words) + _weighted_length(section.heading),
        figures,
        links,
        frozenset(word.casefold() for word in _NAME.findall(words + " " + section.heading)),
        len(section.blocks),
        sum(_ITEM.match(block) is not None for block in section.blocks),
        section.title,
    )


def _weighted_length(text: str) -> int:
    """Characters; an ideograph, kana or Hangul syllable says as much as some letters."""
    return len(text) + (0 if text.isascii() else 2 * sum(character > "\u2e80" for character in text))


@lru_cache(maxsize=2048)
def plain_number(number: str | None) -> str | None:
    """A section number free of its language: ``§ 5``, ``Article 5`` and ``第5条`` are ``5``, ``IV`` is ``4``."""
    if number is None:
        return None
    figures = _FIGURE.findall(with_ascii_digits(number))
    if figures:
        return ".".join(str(int(figure)) for figure in figures)
    roman = _ROMAN.search(number)
    if roman and number.endswith(roman.group()):
        return str(_roman_value(roman.group()))
    return number.strip("()").casefold()


def _roman_value(numeral: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[letter] for letter in numeral]
    return sum(-one if one < following else one for one, following in zip(values, [*values[1:], 0], strict=True))


def _rarity(*sides: Sequence[_Features]) -> dict[str, float]:
    """How much a shared word says: the less, the more sections have it."""
    shared = frozenset.intersection(*(frozenset().union(*(one.names for one in side)) for side in sides))
    counts = Counter(word for side in sides for one in side for word in one.names if word in shared)
    return {word: 1 / (count * count) for word, count in counts.items()}


def _score(one: _Features, other: _Features, scale: float, rare: dict[str, float]) -> float:
    """How well two sections fit, 0 to about 1: a mean over what either of them has."""
    if (one.level == 0) != (other.level == 0):
        return 0.0
    total = weight = 0.0
    both, either = bool(one.number and other.number), bool(one.number or other.number)
    for share, of in (
        (_overlap(one.links, other.links), 2.0 if one.links or other.links else 0.0),
        (_overlap(one.figures, other.figures), 1.6 if one.figures or other.figures else 0.0),
        (_shared_names(one, other, rare), 1.4),
        (_length_fit(one.length * scale, other.length), 2.2),
        (_near(one.blocks, other.blocks), 0.9),
        (_near(one.items, other.items), 0.7 if one.items or other.items else 0.0),
        (float(one.level == other.level), 0.8),
        (float(one.number == other.number), 1.6 if both else 0.5 * either),
    ):
        total += share * of
        weight += of
    score = total / weight
    if one.id and other.id and one.id != other.id:
        score -= 0.1
    return score


def _overlap(one: Counter[str], other: Counter[str]) -> float:
    size = one.total() + other.total()
    return 2 * sum(min(count, other[key]) for key, count in one.items() if key in other) / size if size else 0.0


def _shared_names(one: _Features, other: _Features, rare: dict[str, float]) -> float:
    common = sum(rare.get(word, 0.0) for word in one.names & other.names)
    return min(1.0, 2.5 * common)


def _length_fit(expected: float, length: int) -> float:
    """1.0 for the length that the two texts as wholes let expect (Gale and Church), less the further from it."""
    return max(0.0, 1.0 - abs(log((length + 12) / (expected + 12))))


def _near(one: int, other: int) -> float:
    return 1.0 - abs(one - other) / max(one, other, 1)


def _evidence(one: _Features, other: _Features) -> Iterator[str]:
    if one.number and one.number == other.number:
        yield f"number {one.number}"
    for name, ours, theirs in (("link", one.links, other.links), ("figure", one.figures, other.figures)):
        count = (ours & theirs).total()
        if count:
            yield f"{count} common {name}{'s' * (count > 1)}"
    if one.items and one.items == other.items:
        yield f"a list of {one.items}"
    yield "order and length"


# who goes with whom


def _by_id(ours: Sequence[_Features], theirs: Sequence[_Features]) -> Iterator[tuple[int, int]]:
    """Pairs with an id that both sides have once."""
    here, there = (Counter(one.id for one in side if one.id) for side in (ours, theirs))
    places = {one.id: index for index, one in enumerate(theirs)}
    for index, one in enumerate(ours):
        if one.id and here[one.id] == there[one.id] == 1:
            yield index, places[one.id]


def _gaps(
    ours: Sequence[_Features], theirs: Sequence[_Features], found: dict[int, Pair], taken: set[int]
) -> list[tuple[list[int], list[int]]]:
    """Stretches between the paired sections that keep their order; within each the rest is aligned."""
    pairs = sorted((pair.source, pair.local) for pair in found.values())
    kept = longest_increasing([j for _, j in pairs])
    fixed = [(-1, -1), *(pairs[index] for index in kept), (len(ours), len(theirs))]
    return [
        (
            [i for i in range(before[0] + 1, after[0]) if i not in found],
            [j for j in range(before[1] + 1, after[1]) if j not in taken],
        )
        for before, after in pairwise(fixed)
    ]


def _in_order(
    ours: Sequence[_Features],
    theirs: Sequence[_Features],
    sources: Sequence[int],
    locals_: Sequence[int],
    scale: float,
    rare: dict[str, float],
) -> Iterator[tuple[int, int, float]]:
    """The best pairs in order: dynamic programming over what each pair gains above `_LEAST`."""
    if not sources or not locals_:
        return
    rows, columns = len(sources), len(locals_)
    band = _Band(rows, columns)
    scores: dict[tuple[int, int], float] = {}
    for row in range(rows - 1, -1, -1):
        for column in band.columns_of(row):
            score = _score(ours[sources[row]], theirs[locals_[column]], scale, rare)
            # Two texts of one shape are translations place by place unless the content objects.
            score += 0.04 if row - column == 0 or rows - row == columns - column else 0.0
            scores[row, column] = score
            paired = band.best(row + 1, column + 1) + score - _LEAST
            band.put(row, column, max(band.best(row + 1, column), band.best(row, column + 1), paired))
    row = column = 0
    while row < rows and column < columns:
        score, here = scores.get((row, column), 0.0), band.best(row, column)
        if score > _LEAST and here == band.best(row + 1, column + 1) + score - _LEAST:
            yield sources[row], locals_[column], score
            row, column = row + 1, column + 1
        elif here == band.best(row + 1, column):
            row += 1
        else:
            column += 1


class _Band:
    """What the best pairs from a row and column on gain, kept only near the diagonal: a section that moved further
    is found by its id or not at all, and thousands of sections cost no more than their number."""

    def __init__(self, rows: int, columns: int) -> None:
        self._rows, self._columns = rows, columns
        self._width = max(24, abs(rows - columns) + 12) if max(rows, columns) <= 400 else 24
        self._values: list[list[float]] = [[] for _ in range(rows)]

    def _first(self, row: int) -> int:
        return max(0, row * self._columns // self._rows - self._width)

    def columns_of(self, row: int) -> range:
        """The columns of a row within the band, last to first."""
        last = min(self._columns - 1, row * self._columns // self._rows + self._width)
        self._values[row] = [0.0] * (last + 1 - self._first(row))
        return range(last, self._first(row) - 1, -1)

    def put(self, row: int, column: int, value: float) -> None:
        self._values[row][column - self._first(row)] = value

    def best(self, row: int, column: int) -> float:
        """0 past the ends; before the band what stands at its beginning, after it nothing."""
        if row >= self._rows or column >= self._columns:
            return 0.0
        values, place = self._values[row], max(0, column - self._first(row))
        return values[place] if place < len(values) else 0.0
