"""Reports as one self-contained HTML file: no script, no request, readable on paper.

A redline is there twice, inline and side by side; two radio buttons choose, by CSS alone. The policy that a
reader's browser gets forbids everything but the style in the file (Content-Security-Policy).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO

from policyver.model import Change, DiffReport, Kind, LogEntry, Section, TextDiff, TextKey
from policyver.rendering.html_redline import Frame, inline, is_quiet, redline
from policyver.rendering.wording import (
    changed_texts,
    counts,
    endpoint,
    is_whole_text,
    kinds_words,
    label_and_day,
    titles,
    weights,
)
from policyver.safety import for_html

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
    out.write(page_head(f"Policy changes: {ends}"))
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


def page_head(title: str) -> str:
    """The beginning of a page, up to its body; `title` is harmless already."""
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


def _text(id_: str, text: TextDiff) -> Iterator[str]:
    names = [(f"{id_}-c{number}", change) for number, change in enumerate(text.changes, 1)]
    frame = Frame(
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


def _list_of_changes(names: Sequence[tuple[str, Change]], frame: Frame) -> str:
    rows = []
    for number, (name, change) in enumerate(names, 1):
        why = "".join(f"<li>{frame.reason(reason)}</li>" for reason in change.reasons[:3])
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


def _change(text_id: str, name: str, number: int, change: Change, frame: Frame) -> Iterator[str]:
    yield f'<article class="change" id="{name}" aria-labelledby="{name}-h">\n<header>'
    yield f'<a class="back" href="#{text_id}">to the list</a>'
    yield f'<h3 id="{name}-h"><span class="no">{number}</span> {frame.name(*titles(change))}</h3>\n'
    yield f"<p>{_weight(change.significance)} {kinds_words(change)} <span class=muted>· {_lines(change)}</span> · "
    yield f"{_word_counts(change)} words</p>\n{_reasons(change, frame)}</header>\n"
    if not is_quiet(change.hunks):
        yield redline(change.hunks, frame)
    for part in change.others:
        said = "and into" if Kind.SPLIT in change.kinds else "together with"
        yield f'<p class="part body">{said} {frame.name(part.section.title)}</p>\n'
        yield redline(part.hunks, frame)
    yield "</article>\n"


def _lines(change: Change) -> str:
    spans = [f"{one.line}–{one.end_line}" for one in (change.old, change.new) if one]
    return f"lines {' → '.join(dict.fromkeys(spans))}"


def _reasons(change: Change, frame: Frame) -> str:
    if not change.reasons:
        return ""
    items = "".join(
        f"<li><strong>{reason.significance}</strong>: {frame.reason(reason)}</li>\n" for reason in change.reasons
    )
    return f'<ul class="reasons">\n{items}</ul>\n'


# log


def write_log(texts: Iterable[tuple[TextKey, Iterable[LogEntry]]], out: IO[str]) -> None:
    """The report of ``policyver log``, written as it is computed; the list of its texts stands at the end."""
    out.write(page_head("Policy history"))
    out.write('<header>\n<h1>Policy history</h1>\n<p><a href="#texts">List of texts</a></p>\n</header>\n<main>\n')
    keys = []
    for number, (key, entries) in enumerate(texts, 1):
        keys.append(key)
        frame = Frame(key.locale, {}, {})
        out.write(f'<section aria-labelledby="t{number}">\n<h2 id="t{number}">{for_html(str(key))}</h2>\n')
        for entry in entries:
            out.writelines(_version(entry, frame))
        out.write("</section>\n")
    items = "".join(f'<li><a href="#t{number}">{for_html(str(key))}</a></li>\n' for number, key in enumerate(keys, 1))
    out.write(f'</main>\n<nav id="texts" aria-label="Texts">\n<h2>Texts</h2>\n<ul>\n{items}</ul>\n</nav>\n')
    out.write("</body>\n</html>\n")


def _version(entry: LogEntry, frame: Frame) -> Iterator[str]:
    title = [f"<time>{entry.day.isoformat()}</time>"]
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


def _logged(change: Change, frame: Frame) -> str:
    title = f"{_weight(change.significance)} {kinds_words(change)}: {frame.name(*titles(change))}"
    redlines = [one for one in (change.hunks, *(part.hunks for part in change.others)) if not is_quiet(one)]
    if not redlines:
        return title
    bodies = "".join(f'<div class="body" {frame.attributes}>\n{inline(one, frame)}</div>\n' for one in redlines)
    return f"<details><summary>{title}</summary>\n{_reasons(change, frame)}{bodies}</details>"
