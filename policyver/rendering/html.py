"""Reports as one self-contained HTML file: no script, no request, readable on paper.

A redline is there twice, inline and side by side; two radio buttons choose, by CSS alone. The policy that a
reader's browser gets forbids everything but the style in the file (Content-Security-Policy).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

from policyver.model import Change, DiffReport, Hunk, Kind, LogEntry, Place, Section, TextDiff, TextKey
from policyver.rendering.safety import for_html, readable
from policyver.rendering.wording import (
    changed_texts,
    counts,
    endpoint,
    is_whole_text,
    kinds_words,
    label_and_day,
    old_and_new_title,
    reason_words,
    weights,
)

_FOLDED = 4
"""Unchanged paragraphs in a row from which the middle ones are folded away."""
_ITEM = re.compile(r"( *)(?:- |(\d{1,9}[.)]) )")
_PRE = re.compile(r"\||```|\s{4}\S")

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="policyver">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
"""


def write_diff(report: DiffReport, out: IO[str]) -> None:
    """The report of ``policyver diff``."""
    texts = changed_texts(report)
    ends = f"{for_html(endpoint(report.base))} → {for_html(endpoint(report.head))}"
    out.write(_head(f"Policy changes: {ends}"))
    out.write(f'<header>\n<h1>Policy changes</h1>\n<p class="range">{ends}</p>\n')
    every = [change for text in texts for change in text.changes]
    if not texts:
        out.write("<p>No section changed.</p>\n</header>\n<main></main>\n</body>\n</html>\n")
        return
    if every:
        out.write(f"<p>{counts(every)}. <strong>{weights(every)}.</strong></p>\n")
    out.write("</header>\n<main>\n")
    if len(texts) > 1:
        out.write(_list_of_texts(texts))
    out.write(_CHOICE)
    for number, text in enumerate(texts, 1):
        out.writelines(_text(f"t{number}", text))
    out.write("</main>\n</body>\n</html>\n")


_CHOICE = """<fieldset>
<legend>Redline</legend>
<label><input type="radio" name="view" id="inline" checked> Inline</label>
<label><input type="radio" name="view" id="side"> Side by side</label>
<span class="legend"><del>deleted</del> <ins>inserted</ins> <ins class="moved">moved</ins></span>
</fieldset>
"""


@lru_cache(maxsize=1)
def _style() -> str:
    return Path(__file__).with_name("html.css").read_text(encoding="utf-8")


def _head(title: str) -> str:
    return _HEAD.format(title=title, style=_style())


def _list_of_texts(texts: Sequence[TextDiff]) -> str:
    rows = []
    for number, text in enumerate(texts, 1):
        about = for_html(label_and_day(text))
        weight = _weight(text.significance) if text.significance else ""
        rows.append(
            f'<tr><td><a href="#t{number}">{for_html(str(text.key))}</a></td><td>{text.status}</td>'
            f"<td>{about}</td><td>{weight}</td><td>{weights(text.changes)}</td></tr>\n"
        )
    return (
        "<table>\n<caption>Texts that changed</caption>\n<thead><tr><th scope=col>Text</th><th scope=col>Status</th>"
        "<th scope=col>Version</th><th scope=col>Weight</th><th scope=col>Section changes</th></tr></thead>\n"
        f"<tbody>\n{''.join(rows)}</tbody>\n</table>\n"
    )


