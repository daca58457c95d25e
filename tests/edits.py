"""Seeded edits of real documents, with the truth about which section became which.

A document is taken apart into drafts, each draft remembers the old sections that its text comes from, editors
rearrange and rewrite drafts as policy writers do, and the result is Markdown again. Explicit ids are dropped:
with them matching would be no art.
"""

from __future__ import annotations

import random
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

from policyver.document import parse
from policyver.document.words import is_word, words
from policyver.model import Document


@dataclass
class Draft:
    """A section on its way to its next version."""

    level: int
    heading: str
    blocks: list[str]
    sources: set[int] = field(default_factory=set)
    """Indices of the old sections that the text comes from; none for a new section."""

    @property
    def size(self) -> int:
        return sum(1 for block in self.blocks for word in words(block) if is_word(word))

    @property
    def is_prose(self) -> bool:
        return all(re.match(r"[^\W\d_]|[-*] ", block) for block in self.blocks)


@dataclass(frozen=True)
class Edited:
    """Two versions of a document and the pairs of sections that belong together."""

    old: Document
    new: Document
    pairs: frozenset[tuple[int, int]]
    edits: tuple[str, ...]
    touched: frozenset[int]
    """New sections that an edit made or changed."""


class Editor:
    """Makes edits that `seed` determines."""

    def __init__(self, source: str, seed: int, other: str = "") -> None:
        self.random = random.Random(seed)
        self.drafts = drafts_of(parse(source))
        self.vocabulary = _vocabulary(self.drafts)
        self.strangers = [one for one in drafts_of(parse(other)) if one.level and one.size >= 12]
        self.touched: set[int] = set()

    def edited(self, names: list[str]) -> Edited:
        old = parse(markdown_of(self.drafts))
        done = [name for name in names if EDITS[name](self)]
        new = parse(markdown_of(self.drafts))
        assert len(new.sections) == len(self.drafts), "an edit made or lost a heading"
        pairs = frozenset((i, j) for j, draft in enumerate(self.drafts) for i in draft.sources)
        touched = frozenset(j for j, draft in enumerate(self.drafts) if id(draft) in self.touched)
        return Edited(old, new, pairs, tuple(done), touched)

    def pick(self, fits: Callable[[Draft], bool]) -> int | None:
        """A section that no edit has touched yet."""
        choices = [
            index
            for index, draft in enumerate(self.drafts)
            if draft.level and id(draft) not in self.touched and fits(draft)
        ]
        if not choices:
            return None
        index = self.random.choice(choices)
        self.touched.add(id(self.drafts[index]))
        return index

    def rename(self, draft: Draft) -> None:
        count = self.random.randint(2, 5)
        draft.heading = " ".join(self.random.choices(self.vocabulary, k=count)).capitalize()

    def rewrite(self, draft: Draft) -> None:
        """Change 10 to 45 % of the words of a section."""
        share = self.random.uniform(0.10, 0.45)
        draft.blocks = [self._rewritten(block, share) for block in draft.blocks]

    def _rewritten(self, block: str, share: float) -> str:
        written = []
        for index, word in enumerate(words(block)):
            if index and is_word(word) and not re.search(r"[\W_\d]", word) and self.random.random() < share:
                roll = self.random.random()
                if roll < 0.6:
                    word = self.random.choice(self.vocabulary)
                elif roll < 0.8:
                    continue
                else:
                    word = f"{word} {self.random.choice(self.vocabulary)}"
            written.append(word)
        return "".join(written)

    def family(self, index: int) -> int:
        """One past the last section under the one at `index`."""
        end = index + 1
        while end < len(self.drafts) and self.drafts[end].level > self.drafts[index].level:
            end += 1
        return end


def drafts_of(document: Document) -> list[Draft]:
    """The sections of a document, free of ids and numbers."""
    return [
        Draft(one.level, one.heading, list(one.blocks), {index})
        for index, one in enumerate(document.sections)
        if one.level == 0 or one.heading
    ]


def _vocabulary(drafts: list[Draft]) -> list[str]:
    found = {word for draft in drafts for block in draft.blocks for word in words(block) if is_word(word)}
    plain = sorted(word for word in found if not re.search(r"[\W_\d]", word))
    return plain or ["word"]


def markdown_of(drafts: list[Draft]) -> str:
    """Drafts as Markdown."""
    parts = []
    for draft in drafts:
        if draft.level:
            parts.append(f"{'#' * draft.level} {draft.heading}")
        parts.extend(draft.blocks)
    return "\n\n".join(parts) + "\n"


