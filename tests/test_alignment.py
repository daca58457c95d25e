"""Sections of a translation find their source, also without ids and numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from policyver.document import parse
from policyver.locales.alignment import align, plain_number
from policyver.model import Document
from tests.support import ROOT

EN = """# Policy

## 1. Data {#data}

We keep your name, see [the list](https://example.com/en/list) or write to a@example.com.

## 2. Periods

We keep it for 30 days, then for 12 months.

## 3. Rights

You may ask us:

- for a copy;
- for erasure;
- for correction.
"""
DE = """# Erklärung

## 1. Daten {#data}

Wir speichern Ihren Namen, siehe [die Liste](https://example.com/de/list) oder schreiben Sie an a@example.com.

## 2. Fristen

Wir bewahren ihn 30 Tage auf, danach 12 Monate.

## 3. Rechte

Sie können von uns verlangen:

- eine Kopie;
- die Löschung;
- die Berichtigung.
"""


def bare(document: Document) -> Document:
    """Without ids and numbers."""
    return replace(document, sections=tuple(replace(one, id=None, number=None) for one in document.sections))


def without(document: Document, gone: set[int]) -> Document:
    return replace(document, sections=tuple(one for n, one in enumerate(document.sections) if n not in gone))


def pairs(source: Document, local: Document) -> set[tuple[int, int]]:
    return {(pair.source, pair.local) for pair in align(source, local).pairs}


def test_each_section_finds_its_source_and_says_by_what() -> None:
    alignment = align(parse(EN), parse(DE))
    assert {(one.source, one.local) for one in alignment.pairs} == {(0, 0), (1, 1), (2, 2), (3, 3)}
    assert alignment.pairs[1].evidence == ("id data",)
    assert alignment.pairs[1].confidence == 1.0
    assert "2 common figures" in alignment.pairs[2].evidence
    assert "a list of 3" in alignment.pairs[3].evidence
    assert all(0 < one.confidence <= 1 for one in alignment.pairs)


def test_what_one_side_lacks_is_told() -> None:
    source, local = bare(parse(EN)), bare(parse(DE))
    alignment = align(source, without(local, {2}))
    assert alignment.missing == (2,)
    assert align(without(source, {2}), local).local_only == (2,)


def test_an_id_is_followed_wherever_it_stands_and_the_order_is_told() -> None:
    source = parse("## A {#a}\n\nOne.\n\n## B {#b}\n\nTwo.\n\n## C {#c}\n\nThree.\n")
    local = parse("## B {#b}\n\nZwei.\n\n## C {#c}\n\nDrei.\n\n## A {#a}\n\nEins.\n")
    alignment = align(source, local)
    assert pairs(source, local) == {(0, 2), (1, 0), (2, 1)}
    assert [one.source for one in alignment.in_other_order] == [0]


def test_a_text_aligns_with_itself() -> None:
    for path in sorted(ROOT.glob("policies/*/*.md")):
        document = bare(parse(path.read_text(encoding="utf-8")))
        assert pairs(document, document) == {(n, n) for n in range(len(document.sections))}


def test_nothing_aligns_with_nothing() -> None:
    assert align(parse(""), parse("")).pairs == ()
    assert align(parse(EN), parse("")).missing == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("§ 5", "5"),
        ("Article 5", "5"),
        ("第5条", "5"),
        ("IV", "4"),
        ("3.02", "3.2"),
        ("(a)", "a"),
        ("٤", "4"),
        (None, None),
    ],
)
def test_numbers_are_compared_free_of_their_language(written: str | None, plain: str | None) -> None:
    assert plain_number(written) == plain


def translations(root: Path, pattern: str, source: str) -> Iterator[tuple[Document, Document]]:
    """Pairs of one date and one shape, whose sections answer to each other by place."""
    for path in sorted(root.glob(pattern)):
        document = parse(path.read_text(encoding="utf-8"))
        for other in sorted(
            path.parent.parent.glob(f"*/{path.name}") if source == "folder" else path.parent.glob("*.md")
        ):
            local = parse(other.read_text(encoding="utf-8"))
            dates = [
                one.front_matter.get("source_version") or one.front_matter.get("version") for one in (document, local)
            ]
            same = dates[0] == dates[1] and document.datetimes[:1] == local.datetimes[:1]
            if other != path and same and [s.level for s in document.sections] == [s.level for s in local.sections]:
                yield document, local


def recall_and_precision(
    texts: Iterator[tuple[Document, Document]], seed: int, missing_here: int, missing_there: int
) -> tuple[float, float]:
    """Over texts bare of ids and numbers, with sections taken out of the source and of the translation."""
    draw = random.Random(seed)
    right = true = found = 0
    for source, local in texts:
        count = len(source.sections)
        here = set(draw.sample(range(1, count), missing_here))
        there = set(draw.sample(range(1, count), min(missing_there, count - 2)))
        kept_here = [n for n in range(count) if n not in here]
        kept_there = [n for n in range(count) if n not in there]
        truth = {(kept_here.index(n), kept_there.index(n)) for n in range(count) if n in kept_here and n in kept_there}
        got = pairs(bare(without(source, here)), bare(without(local, there)))
        right, true, found = right + len(truth & got), true + len(truth), found + len(got)
    return right / true, right / found


def test_translations_of_the_samples_align_without_ids_and_numbers() -> None:
    texts = list(translations(ROOT / "policies", "*/en.md", "file"))
    assert len(texts) > 15
    for source, local in texts:
        assert pairs(bare(source), bare(local)) == {(n, n) for n in range(len(source.sections))}
    assert min(recall_and_precision(iter(texts), 3, 0, 1)) >= 0.97


@pytest.mark.corpora
@pytest.mark.slow
def test_translations_of_the_slice_align(slice_clone: Path) -> None:
    texts = list(translations(slice_clone, "en/*.md", "folder"))
    assert len(texts) > 40
    for ids, numbers in ((True, True), (False, True), (True, False), (False, False)):
        right = total = 0
        for source, local in texts:
            kept = [
                replace(one, sections=tuple(
                    replace(s, id=s.id if ids else None, number=s.number if numbers else None) for s in one.sections
                ))
                for one in (source, local)
            ]  # fmt: skip
            right += len(pairs(*kept) & {(n, n) for n in range(len(source.sections))})
            total += len(source.sections)
        assert right / total >= 0.97
    assert min(recall_and_precision(iter(texts), 5, 1, 2)) >= 0.97
