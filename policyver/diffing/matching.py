"""Which section of the new version is which section of the old one.

Explicit ids decide. Then equal text; then heading, content and place weighed together, the best pairs first;
numbers only break ties (DESIGN §4). What is left over is looked for inside the sections that lost or gained
text: a split or a merge. Only then is a section removed or added.

Every step is near-linear: candidates come from an index of the words that few sections have.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from math import sqrt

from policyver.diffing.sequences import SequenceMatcher
from policyver.document.words import folded_words
from policyver.model import Section

_CONFIDENT = 0.5
_ENOUGH = 0.32
_CONTAINED_NEARBY = 0.5
_CONTAINED_ANYWHERE = 0.66
_NEAR = 0.7
_CANDIDATES = 8
_COMMON = 24
"""A word in more sections than this says little about which section it is."""


@dataclass(slots=True)
class Matching:
    """Pairs of section indices, and the further sections of splits and merges."""

    new_of: dict[int, int] = field(default_factory=dict)
    old_of: dict[int, int] = field(default_factory=dict)
    splits: dict[int, list[int]] = field(default_factory=dict)
    """Old section -> new sections, its match excluded, that took over a part of its text."""
    merges: dict[int, list[int]] = field(default_factory=dict)
    """New section -> old sections, its match excluded, whose text it took over."""
    old_rest: range = range(0)
    new_rest: range = range(0)
    """The sections between the beginning and the end that both versions have in common; only they can differ."""

    @property
    def old_loose(self) -> list[int]:
        """The old sections without a match."""
        return [index for index in self.old_rest if index not in self.new_of]

    @property
    def new_loose(self) -> list[int]:
        """The new sections without a match."""
        return [index for index in self.new_rest if index not in self.old_of]

    def pair(self, old: int, new: int) -> None:
        self.new_of[old] = new
        self.old_of[new] = old


def match_sections(old: Sequence[Section], new: Sequence[Section]) -> Matching:
    """Match the sections of two versions of a text."""
    matching = Matching()
    _pair_common_ends(old, new, matching)
    if not matching.old_rest and not matching.new_rest:
        return matching
    _by_key(old, new, matching, lambda one: one.id, unique=True)
    if old and new and old[0].level == 0 == new[0].level and 0 not in matching.new_of and 0 not in matching.old_of:
        matching.pair(0, 0)
    _by_key(old, new, matching, lambda one: (one.heading, one.blocks, one.path))
    _by_key(old, new, matching, lambda one: (one.heading, one.blocks) if one.blocks else None)
    _by_key(old, new, matching, lambda one: one.blocks if _is_substantial(one) else None, unique=True)
    _by_heading_in_place(old, new, matching)
    if len(matching.new_of) < len(old) and len(matching.old_of) < len(new):
        scoring = _Scoring(old, new, matching)
        scoring.pair_best(_CONFIDENT)
        scoring.pair_best(_ENOUGH)
    if len(matching.new_of) < len(old) or len(matching.old_of) < len(new):
        _find_splits_and_merges(old, new, matching)
    return matching


def _pair_common_ends(old: Sequence[Section], new: Sequence[Section], matching: Matching) -> None:
    """Pair the equal sections at the beginning and at the end: most versions change little.

    A section at the end counts only if its parents do, so that what happens to a parent is weighed for it too.
    """
    head = 0
    for one, other in zip(old, new, strict=False):
        if not _same(one, other):
            break
        head += 1
    tail = 0
    most = min(len(old), len(new)) - head
    for one, other in zip(reversed(old), reversed(new), strict=False):
        if tail == most or not _same(one, other):
            break
        tail += 1
    first, shift = len(old) - tail, len(new) - len(old)
    for index in range(first, len(old)):
        parent, found = old[index].parent, new[index + shift].parent
        expected = parent if parent is None or parent < head else parent + shift if parent >= first else -1
        if found != expected:
            first = index + 1
    for same_old, same_new in (
        (range(head), range(head)),
        (range(first, len(old)), range(first + shift, len(new))),
    ):
        matching.new_of.update(zip(same_old, same_new, strict=True))
        matching.old_of.update(zip(same_new, same_old, strict=True))
    matching.old_rest = range(head, first)
    matching.new_rest = range(head, first + shift)


def _same(one: Section, other: Section) -> bool:
    return one is other or (
        one.blocks == other.blocks
        and one.heading == other.heading
        and one.number == other.number
        and one.id == other.id
        and one.level == other.level
    )


def _by_key(
    old: Sequence[Section],
    new: Sequence[Section],
    matching: Matching,
    key: Callable[[Section], Hashable],
    *,
    unique: bool = False,
) -> None:
    """Pair the unmatched sections with the same key, in order; with `unique`, only where each has it once."""
    places = _places(new, matching.new_loose, key)
    found = _places(old, matching.old_loose, key) if places else {}
    for value, olds in found.items():
        news = places.get(value, [])
        if unique and (len(olds) > 1 or len(news) > 1):
            continue
        for pair in zip(olds, news, strict=False):
            matching.pair(*pair)


def _places(
    sections: Sequence[Section], loose: Sequence[int], key: Callable[[Section], Hashable]
) -> dict[Hashable, list[int]]:
    """The unmatched sections that have a key, by it."""
    places: dict[Hashable, list[int]] = {}
    for index in loose:
        value = key(sections[index])
        if value is not None:
            places.setdefault(value, []).append(index)
    return places


def _by_heading_in_place(old: Sequence[Section], new: Sequence[Section], matching: Matching) -> None:
    """Pair sections that keep heading and place, and that no other section could be taken for."""
    if len(matching.new_of) == len(old) or len(matching.old_of) == len(new):
        return
    gaps = _Gaps(old, new, matching)
    loose_old = _once(old, matching.old_loose)
    loose_new = _once(new, matching.new_loose)
    for path, i in loose_old.items():
        j = loose_new.get(path)
        if j is not None and gaps.before[i] < j < gaps.after[i]:
            matching.pair(i, j)


def _once(sections: Sequence[Section], loose: Sequence[int]) -> dict[tuple[str, ...], int]:
    """Paths that one unmatched section has alone."""
    counts = Counter([section.path for section in sections])
    return {
        sections[index].path: index for index in loose if sections[index].heading and counts[sections[index].path] == 1
    }


def _is_substantial(section: Section) -> bool:
    return sum(map(len, section.blocks)) >= 20


def _all_folded(blocks: Iterable[str]) -> Iterator[str]:
    return chain.from_iterable(map(folded_words, blocks))


@lru_cache(maxsize=256)
def bag(blocks: tuple[str, ...]) -> Counter[str]:
    """The words of some blocks with their counts, without regard to case. Remembered, so not to be changed."""
    return Counter(_all_folded(blocks))


class _Scoring:
    """How well the unmatched sections of two versions fit."""

    def __init__(self, old: Sequence[Section], new: Sequence[Section], matching: Matching) -> None:
        self.old, self.new, self.matching = old, new, matching
        self.old_bags = {i: bag(old[i].blocks) for i in matching.old_loose}
        self.new_bags = {j: bag(new[j].blocks) for j in matching.new_loose}
        sections = (*map(old.__getitem__, self.old_bags), *map(new.__getitem__, self.new_bags))
        total = Counter(_all_folded(block for section in sections for block in section.blocks))
        # A word weighs less the more often it stands in the texts at hand: a stop list for any language.
        self.weight = {word: 1 / sqrt(count) for word, count in total.items()}
        self.old_weight = {i: self._weight_of(words) for i, words in self.old_bags.items()}
        self.new_weight = {j: self._weight_of(words) for j, words in self.new_bags.items()}
        self.candidates = self._candidates()

    def _weight_of(self, words: Iterable[str]) -> float:
        return sum(map(self.weight.__getitem__, words))

    def _candidates(self) -> list[tuple[int, int]]:
        postings: dict[str, list[int]] = defaultdict(list)
        headings: dict[str, list[int]] = defaultdict(list)
        for j, words in self.new_bags.items():
            headings[self.new[j].heading.casefold()].append(j)
            for word in words:
                postings[word].append(j)
        pairs: set[tuple[int, int]] = set()
        unmatched_new = sorted(self.new_bags)
        for rank, (i, words) in enumerate(self.old_bags.items()):
            scores: dict[int, float] = defaultdict(float)
            for word in words:
                having = postings.get(word, ())
                if len(having) <= _COMMON or len(unmatched_new) <= _COMMON:
                    for j in having:
                        scores[j] += self.weight[word]
            best = sorted(scores, key=lambda j: (-scores[j], j))[:_CANDIDATES]
            same = headings.get(self.old[i].heading.casefold(), [])
            at = bisect_left(same, i)
            near = unmatched_new[max(0, rank - 2) : rank + 3]
            pairs.update((i, j) for j in (*best, *same[max(0, at - 3) : at + 4], *near))
        return sorted(pairs)

    def pair_best(self, enough: float) -> None:
        """Pair the best candidates first, down to the score `enough`."""
        gaps = _Gaps(self.old, self.new, self.matching)
        scored = []
        for i, j in self.candidates:
            if i in self.matching.new_of or j in self.matching.old_of:
                continue
            score = self._score(i, j, gaps)
            if score >= enough:
                scored.append((-round(score, 6), abs(i - j), i, j))
        for _, _, i, j in sorted(scored):
            if i not in self.matching.new_of and j not in self.matching.old_of:
                self.matching.pair(i, j)

    def _score(self, i: int, j: int, gaps: _Gaps) -> float:
        one, other = self.old[i], self.new[j]
        place = gaps.place(i, j)
        heading = heading_similarity(one.heading, other.heading) if one.heading and other.heading else 0.0
        number = 0.02 if one.number and one.number == other.number else 0.0
        if not self.old_bags[i] and not self.new_bags[j]:
            return 0.55 * heading + 0.2 * place + 0.45 * gaps.shared_children(i, j) + number
        content = self._content(i, j)
        if not self.old_bags[i] or not self.new_bags[j]:
            return 0.45 * heading + 0.1 * place + 0.2 * gaps.shared_children(i, j) + number
        return 0.66 * content + 0.26 * heading + 0.08 * place + number

    def _content(self, i: int, j: int) -> float:
        small, large = self.old_bags[i], self.new_bags[j]
        if len(small) > len(large):
            small, large = large, small
        common = sum([self.weight[word] for word in small if word in large])
        return 2 * common / (self.old_weight[i] + self.new_weight[j]) if common else 0.0


@lru_cache(maxsize=4096)
def heading_similarity(one: str, other: str) -> float:
    """1.0 for the same heading, down to 0.0; typos and other forms of a word count as near."""
    if one == other:
        return 1.0
    one, other = one.casefold(), other.casefold()
    words, others = set(one.split()), set(other.split())
    shared = 2 * len(words & others) / (len(words) + len(others)) if words or others else 0.0
    matcher = SequenceMatcher(None, one[:200], other[:200], autojunk=False)
    near = matcher.real_quick_ratio() >= _NEAR and matcher.quick_ratio() >= _NEAR  # upper bounds, quickly found
    ratio = float(matcher.ratio()) if near else 0.0
    return max(shared, ratio if ratio >= _NEAR else 0.0)


class _Gaps:
    """Place among the sections that are matched already."""

    def __init__(self, old: Sequence[Section], new: Sequence[Section], matching: Matching) -> None:
        self.old, self.new, self.matching = old, new, matching
        self.before: dict[int, int] = {}
        last = matching.new_rest.start - 1
        for i in matching.old_rest:
            self.before[i] = last
            last = matching.new_of.get(i, last)
        self.after: dict[int, int] = {}
        following = matching.new_rest.stop
        for i in reversed(matching.old_rest):
            self.after[i] = following
            following = matching.new_of.get(i, following)

    @cached_property
    def _children(self) -> tuple[Counter[tuple[int, int]], Counter[int]]:
        """How many sections under an old one have their match under a new one, and how many there are under it."""
        shared: Counter[tuple[int, int]] = Counter()
        every: Counter[int] = Counter()
        for i in self.matching.old_rest:
            mine = self.old[i].parent
            if mine is not None:
                every[mine] += 1
                matched = self.matching.new_of.get(i)
                parent = self.new[matched].parent if matched is not None else None
                if parent is not None:
                    shared[mine, parent] += 1
        return shared, every

    def place(self, i: int, j: int) -> float:
        """1.0 where `j` stands between the matches of `i`'s neighbours and under the match of its parent."""
        between = 0.6 if self.before[i] < j < self.after[i] else 0.0
        old_parent, new_parent = self.old[i].parent, self.new[j].parent
        same = new_parent is None if old_parent is None else self.matching.new_of.get(old_parent, -1) == new_parent
        return between + (0.4 if same else 0.0)

    def shared_children(self, i: int, j: int) -> float:
        shared, every = self._children
        return shared[i, j] / every[i] if every[i] else 0.0


