"""The redline of a section: hunks of words that rebuild the text of both sides exactly.

Blocks (paragraphs, list items) that did not change are aligned first, words only inside the rest. The unit of
alignment is a word with the blank before it; blanks weigh nothing in the alignment, and where they alone differ
they get a hunk of their own.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from policyver.diffing.sequences import Opcode, align
from policyver.diffing.sliding import slide
from policyver.document.words import block_words, count_words
from policyver.model import Hunk, Place, join_blocks, separator


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text as words: `keys` are compared, `pieces` stand for them, each a word as shown with the blank before it.

    Key and word differ for the numbers of list items: one number is as good as another, so that an item that is
    put in between does not look like a change of those after it.
    """

    keys: tuple[str, ...]
    pieces: tuple[str, ...]

    def text(self, start: int, end: int) -> str:
        return "".join(self.pieces[start:end])


_NUMBER_START, _NUMBER_END = re.compile(r"\s*\d"), re.compile(r"\d\s*\Z")
_ITEM_NUMBER = re.compile(r"( *)(\d{1,9}[.)])(?= )")
_ANY_NUMBER = "\0"


@lru_cache(maxsize=256)
def _block_tokens(block: str) -> Tokens:
    keys: list[str] = []
    pieces: list[str] = []
    blank = ""
    item = _ITEM_NUMBER.match(block)
    if item:
        keys.append(_ANY_NUMBER)
        pieces.append(item.group())
        block = block[item.end() :]
    for word in block_words(block):
        if word.isspace():
            blank += word
            continue
        keys.append(word)
        pieces.append(blank + word)
        blank = ""
    if blank and keys:
        keys.append("")
        pieces.append(blank)
    return Tokens(tuple(keys), tuple(pieces))


def tokens_of(blocks: Sequence[str], before: str | None = None) -> Tokens:
    """The words of `blocks` joined as the model joins them; `before` is the block that stands ahead of them."""
    if len(blocks) == 1 and before is None:
        return _block_tokens(blocks[0])
    keys: list[str] = []
    pieces: list[str] = []
    for block in blocks:
        tokens = _block_tokens(block)
        if not tokens.keys:
            continue
        start = len(pieces)
        keys.extend(tokens.keys)
        pieces.extend(tokens.pieces)
        if before is not None:
            pieces[start] = separator(before, block) + pieces[start]
        before = block
    return Tokens(tuple(keys), tuple(pieces))