def _weight(significance: object) -> str:
    return f'<span class="weight {significance}">{significance}</span>'


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a redline stands: the language of its text, and which change has the section at a line."""

    locale: str
    old_lines: Mapping[int, str]
    new_lines: Mapping[int, str]

    @property
    def attributes(self) -> str:
        return f'lang="{for_html(self.locale)}" dir="{direction(self.locale)}"'

    def name(self, text: str) -> str:
        """Words of the policy inside a sentence of the report."""
        return f"<bdi {self.attributes}>{for_html(text)}</bdi>"

    def place(self, place: Place, *, is_destination: bool) -> str:
        """The note at moved text, a link where the other place is in the report."""
        name = f"{'moved to' if is_destination else 'moved here from'} {self.name(place.title)}"
        anchor = (self.new_lines if is_destination else self.old_lines).get(place.line)
        return f'<a class="place" href="#{anchor}">[{name}]</a>' if anchor else f'<span class="place">[{name}]</span>'


@lru_cache(maxsize=256)
def direction(locale: str) -> str:
    """``ltr`` or ``rtl`` as CLDR has it for a language tag, ``auto`` for a tag that CLDR does not know."""
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(locale, sep="-").text_direction)
    except (UnknownLocaleError, ValueError):
        return "auto"


def _text(id_: str, text: TextDiff) -> Iterator[str]:
    names = [(f"{id_}-c{number}", change) for number, change in enumerate(text.changes, 1)]
    frame = _Frame(
        text.key.locale,
        {section.line: name for name, change in names for section in _old_sections(change)},
        {section.line: name for name, change in names for section in _new_sections(change)},
    )
    about = ", ".join(part for part in (str(text.status), label_and_day(text)) if part)
    yield f'<section aria-labelledby="{id_}">\n<h2 id="{id_}">{for_html(str(text.key))}</h2>\n'
    yield f'<p class="muted">{for_html(about)}</p>\n'
    if text.old_path != text.new_path and text.old_path and text.new_path:
        yield f'<p class="muted">{for_html(text.old_path)} → {for_html(text.new_path)}</p>\n'
    if text.status in ("added", "removed"):
        yield f"<p>The text as a whole was {text.status}: {len(text.changes)} sections.</p>\n"
    elif not text.changes:
        yield "<p>No section changed.</p>\n"
    else:
        yield f"<p>{counts(text.changes)}. {weights(text.changes)}.</p>\n"
        yield _list_of_changes(names, frame)
    for number, (name, change) in enumerate(names, 1):
        yield from _change(id_, name, number, change, frame)
    yield "</section>\n"


def _old_sections(change: Change) -> list[Section]:
    further = [part.section for part in change.others] if Kind.MERGED in change.kinds else []
    return [section for section in (change.old, *further) if section]


def _new_sections(change: Change) -> list[Section]:
    further = [part.section for part in change.others] if Kind.SPLIT in change.kinds else []
    return [section for section in (change.new, *further) if section]


def _list_of_changes(names: Sequence[tuple[str, Change]], frame: _Frame) -> str:
    rows = []
    for number, (name, change) in enumerate(names, 1):
        why = "".join(f"<li>{for_html(reason_words(reason))}</li>" for reason in change.reasons[:3])
        rows.append(
            f'<tr><td class=n>{number}</td><td><a href="#{name}">{frame.name(change.section.title)}</a></td>'
            f"<td>{kinds_words(change)}</td><td>{_weight(change.significance)}</td>"
            f"<td class=why><ul>{why}</ul></td><td class=n>{_word_counts(change)}</td></tr>\n"
        )
    return (
        "<table>\n<caption>Changes, in the order of the text</caption>\n<thead><tr><th scope=col class=n>No.</th>"
        "<th scope=col>Section</th><th scope=col>What happened</th><th scope=col>Weight</th>"
        "<th scope=col class=why>Why</th><th scope=col class=n>Words</th></tr></thead>\n"
        f"<tbody>\n{''.join(rows)}</tbody>\n</table>\n"
    )


def _word_counts(change: Change) -> str:
    return f"<span class=plus>+{change.words_added}</span> <span class=minus>−{change.words_removed}</span>"


def _change(text_id: str, name: str, number: int, change: Change, frame: _Frame) -> Iterator[str]:
    yield f'<article class="change" id="{name}" aria-labelledby="{name}-h">\n<header>'
    yield f'<a class="back" href="#{text_id}">to the list</a>'
    yield f'<h3 id="{name}-h"><span class="no">{number}</span> {frame.name(old_and_new_title(change))}</h3>\n'
    yield f"<p>{_weight(change.significance)} {kinds_words(change)} <span class=muted>· {_lines(change)}</span> · "
    yield f"{_word_counts(change)} words</p>\n{_reasons(change)}</header>\n"
    if not _is_quiet(change.hunks):
        yield _redline(change.hunks, frame)
    for part in change.others:
        said = "and into" if Kind.SPLIT in change.kinds else "together with"
        yield f'<p class="part body">{said} {frame.name(part.section.title)}</p>\n'
        yield _redline(part.hunks, frame)
    yield "</article>\n"


def _lines(change: Change) -> str:
    spans = [f"{one.line}–{one.end_line}" for one in (change.old, change.new) if one]
    return f"lines {' → '.join(dict.fromkeys(spans))}"


def _reasons(change: Change) -> str:
    if not change.reasons:
        return ""
    items = "".join(
        f"<li><strong>{reason.significance}</strong>: {for_html(reason_words(reason))}</li>\n"
        for reason in change.reasons
    )
    return f'<ul class="reasons">\n{items}</ul>\n'


def _is_quiet(hunks: Sequence[Hunk]) -> bool:
    return all(one.op == "equal" for one in hunks)


# redlines


def _redline(hunks: Sequence[Hunk], frame: _Frame) -> str:
    return f'<div class="body inline" {frame.attributes}>\n{_inline(hunks, frame)}</div>\n{_side_by_side(hunks, frame)}'


@dataclass(slots=True)
class _Paragraph:
    """A line of canonical text on its way to HTML, in runs of one operation."""

    runs: list[tuple[str, str, Place | None]]

    @property
    def is_changed(self) -> bool:
        return any(op != "equal" for op, _, _ in self.runs)

    def html(self, frame: _Frame) -> str:
        if not any(text.strip() for _, text, _ in self.runs):
            return ""
        first = next(text for _, text, _ in self.runs if text.strip())
        kind = ' class="item"' if _ITEM.match(first) else ' class="pre"' if _PRE.match(first) else ""
        return f"<p{kind}>{''.join(self._runs(frame))}</p>\n"

    def _runs(self, frame: _Frame) -> Iterator[str]:
        for op, text, place in self.runs:
            text = _ITEM.sub(lambda match: f"{match.group(1)}{match.group(2) or '•'} ", text, count=1)
            shown = "".join(_styled(style, run) for style, run in readable(text))
            moved = ' class="moved"' if place else ""
            if not shown:
                continue
            if op == "equal":
                yield shown
            else:
                tag = "del" if op == "delete" else "ins"
                yield f"<{tag}{moved}>{shown}</{tag}>"
            if place:
                yield f" {frame.place(place, is_destination=op == 'delete')} "


def _styled(style: str, run: str) -> str:
    return for_html(run) if style == "text" else f'<span class="{style}">{for_html(run)}</span>'


def _runs(hunks: Sequence[Hunk]) -> Iterator[tuple[str, str, Place | None]]:
    for one in hunks:
        if one.op == "equal":
            yield "equal", one.new, None
            continue
        if one.old:
            yield "delete", one.old, one.moved
        if one.new:
            yield "insert", one.new, one.moved


def _paragraphs(runs: Iterable[tuple[str, str, Place | None]]) -> list[_Paragraph]:
    paragraphs = [_Paragraph([])]
    for op, text, place in runs:
        lines = text.split("\n")
        last = max((index for index, line in enumerate(lines) if line.strip()), default=-1)
        for index, line in enumerate(lines):
            if index:
                paragraphs.append(_Paragraph([]))
            if line:
                paragraphs[-1].runs.append((op, line, place if index == last else None))
    return [one for one in paragraphs if one.runs]


def _inline(hunks: Sequence[Hunk], frame: _Frame) -> str:
    paragraphs = _paragraphs(_runs(hunks))
    written: list[str] = []
    at = 0
    while at < len(paragraphs):
        end = at
        while end < len(paragraphs) and not paragraphs[end].is_changed:
            end += 1
        if end - at >= _FOLDED:
            middle = "".join(one.html(frame) for one in paragraphs[at + 1 : end - 1])
            written.append(paragraphs[at].html(frame))
            written.append(_folded(end - at - 2, middle))
            written.append(paragraphs[end - 1].html(frame))
        else:
            written.extend(one.html(frame) for one in paragraphs[at:end])
        if end < len(paragraphs):
            written.append(paragraphs[end].html(frame))
        at = end + 1
    return "".join(written)


def _folded(count: int, content: str) -> str:
    return f'<details><summary lang="en" dir="ltr">{count} unchanged paragraphs</summary>\n{content}</details>\n'


def _side_by_side(hunks: Sequence[Hunk], frame: _Frame) -> str:
    """A table of rows, cut where both sides have the same paragraph break."""
    rows: list[tuple[list[Hunk], list[Hunk]]] = [([], [])]
    for one in hunks:
        if one.op != "equal":
            if one.old:
                rows[-1][0].append(Hunk("delete", one.old, "", one.moved))
            if one.new:
                rows[-1][1].append(Hunk("insert", "", one.new, one.moved))
            continue
        for index, line in enumerate(one.new.split("\n")):
            if index:
                rows.append(([], []))
            if line:
                rows[-1][0].append(Hunk("equal", line, line))
                rows[-1][1].append(Hunk("equal", line, line))
    written = []
    for old, new in rows:
        cells = ["".join(one.html(frame) for one in _paragraphs(_runs(side))) for side in (old, new)]
        if any(cells):
            written.append(f"<tr><td>{cells[0]}</td><td>{cells[1]}</td></tr>\n")
    return (
        f'<table class="side" {frame.attributes}>\n<thead><tr lang="en"><th scope=col>Before</th>'
        f"<th scope=col>After</th></tr></thead>\n<tbody>\n{''.join(written)}</tbody>\n</table>\n"
    )


# log


def write_log(texts: Iterable[tuple[TextKey, Iterable[LogEntry]]], out: IO[str]) -> None:
    """The report of ``policyver log``, written as it is computed; the list of its texts stands at the end."""
    out.write(_head("Policy history"))
    out.write('<header>\n<h1>Policy history</h1>\n<p><a href="#texts">List of texts</a></p>\n</header>\n<main>\n')
    keys = []
    for number, (key, entries) in enumerate(texts, 1):
        keys.append(key)
        frame = _Frame(key.locale, {}, {})
        out.write(f'<section aria-labelledby="t{number}">\n<h2 id="t{number}">{for_html(str(key))}</h2>\n')
        for entry in entries:
            out.writelines(_version(entry, frame))
        out.write("</section>\n")
    items = "".join(f'<li><a href="#t{number}">{for_html(str(key))}</a></li>\n' for number, key in enumerate(keys, 1))
    out.write(f'</main>\n<nav id="texts" aria-label="Texts">\n<h2>Texts</h2>\n<ul>\n{items}</ul>\n</nav>\n')
    out.write("</body>\n</html>\n")


def _version(entry: LogEntry, frame: _Frame) -> Iterator[str]:
    day = entry.metadata.published or entry.version.date.date()
    title = [f"<time>{day.isoformat()}</time>"]
    if entry.metadata.label:
        title.append(f"version {for_html(entry.metadata.label)}")
    if entry.metadata.effective:
        title.append(f"effective <time>{entry.metadata.effective.isoformat()}</time>")
    if entry.significance:
        title.append(_weight(entry.significance))
    yield f'<article class="version">\n<h3>{" · ".join(title)}</h3>\n'
    yield f"<p><code>{entry.version.commit[:10]}</code> <span class=muted>{for_html(entry.version.path)}</span></p>\n"
    if entry.error:
        yield f'<p class="error">{for_html(entry.error)}</p>\n'
    elif not entry.changes:
        yield '<p class="muted">No section changed.</p>\n'
    elif is_whole_text(entry.changes):
        said = "First version of the text" if entry.changes[0].new else "The text was removed"
        yield f'<p class="muted">{said}: {len(entry.changes)} sections.</p>\n'
    else:
        yield "<ul>\n"
        for change in entry.changes:
            yield f"<li>{_logged(change, frame)}</li>\n"
        yield "</ul>\n"
    yield "</article>\n"


def _logged(change: Change, frame: _Frame) -> str:
    title = f"{_weight(change.significance)} {kinds_words(change)}: {frame.name(old_and_new_title(change))}"
    redlines = [one for one in (change.hunks, *(part.hunks for part in change.others)) if not _is_quiet(one)]
    if not redlines:
        return title
    bodies = "".join(f'<div class="body" {frame.attributes}>\n{_inline(one, frame)}</div>\n' for one in redlines)
    return f"<details><summary>{title}</summary>\n{_reasons(change)}{bodies}</details>"
