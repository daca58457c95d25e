"""Which section became which, on seeded edits of real documents (DESIGN §4)."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from policyver.diffing import match_sections
from policyver.document import parse
from tests.edits import EDITS, Edited, Editor
from tests.support import CORPORA, ROOT

GOAL = 0.97


class Tally:
    """Precision and recall of the predicted pairs of sections."""

    def __init__(self) -> None:
        self.right = self.predicted = self.true = 0

    def add(self, edited: Edited, *, touched_only: bool) -> None:
        matching = match_sections(edited.old.sections, edited.new.sections)
        predicted = set(matching.new_of.items())
        predicted |= {(i, j) for i, several in matching.splits.items() for j in several}
        predicted |= {(i, j) for j, several in matching.merges.items() for i in several}
        pairs = set(edited.pairs)
        if touched_only:
            predicted = {(i, j) for i, j in predicted if j in edited.touched}
            pairs = {(i, j) for i, j in pairs if j in edited.touched}
        self.right += len(predicted & pairs)
        self.predicted += len(predicted)
        self.true += len(pairs)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.predicted)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.true)


def edited_texts(files: list[Path], edit: str, seeds: Iterable[int], *, more: int) -> Iterable[Edited]:
    """`edit` and up to `more` further edits, drawn by seed, on each of `files`."""
    for index, file in enumerate(files):
        source = file.read_text(encoding="utf-8")
        other = files[(index * 7 + 3) % len(files)].read_text(encoding="utf-8")
        for seed in seeds:
            draw = random.Random(f"{file.name} {edit} {seed}")
            further = draw.choices(list(EDITS), k=draw.randint(0, more))
            edited = Editor(source, draw.getrandbits(32), other).edited([edit, *further])
            if edited.edits:
                yield edited


@pytest.mark.slow
@pytest.mark.parametrize("edit", EDITS)
def test_sections_of_the_samples_are_matched_through_edits(edit: str) -> None:
    files = sorted(ROOT.glob("policies/*/*.md"))
    every, touched = Tally(), Tally()
    for edited in edited_texts(files, edit, range(3), more=5):
        every.add(edited, touched_only=False)
        touched.add(edited, touched_only=True)
    assert every.true > 500
    assert min(every.precision, every.recall, touched.precision, touched.recall) >= GOAL


@pytest.mark.corpora
@pytest.mark.slow
@pytest.mark.parametrize("bundle", ["mozilla-legal-slice", "basecamp-policies"])
def test_sections_of_the_bundles_are_matched_through_edits(bundle: str, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", CORPORA / f"{bundle}.bundle", tmp_path], check=True)
    files = sorted(tmp_path.glob("*/*.md"))
    every, touched = Tally(), Tally()
    for edit in EDITS:
        for edited in edited_texts(files, edit, [1], more=5):
            every.add(edited, touched_only=False)
            touched.add(edited, touched_only=True)
    assert every.true > 500
    assert min(every.precision, every.recall, touched.precision, touched.recall) >= GOAL


def pairs(old: str, new: str) -> dict[str, str]:
    """Old title -> new title."""
    before, after = parse(old).sections, parse(new).sections
    return {before[i].title: after[j].title for i, j in match_sections(before, after).new_of.items()}


def test_an_explicit_id_outweighs_everything() -> None:
    old = "## Rights {#a}\n\nYou may ask us.\n\n## Duties {#b}\n\nYou must tell us.\n"
    new = "## Duties {#a}\n\nYou must tell us.\n\n## Rights {#b}\n\nYou may ask us.\n"
    assert pairs(old, new) == {"Rights": "Duties", "Duties": "Rights"}


def test_numbers_do_not_decide() -> None:
    old = "## 1. Cookies\n\nWe set cookies.\n\n## 2. Rights\n\nYou may ask.\n"
    new = "## 1. Scope\n\nAll of it.\n\n## 2. Cookies\n\nWe set cookies.\n\n## 3. Rights\n\nYou may ask.\n"
    assert pairs(old, new) == {"1 Cookies": "2 Cookies", "2 Rights": "3 Rights"}


def test_equal_headings_are_told_apart_by_their_content_and_parents() -> None:
    old = "## Phones\n\n### Data\n\nWe read the IMEI.\n\n## Watches\n\n### Data\n\nWe read the heart rate.\n"
    new = "## Watches\n\n### Data\n\nWe read the heart rate.\n\n## Phones\n\n### Data\n\nWe read the IMEI.\n"
    before, after = parse(old).sections, parse(new).sections
    matched = match_sections(before, after).new_of
    assert all(before[i].blocks == after[j].blocks for i, j in matched.items())
    assert len(matched) == 4


def test_strangers_are_not_matched() -> None:
    old = "## Cookies\n\nWe set a cookie that keeps you signed in until you leave.\n"
    new = "## Warranty\n\nReturn the broken device within two years with its receipt.\n"
    assert pairs(old, new) == {}
