"""Aligning two sequences, never in quadratic time.

`difflib`'s longest-block alignment reads best, but its cost grows with the number of equal pairs. Where that
number is large the sequences are first cut at anchors, runs of elements that occur once on each side, taken in
the longest order common to both (patience diff, after Bram Cohen); what has no anchor and too many equal pairs
is replaced as a whole.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from operator import lt

try:
    from cydifflib import SequenceMatcher  # the same algorithm and interface in C
except ImportError:  # no wheel for this platform
    from difflib import SequenceMatcher

__all__ = ["Opcode", "SequenceMatcher", "align", "longest_increasing"]

Opcode = tuple[str, int, int, int, int]
"""``(op, i1, i2, j1, j2)`` as in `difflib.SequenceMatcher.get_opcodes`."""

_PAIRS = 200_000
"""Equal pairs up to which `difflib` aligns directly: some hundredths of a second."""


def longest_increasing(values: Sequence[int]) -> list[int]:
    """Indices of a longest strictly increasing subsequence of `values` (patience sorting, O(n log n))."""
    if all(map(lt, values, values[1:])):
        return list(range(len(values)))
    tails: list[int] = []
    tail_at: list[int] = []
    before: list[int] = []
    for index, value in enumerate(values):
        place = bisect_left(tails, value)
        before.append(tail_at[place - 1] if place else -1)
        if place == len(tails):
            tails.append(value)
            tail_at.append(index)
        else:
            tails[place] = value
            tail_at[place] = index
    result: list[int] = []
    at = tail_at[-1] if tail_at else -1
    while at >= 0:
        result.append(at)
        at = before[at]
    return result[::-1]


def align(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Opcode]:
    """Opcodes that turn `a` into `b`, in order, neighbouring opcodes of a kind joined."""
    return list(_joined(_matches(a, b), len(a), len(b)))


def _joined(matches: Iterator[tuple[int, int, int]], a_end: int, b_end: int) -> Iterator[Opcode]:
    i = j = 0
    equal_i = equal_j = equal = 0
    for match_i, match_j, size in matches:
        if equal and match_i == equal_i + equal and match_j == equal_j + equal:
            equal += size
            continue
        if equal:
            yield ("equal", equal_i, equal_i + equal, equal_j, equal_j + equal)
            i, j = equal_i + equal, equal_j + equal
        if i < match_i or j < match_j:
            yield (_op(i, match_i, j, match_j), i, match_i, j, match_j)
        equal_i, equal_j, equal = match_i, match_j, size
    if equal:
        yield ("equal", equal_i, equal_i + equal, equal_j, equal_j + equal)
        i, j = equal_i + equal, equal_j + equal
    if i < a_end or j < b_end:
        yield (_op(i, a_end, j, b_end), i, a_end, j, b_end)


def _op(i1: int, i2: int, j1: int, j2: int) -> str:
    return "insert" if i1 == i2 else "delete" if j1 == j2 else "replace"


def _matches(a: Sequence[Hashable], b: Sequence[Hashable]) -> Iterator[tuple[int, int, int]]:
    """Matching runs ``(i, j, size)``, increasing in both."""
    start = 0
    shorter = min(len(a), len(b))
    while start < shorter and a[start] == b[start]:
        start += 1
    end = 0
    while end < shorter - start and a[len(a) - 1 - end] == b[len(b) - 1 - end]:
        end += 1
    if start:
        yield 0, 0, start
    yield from _inner(a, b, start, len(a) - end, start, len(b) - end)
    if end:
        yield len(a) - end, len(b) - end, end


def _inner(
    a: Sequence[Hashable], b: Sequence[Hashable], i1: int, i2: int, j1: int, j2: int
) -> Iterator[tuple[int, int, int]]:
    if i1 == i2 or j1 == j2:
        return
    part_a, part_b = a[i1:i2], b[j1:j2]
    if len(part_a) * len(part_b) <= _PAIRS or _equal_pairs(part_a, part_b) <= _PAIRS:
        for i, j, size in SequenceMatcher(None, part_a, part_b, autojunk=False).get_matching_blocks():
            if size:
                yield i1 + i, j1 + j, size
        return
    anchors = _anchors(part_a, part_b)
    if not anchors:
        return
    at_i, at_j = i1, j1
    for i, j, size in [*((i1 + i, j1 + j, size) for i, j, size in anchors), (i2, j2, 0)]:
        if i < at_i or j < at_j:
            skip = max(at_i - i, at_j - j)
            i, j, size = i + skip, j + skip, size - skip
            if size <= 0:
                continue
        yield from _inner(a, b, at_i, i, at_j, j)
        if size:
            yield i, j, size
        at_i, at_j = i + size, j + size


def _equal_pairs(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    in_b = Counter(b)
    return sum(in_b[one] for one in a)


def _anchors(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """Runs of 1, 2, 4 or 8 elements that occur once in each sequence, in the longest order common to both."""
    for size in (1, 2, 4, 8):
        once_a, once_b = _once(a, size), _once(b, size)
        common = [(i, once_b[run]) for run, i in once_a.items() if run in once_b]
        kept = [common[index] for index in longest_increasing([j for _, j in common])]
        if kept:
            return [(i, j, size) for i, j in kept]
    return []


def _once(sequence: Sequence[Hashable], size: int) -> dict[Hashable, int]:
    """Runs of `size` that occur once, with their places, in order."""
    runs: list[Hashable] = (
        list(sequence) if size == 1 else list(zip(*(sequence[n:] for n in range(size)), strict=False))
    )
    counts = Counter(runs)
    return {run: place for place, run in enumerate(runs) if counts[run] == 1}
