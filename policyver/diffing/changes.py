"""Two documents -> the changes between them, in reading order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate

from policyver.diffing.matching import Matching, match_sections
from policyver.diffing.redline import NO_MOVES, Moves, count_changed_words, hunk, paired, redline, tidy, tokens_of
from policyver.diffing.sequences import align, longest_increasing
from policyver.diffing.significance import weigh
from policyver.document.words import count_words
from policyver.model import Change, Document, Hunk, Kind, Part, Place, Reason, Section, Significance

_MOVED_WORDS = 6
"""A shorter paragraph that stands elsewhere in the other version may do so by chance."""


def compare(old: Document | None, new: Document | None, locale: str) -> tuple[Change, ...]:
    """The section changes from `old` to `new`, None standing for a text that does not exist.

    `locale` is the language tag of both, for the significance of words. Comparing a document with itself gives
    no change. Changes come in the order of the new document, removed sections where they stood.
    """
    if old is None or new is None:
        return tuple(_whole(old, new))
    comparison = _Comparison(old.sections, new.sections, match_sections(old.sections, new.sections))
    return tuple(weigh(change, locale) for change in comparison.changes())


def _whole(old: Document | None, new: Document | None) -> Iterator[Change]:
    """The sections of a text that appeared or went as a whole."""
    for section in new.sections if new else ():
        hunks = (Hunk("insert", "", section.text),) if section.blocks else ()
        reason = Reason("text-added", Significance.MATERIAL)
        yield replace(
            _change((Kind.ADDED,), None, section, hunks), significance=Significance.MATERIAL, reasons=(reason,)
        )
    for section in old.sections if old else ():
        hunks = (Hunk("delete", section.text, ""),) if section.blocks else ()
        reason = Reason("text-removed", Significance.MATERIAL)
        yield replace(
            _change((Kind.REMOVED,), section, None, hunks), significance=Significance.MATERIAL, reasons=(reason,)
        )


class _Comparison:
    def __init__(self, old: Sequence[Section], new: Sequence[Section], matching: Matching) -> None:
        self.old, self.new, self.matching = old, new, matching
        self.absorbed_new = {j: i for i, js in matching.splits.items() for j in js}
        self.absorbed_old = {i: j for j, is_ in matching.merges.items() for i in is_}
        self.moved = _moved_sections(old, new, matching)
        self.moves = _moved_blocks(old, new, matching)

    def changes(self) -> Iterator[Change]:
        gone = self._gone_before()
        rest = self.matching.new_rest
        for j in range(rest.start, rest.stop + 1):
            for i in gone.get(j, ()):
                yield self._removed(i)
            if j == rest.stop:
                break
            i_or_none = self.matching.old_of.get(j)
            if i_or_none is None:
                if j not in self.absorbed_new:
                    yield self._added(j)
            elif self.old[i_or_none] is not self.new[j] or i_or_none in self.moved:
                change = self._matched(i_or_none, j)
                if change:
                    yield change

    def _gone_before(self) -> dict[int, list[int]]:
        """Removed sections by the new section that they stood before."""
        gone: dict[int, list[int]] = {}
        following = self.matching.new_rest.start
        for i in self.matching.old_rest:
            j = self.matching.new_of.get(i)
            if j is not None:
                following = j + 1
            elif i not in self.absorbed_old:
                gone.setdefault(following, []).append(i)
        return gone

    def _added(self, j: int) -> Change:
        section = self.new[j]
        return _change((Kind.ADDED,), None, section, redline((), section.blocks, self.moves))

    def _removed(self, i: int) -> Change:
        section = self.old[i]
        return _change((Kind.REMOVED,), section, None, redline(section.blocks, (), self.moves))

    def _matched(self, i: int, j: int) -> Change | None:
        old, new = self.old[i], self.new[j]
        kinds = list(self._kinds(i, j))
        if i in self.matching.splits:
            kinds.append(Kind.SPLIT)
            further = [self.new[k] for k in self.matching.splits[i]]
            hunks, others = _split_redline(old, new, further)
            return _change(_unless_only_divided(kinds, hunks, others), old, new, hunks, others)
        if j in self.matching.merges:
            kinds.append(Kind.MERGED)
            further = [self.old[k] for k in self.matching.merges[j]]
            hunks, others = _split_redline(new, old, further)
            others = tuple(Part(part.section, _swapped(part.hunks)) for part in others)
            return _change(_unless_only_divided(kinds, hunks, others), old, new, _swapped(hunks), others)
        if not kinds:
            return None
        if old.blocks == new.blocks:
            hunks = (Hunk("equal", old.text, new.text),) if old.blocks else ()
        else:
            hunks = redline(old.blocks, new.blocks, self.moves)
        return _change(tuple(kinds), old, new, hunks)

    def _kinds(self, i: int, j: int) -> Iterator[Kind]:
        old, new = self.old[i], self.new[j]
        if old.heading != new.heading:
            yield Kind.RENAMED
        if old.number != new.number:
            yield Kind.RENUMBERED
        if old.level != new.level:
            yield Kind.RELEVELLED
        if i in self.moved:
            yield Kind.MOVED
        if old.blocks != new.blocks or old.id != new.id:
            yield Kind.MODIFIED


def _unless_only_divided(kinds: list[Kind], hunks: tuple[Hunk, ...], others: tuple[Part, ...]) -> tuple[Kind, ...]:
    """The kinds of a split or merge: it is `modified` only if words changed as well."""
    told = [one for one in hunks if one.moved is None] + [one for part in others for one in part.hunks]
    changed = any(one.op != "equal" and (one.old + one.new).strip() for one in told)
    return tuple(kind for kind in kinds if changed or kind is not Kind.MODIFIED)


def _change(
    kinds: tuple[Kind, ...],
    old: Section | None,
    new: Section | None,
    hunks: tuple[Hunk, ...],
    others: tuple[Part, ...] = (),
) -> Change:
    told = [one for one in hunks if one.moved is None]
    for part in others:
        told.extend(part.hunks)
    if old is None or new is None:
        section = old or new
        assert section is not None
        moved = sum(count_words(one.old or one.new) for one in hunks if one.moved)
        count = _word_count(section) - moved
        added, removed = (count, 0) if old is None else (0, count)
        return Change(kinds, Significance.EDITORIAL, (), old, new, 0.0, added, removed, hunks, others)
    added, removed = count_changed_words(told)
    total = added + removed
    if total:
        kept = 2 * (_word_count(new) + sum(_word_count(part.section) for part in others) - added)
        kept = max(0, kept if Kind.MERGED not in kinds else 2 * (_word_count(new) - added))
        near = round(kept / (kept + total), 4)
    else:
        near = 1.0
    return Change(kinds, Significance.EDITORIAL, (), old, new, near, added, removed, hunks, others)


def _word_count(section: Section) -> int:
    return sum(map(_block_word_count, section.blocks))


_block_word_count = lru_cache(maxsize=4096)(count_words)


def _moved_sections(old: Sequence[Section], new: Sequence[Section], matching: Matching) -> set[int]:
    """The smallest set of old sections whose moving explains the new order.

    Siblings are compared with siblings, so that a section that moves takes its subsections along. Where the
    level changed, or the enclosing section came, went or changed its own level, another parent is a consequence:
    such a section has moved only if it also left the order of the whole text.
    """
    siblings: dict[tuple[int | None, int | None], list[tuple[int, int]]] = {}
    moved: set[int] = set()
    consequence: list[int] = []
    for i in matching.old_rest:
        j = matching.new_of.get(i)
        if j is None:
            continue
        one, other = old[i], new[j]
        expected = matching.new_of.get(one.parent) if one.parent is not None else None
        if (one.parent is None) == (other.parent is None) and expected == other.parent and one.level and other.level:
            siblings.setdefault((one.parent, other.parent), []).append((i, j))
        elif not one.level or not other.level or _parent_explained(one, other, old, new, matching):
            consequence.append(i)
        else:
            moved.add(i)
    for pairs in siblings.values():
        kept = set(longest_increasing([j for _, j in pairs]))
        moved.update(i for index, (i, _) in enumerate(pairs) if index not in kept)
    if consequence:
        order = [i for i in matching.old_rest if i in matching.new_of and i not in moved]
        kept_at = {order[index] for index in longest_increasing([matching.new_of[i] for i in order])}
        moved.update(i for i in consequence if i not in kept_at)
    return moved


def _parent_explained(
    one: Section, other: Section, old: Sequence[Section], new: Sequence[Section], matching: Matching
) -> bool:
    if one.level != other.level:
        return True
    if one.parent is not None:
        match = matching.new_of.get(one.parent)
        if match is None or new[match].level != old[one.parent].level:
            return True
    if other.parent is not None:
        match = matching.old_of.get(other.parent)
        if match is None or old[match].level != new[other.parent].level:
            return True
    return False


def _moved_blocks(old: Sequence[Section], new: Sequence[Section], matching: Matching) -> Moves:
    """Paragraphs that left one section and stand word for word in another, or elsewhere in their own."""
    left: dict[str, list[int]] = {}
    entered: dict[str, list[int]] = {}
    absorbed_old, absorbed_new = _absorbed(matching.merges), _absorbed(matching.splits)
    special = set(matching.splits) | {matching.old_of[j] for j in matching.merges if j in matching.old_of}
    for i in matching.old_rest:
        section, j = old[i], matching.new_of.get(i)
        if i in special or i in absorbed_old:
            continue
        theirs = new[j].blocks if j is not None else ()
        if section.blocks != theirs:
            _only_in(section.blocks, theirs, left, i)
            if j is not None:
                _only_in(theirs, section.blocks, entered, j)
    for j in matching.new_rest:
        if j not in matching.old_of and j not in absorbed_new:
            _only_in(new[j].blocks, (), entered, j)
    both = {text for text in left.keys() & entered.keys() if len(left[text]) == 1 == len(entered[text])}
    both = {text for text in both if _is_long(text)}
    if not both:
        return NO_MOVES
    return Moves(
        {text: Place(new[entered[text][0]].line, new[entered[text][0]].title) for text in both},
        {text: Place(old[left[text][0]].line, old[left[text][0]].title) for text in both},
    )


def _absorbed(groups: dict[int, list[int]]) -> set[int]:
    return {one for group in groups.values() for one in group}


def _only_in(mine: Sequence[str], theirs: Sequence[str], found: dict[str, list[int]], index: int) -> None:
    """Note the blocks of `mine` that an alignment with `theirs` leaves over."""
    if not theirs:
        for block in mine:
            found.setdefault(block, []).append(index)
        return
    for op, i1, i2, _, _ in align(mine, theirs):
        if op != "equal":
            for block in mine[i1:i2]:
                found.setdefault(block, []).append(index)


def _is_long(block: str) -> bool:
    return len(block) >= 4 * _MOVED_WORDS and len(tokens_of((block,)).keys) >= _MOVED_WORDS


def _split_redline(
    one: Section, first: Section, further: Sequence[Section]
) -> tuple[tuple[Hunk, ...], tuple[Part, ...]]:
    """The redline from `one` to `first`, and the parts of `one` that the `further` sections have now.

    All sections are aligned with `one` together, in their order in the text; what lies in a further section
    is, seen from `first`, a deletion that says where the text went.
    """
    sections = sorted([first, *further], key=lambda section: section.line)
    tokens = tokens_of(one.blocks)
    parts = [tokens_of(section.blocks) for section in sections]
    owners = [n for n, part in enumerate(parts) for _ in part.keys]
    starts = [0, *accumulate(len(part.keys) for part in parts)]
    pieces: list[list[Hunk]] = [[] for _ in sections]
    main: list[Hunk] = []

    def put(owner: int, old: str, new: str) -> None:
        if not old and not new:
            return
        pieces[owner].append(hunk(old, new))
        if sections[owner] is first:
            main.append(hunk(old, new))
        elif old:
            main.append(Hunk("delete", old, "", Place(sections[owner].line, sections[owner].title)))

    owner = next((n for n, part in enumerate(parts) if part.keys), 0)
    for op, i1, i2, j1, j2 in align(tokens.keys, tuple(key for part in parts for key in part.keys)):
        if j1 == j2:
            put(owner, tokens.text(i1, i2), "")
        while j1 < j2:
            owner = owners[j1]
            at = j1 - starts[owner]
            size = min(j2, starts[owner + 1]) - j1
            j1 += size
            if op == "equal":
                for before, after in paired(tokens.pieces[i1 : i1 + size], parts[owner].pieces[at : at + size]):
                    put(owner, before, after)
                i1 += size
            else:
                put(owner, tokens.text(i1, i2), parts[owner].text(at, at + size))
                i1 = i2
    others = tuple(Part(section, _grown(pieces[n])) for n, section in enumerate(sections) if section is not first)
    return _grown(main), others


def _grown(hunks: Sequence[Hunk]) -> tuple[Hunk, ...]:
    """Neighbours of a kind as one hunk, then tidied."""
    grown: list[Hunk] = []
    for one in hunks:
        last = grown[-1] if grown else None
        if last is not None and last.moved == one.moved and (last.op == "equal") == (one.op == "equal"):
            joined = hunk(last.old + one.old, last.new + one.new)
            grown[-1] = replace(joined, moved=one.moved)
        elif one.old or one.new:
            grown.append(one)
    return tidy(grown)


def _swapped(hunks: Sequence[Hunk]) -> tuple[Hunk, ...]:
    """The redline read backwards."""
    return tuple(replace(hunk(one.new, one.old), moved=one.moved) if one.op != "equal" else one for one in hunks)