def _find_splits_and_merges(old: Sequence[Section], new: Sequence[Section], matching: Matching) -> None:
    # A merge is a split read backwards.
    _find_splits(old, new, matching.new_of, matching.old_of, matching.old_rest, matching.new_rest, matching.splits)
    _find_splits(new, old, matching.old_of, matching.new_of, matching.new_rest, matching.old_rest, matching.merges)
    for one in set(matching.splits) & {matching.old_of[j] for j in matching.merges if j in matching.old_of}:
        del matching.splits[one]


def _find_splits(
    old: Sequence[Section],
    new: Sequence[Section],
    new_of: dict[int, int],
    old_of: dict[int, int],
    old_rest: range,
    new_rest: range,
    splits: dict[int, list[int]],
) -> None:
    """Unmatched sections of `new` most of whose words an old section lost."""
    loose = {j: bag(new[j].blocks) for j in new_rest if j not in old_of}
    loose = {j: words for j, words in loose.items() if len(words) >= 4}
    if not loose:
        return
    lost: dict[int, Counter[str]] = {}
    for i in old_rest:
        j = new_of.get(i)
        if j is not None and old[i].blocks != new[j].blocks:
            left = bag(old[i].blocks) - bag(new[j].blocks)
            if len(left) >= 3:
                lost[i] = left
    if not lost:
        return
    total: Counter[str] = Counter()
    for words in (*lost.values(), *loose.values()):
        total.update(words)
    weight = {word: 1 / sqrt(count) for word, count in total.items()}
    postings: dict[str, list[int]] = defaultdict(list)
    for i, words in lost.items():
        for word in words:
            postings[word].append(i)
    for j, words in loose.items():
        shared: dict[int, float] = defaultdict(float)
        for word, count in words.items():
            having = postings.get(word, ())
            if len(having) <= _COMMON or len(lost) <= _COMMON:
                for i in having:
                    shared[i] += weight[word] * min(count, lost[i][word])
        if not shared:
            continue
        size = sum(weight[word] * count for word, count in words.items())
        best = max(shared, key=lambda i: (shared[i], -abs(new_of[i] - j)))
        nearby = _are_neighbours(new_of[best], j, new, old_of)
        if shared[best] / size >= (_CONTAINED_NEARBY if nearby else _CONTAINED_ANYWHERE):
            splits.setdefault(best, []).append(j)


def _are_neighbours(matched: int, j: int, new: Sequence[Section], old_of: dict[int, int]) -> bool:
    """Whether only unmatched sections stand between two sections."""
    low, high = sorted((matched, j))
    return all(k not in old_of for k in range(low + 1, high)) and high - low < 8