def paired(olds: Sequence[str], news: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pieces with the same keys as texts: runs that are the same; blank and word apart where they are not."""
    differing = (at for at, (old, new) in enumerate(zip(olds, news, strict=True)) if old != new)
    start = 0
    for index in () if olds == news else differing:
        if start < index:
            yield (text := "".join(news[start:index])), text
        yield from zip(apart(olds[index]), apart(news[index]), strict=True)
        start = index + 1
    if start < len(news):
        yield (text := "".join(news[start:])), text


def apart(piece: str) -> tuple[str, str]:
    """The blank of a piece, and its word."""
    word = piece.lstrip()
    return piece[: len(piece) - len(word)], word


@dataclass(frozen=True, slots=True)
class Moves:
    """Blocks that left one section and entered another: where to, and where from."""

    to: Mapping[str, Place]
    source: Mapping[str, Place]


NO_MOVES = Moves({}, {})


def redline(old: Sequence[str], new: Sequence[str], moves: Moves = NO_MOVES) -> tuple[Hunk, ...]:
    """Hunks between two lists of canonical blocks. Their old (new) sides joined give the old (new) text."""
    hunks = _Hunks()
    for op, i1, i2, j1, j2 in align(old, new):
        if op == "equal":
            hunks.same_blocks(old[i1:i2], old[i1 - 1] if i1 else None, new[j1 - 1] if j1 else None)
            continue
        old_part = tokens_of(old[i1:i2], old[i1 - 1] if i1 else None)
        new_part = tokens_of(new[j1:j2], new[j1 - 1] if j1 else None)
        left, entered = _moved(old[i1:i2], moves.to), _moved(new[j1:j2], moves.source)
        if left or entered:
            _with_moves(hunks, old[i1:i2], new[j1:j2], old_part, new_part, left, entered)
        else:
            _words(hunks, old_part, new_part, align(old_part.keys, new_part.keys))
    return tidy(hunks.finished())


def _moved(blocks: Sequence[str], places: Mapping[str, Place]) -> dict[int, Place]:
    return {index: places[block] for index, block in enumerate(blocks) if block in places}


def _words(hunks: _Hunks, old: Tokens, new: Tokens, opcodes: Iterable[Opcode]) -> None:
    for op, i1, i2, j1, j2 in opcodes:
        if op == "equal":
            hunks.equal(old, new, i1, i2, j1)
        else:
            hunks.differ(old.text(i1, i2), new.text(j1, j2))


def _with_moves(
    hunks: _Hunks,
    old_blocks: Sequence[str],
    new_blocks: Sequence[str],
    old: Tokens,
    new: Tokens,
    left: Mapping[int, Place],
    entered: Mapping[int, Place],
) -> None:
    """Like `_words`, with each moved block as one piece that equals nothing on the other side."""
    old_keys, old_spans = _with_opaque(old_blocks, left, "old")
    new_keys, new_spans = _with_opaque(new_blocks, entered, "new")
    for op, i1, i2, j1, j2 in align(old_keys, new_keys):
        if op == "equal":
            hunks.equal(old, new, old_spans[i1][0], old_spans[i2 - 1][1], new_spans[j1][0])
            continue
        run_old = run_new = ""
        for spans, tokens, start, end, is_old in ((old_spans, old, i1, i2, True), (new_spans, new, j1, j2, False)):
            for first, last, place in spans[start:end]:
                text = tokens.text(first, last)
                if place is None and is_old:
                    run_old += text
                elif place is None:
                    run_new += text
                elif is_old:
                    hunks.differ(run_old, "")
                    run_old = ""
                    hunks.moved(text, "", place)
                else:
                    hunks.differ(run_old, run_new)
                    run_old = run_new = ""
                    hunks.moved("", text, place)
        hunks.differ(run_old, run_new)


def _with_opaque(
    blocks: Sequence[str], moved: Mapping[int, Place], side: str
) -> tuple[list[Hashable], list[tuple[int, int, Place | None]]]:
    keys: list[Hashable] = []
    spans: list[tuple[int, int, Place | None]] = []
    at = 0
    for index, block in enumerate(blocks):
        block_keys = _block_tokens(block).keys
        if index in moved:
            keys.append((side, index))
            spans.append((at, at + len(block_keys), moved[index]))
        else:
            keys.extend(block_keys)
            spans.extend((at + n, at + n + 1, None) for n in range(len(block_keys)))
        at += len(block_keys)
    return keys, spans


class _Hunks:
    """Collects hunks in order; neighbours of a kind grow together."""

    def __init__(self) -> None:
        self._equal: list[str] = []
        self._old: list[str] = []
        self._new: list[str] = []
        self._done: list[Hunk] = []

    def same_blocks(self, blocks: Sequence[str], old_before: str | None, new_before: str | None) -> None:
        """Blocks that are the same on both sides, and the blocks that stand ahead of them."""
        first = blocks[0]
        old_blank = separator(old_before, first) if old_before is not None else ""
        new_blank = separator(new_before, first) if new_before is not None else ""
        text = join_blocks(blocks)
        if old_blank == new_blank:
            self._add_equal(new_blank + text)
            return
        indent, rest = apart(text)
        self.differ(old_blank + indent, new_blank + indent)
        self._add_equal(rest)

    def equal(self, old: Tokens, new: Tokens, i1: int, i2: int, j1: int) -> None:
        """Words with the same keys; the blanks before them, and the numbers of items, may differ all the same."""
        for before, after in paired(old.pieces[i1:i2], new.pieces[j1 : j1 + i2 - i1]):
            if before == after:
                self._add_equal(after)
            else:
                self.differ(before, after)

    def _add_equal(self, text: str) -> None:
        if text:
            self._end_difference()
            self._equal.append(text)

    def differ(self, old: str, new: str) -> None:
        if old or new:
            self._end_equal()
            self._old.append(old)
            self._new.append(new)

    def moved(self, old: str, new: str, place: Place) -> None:
        self._end_equal()
        self._end_difference()
        self._done.append(Hunk("delete" if old else "insert", old, new, place))

    def _end_equal(self) -> None:
        if self._equal:
            text = "".join(self._equal)
            self._equal = []
            self._done.append(Hunk("equal", text, text))

    def _end_difference(self) -> None:
        old, new = "".join(self._old), "".join(self._new)
        self._old, self._new = [], []
        if old or new:
            self._done.append(hunk(old, new))

    def finished(self) -> list[Hunk]:
        self._end_equal()
        self._end_difference()
        return self._done


def hunk(old: str, new: str) -> Hunk:
    """The hunk that has `old` in place of `new`."""
    if old == new:
        return Hunk("equal", old, new)
    return Hunk("insert" if not old else "delete" if not new else "replace", old, new)


def tidy(hunks: Sequence[Hunk]) -> tuple[Hunk, ...]:
    """Hunks without crumbs: a mark, or one short word, that stayed between two changes joins them.

    A redline that keeps every chance agreement reads as confetti; lawyers' tools join such neighbours too.
    """
    result: list[Hunk] = []
    for index, one in enumerate(hunks):
        after = hunks[index + 1] if index + 1 < len(hunks) else None
        before = result[-1] if result else None
        if (
            one.op == "equal"
            and before is not None
            and after is not None
            and before.moved is None
            and after.moved is None
            and before.op != "equal"
            and _is_crumb(one.new, before, after)
        ):
            result[-1] = hunk(before.old + one.old, before.new + one.new)
            continue
        if before is not None and before.op != "equal" and one.op != "equal" and not before.moved and not one.moved:
            result[-1] = hunk(before.old + one.old, before.new + one.new)
            continue
        result.append(one)
    return slide(list(_blanks_shared(result)))


def _blanks_shared(hunks: Iterable[Hunk]) -> Iterator[Hunk]:
    """Hunks whose common leading blanks stand in an equal hunk before them, as a reader would mark it."""
    equal = ""
    for one in hunks:
        if one.op == "equal":
            equal += one.new
            continue
        if one.op == "replace":
            size = 0
            while size < min(len(one.old), len(one.new)) and one.old[size] == one.new[size] and one.old[size].isspace():
                size += 1
            equal += one.old[:size]
            one = hunk(one.old[size:], one.new[size:])
        if equal:
            yield Hunk("equal", equal, equal)
            equal = ""
        yield one
    if equal:
        yield Hunk("equal", equal, equal)


def _is_crumb(text: str, before: Hunk, after: Hunk) -> bool:
    if len(text) > 16 or "\n" in text:
        return False
    kept = [word for word in text.split() if any(character.isalnum() for character in word)]
    changed = min(len(before.old + before.new), len(after.old + after.new))
    if len(text.strip()) <= 2 and _NUMBER_END.search(before.old) and _NUMBER_END.search(before.new):
        return bool(_NUMBER_START.match(after.old) and _NUMBER_START.match(after.new))  # a date is one thing
    if not kept:
        return before.op == after.op == "replace" or changed >= 4
    return len(kept) == 1 and len(text.strip()) <= 3 and changed >= 3 * len(text) + 6


def count_changed_words(hunks: Iterable[Hunk]) -> tuple[int, int]:
    """Words added and removed by `hunks`."""
    changed = [one for one in hunks if one.op != "equal"]
    return sum(count_words(one.new) for one in changed if one.new), sum(
        count_words(one.old) for one in changed if one.old
    )