def _rename(editor: Editor) -> bool:
    index = editor.pick(lambda one: one.size >= 12)
    if index is not None:
        editor.rename(editor.drafts[index])
    return index is not None


def _rewrite(editor: Editor) -> bool:
    index = editor.pick(lambda one: one.size >= 12)
    if index is not None:
        editor.rewrite(editor.drafts[index])
    return index is not None


def _rename_and_rewrite(editor: Editor) -> bool:
    index = editor.pick(lambda one: one.size >= 20)
    if index is not None:
        editor.rename(editor.drafts[index])
        editor.rewrite(editor.drafts[index])
    return index is not None


def _move(editor: Editor) -> bool:
    index = editor.pick(lambda one: True)
    if index is None:
        return False
    end = editor.family(index)
    family = editor.drafts[index:end]
    del editor.drafts[index:end]
    places = [at for at, one in enumerate(editor.drafts) if one.level and one.level <= family[0].level]
    at = editor.random.choice([*places, len(editor.drafts)])
    editor.drafts[at:at] = family
    return True


def _split(editor: Editor) -> bool:
    index = editor.pick(lambda one: one.size >= 40 and len(one.blocks) >= 2)
    if index is None:
        return False
    draft = editor.drafts[index]
    sizes = [Draft(1, "", [block]).size for block in draft.blocks]
    cuts = [at for at in range(1, len(sizes)) if sum(sizes[:at]) >= 15 and sum(sizes[at:]) >= 15]
    if not cuts:
        return False
    cut = editor.random.choice(cuts)
    second = Draft(draft.level, "", draft.blocks[cut:], set(draft.sources))
    editor.rename(second)
    draft.blocks = draft.blocks[:cut]
    editor.touched.add(id(second))
    editor.drafts.insert(index + 1, second)
    return True


def _merge(editor: Editor) -> bool:
    drafts = editor.drafts

    def fits(one: Draft) -> bool:
        at = next(index for index, draft in enumerate(drafts) if draft is one)
        if at + 1 >= len(drafts) or one.size < 15:
            return False
        after = drafts[at + 1]
        return after.level == one.level and after.size >= 15 and editor.family(at + 1) == at + 2

    index = editor.pick(fits)
    if index is None or id(drafts[index + 1]) in editor.touched:
        return False
    gone = drafts.pop(index + 1)
    drafts[index].blocks += gone.blocks
    drafts[index].sources |= gone.sources
    return True


def _deeper(editor: Editor) -> bool:
    index = editor.pick(lambda one: one.level < 6)
    if index is not None:
        editor.drafts[index].level += 1
    return index is not None


def _delete(editor: Editor) -> bool:
    index = editor.pick(lambda one: True)
    if index is None or editor.family(index) != index + 1 or len(editor.drafts) < 3:
        return False
    del editor.drafts[index]
    return True


def _add(editor: Editor) -> bool:
    if not editor.strangers:
        return False
    stranger = editor.random.choice(editor.strangers)
    at = editor.random.randint(1, len(editor.drafts))
    new = Draft(2, stranger.heading, list(stranger.blocks))
    editor.touched.add(id(new))
    editor.drafts.insert(at, new)
    return True


def _typo(editor: Editor) -> bool:
    index = editor.pick(lambda one: len(one.heading) >= 4)
    if index is None:
        return False
    heading = editor.drafts[index].heading
    at = editor.random.randint(1, len(heading) - 2)
    if heading[at : at + 2].isalpha():
        editor.drafts[index].heading = heading[:at] + heading[at + 1] + heading[at] + heading[at + 2 :]
    return True


def _rewrap(editor: Editor) -> bool:
    index = editor.pick(lambda one: one.is_prose and one.size >= 12)
    if index is None:
        return False
    draft = editor.drafts[index]
    draft.blocks = [
        "\n".join(textwrap.wrap(block, 60, break_long_words=False, break_on_hyphens=False, subsequent_indent="  "))
        if block.isascii() and not re.search(r"[\\`<>{}|]", block)
        else block
        for block in draft.blocks
    ]
    return True


EDITS: dict[str, Callable[[Editor], bool]] = {
    "rename": _rename,
    "edit": _rewrite,
    "rename and edit": _rename_and_rewrite,
    "move": _move,
    "split": _split,
    "merge": _merge,
    "one level deeper": _deeper,
    "delete": _delete,
    "add": _add,
    "typo": _typo,
    "re-wrap": _rewrap,
}
