"""Rules for a text by itself: its sections, numbers, lists, links and letters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from policyver.checks.rule import Family, Problem, TextView, one
from policyver.diffing.reading import plain_text
from policyver.locales.alignment import plain_number
from policyver.locales.folding import fold
from policyver.locales.identification import prose_of
from policyver.locales.policies import PolicyTexts
from policyver.model import Section, Severity

family = Family("document", TextView)
_policies = Family("document", PolicyTexts)

_CRAFT = "drafting practice: every reference must be able to name its target"
_READER = "a reader has a right to clear and complete information (Art. 12(1) GDPR)"


@_policies.rule(
    "unreadable-text",
    "Text that cannot be read",
    Severity.ERROR,
    "CommonMark 0.31.2; RFC 3629",
    failing=one("---\nversion: 1.0.0\n\n## Data\n\nWe collect names.\n"),
    passing=one("---\nversion: 1.0.0\n---\n\n## Data\n\nWe collect names.\n"),
)
def unreadable_text(texts: PolicyTexts) -> Iterator[Problem]:
    """Broken front matter, a merge conflict, another encoding: until it is mended, nothing else can be said."""
    for locale in texts.locales:
        texts.current(locale)
    for key, error in texts.unreadable.items():
        place = re.search(r":(\d+)$", error.where)
        what = f"{error.what[:1].upper()}{error.what[1:]}. {error.cure}"
        yield Problem(what, line=int(place.group(1)) if place else None, locale=key.locale)


@_policies.rule(
    "empty-text",
    "Text without a word",
    Severity.ERROR,
    _READER,
    failing=one("---\nversion: 1.0.0\n---\n"),
    passing=one("## Data\n\nWe collect names.\n"),
)
def empty_text(texts: PolicyTexts) -> Iterator[Problem]:
    """A file with nothing in it governs nothing, and yet stands in the way of the source."""
    for locale in texts.locales:
        edition = texts.current(locale)
        if edition is not None and not edition.document.sections:
            yield Problem("The file has no text.", locale=locale)


@family.rule(
    "empty-section",
    "Section without text",
    Severity.WARNING,
    _READER,
    failing=one("# Policy\n\nText.\n\n## Data\n\n## Rights\n\nYou may ask us.\n"),
    passing=one("# Policy\n\n## Data\n\nWe collect names.\n\n## Rights\n\nYou may ask us.\n"),
)
def empty_section(text: TextView) -> Iterator[Problem]:
    """A heading with nothing under it promises a subject that the text does not treat: often a paste that lost its
    end. A heading that only groups further sections is not empty."""
    parents = {section.parent for section in text.sections}
    for index, section in enumerate(text.sections):
        if section.level and not section.blocks and index not in parents:
            yield Problem(f"The section {section.title!r} has no text.", section)


def _numbered(sections: Sequence[Section]) -> Iterator[list[tuple[int, Section]]]:
    """Runs of sections of one parent and level with the last part of their numbers."""
    groups: dict[tuple[int | None, int], list[tuple[int, Section]]] = {}
    for section in sections:
        number = plain_number(section.number)
        if number is None:
            continue
        last = number.rsplit(".", 1)[-1]
        value = int(last) if last.isdigit() else ord(last) - 96 if re.fullmatch("[a-z]", last) else None
        if value is not None:
            groups.setdefault((section.parent, section.level), []).append((value, section))
    yield from groups.values()


@family.rule(
    "numbering-gap",
    "Gap in the numbers of sections",
    Severity.WARNING,
    _CRAFT,
    failing=one("## 1. Data\n\nA.\n\n## 2. Use\n\nB.\n\n## 4. Rights\n\nC.\n"),
    passing=one("## 1. Data\n\nA.\n\n## 2. Use\n\nB.\n\n## 3. Rights\n\nC.\n"),
)
def numbering_gap(text: TextView) -> Iterator[Problem]:
    """A missing number means a lost section, or references to one that is not there."""
    highest: Counter[int] = Counter()
    for run in _numbered(text.sections):
        level = run[0][1].level
        starts = {1, highest[level] + 1} | {run[0][0] if len(run) < 2 else 1}
        if run[0][0] not in starts and run[0][0] < 40:
            yield Problem(f"The numbers begin with {run[0][1].number}, not with 1.", run[0][1])
        for (before, _), (value, section) in pairwise(run):
            if value > before + 1:
                yield Problem(f"{section.number} follows {_cited(run, before)}: a number is missing.", section)
        highest[level] = max(value for value, _ in run)


def _cited(run: Sequence[tuple[int, Section]], value: int) -> str:
    return next(str(section.number) for each, section in run if each == value)


@family.rule(
    "numbering-duplicate",
    "Number given twice",
    Severity.ERROR,
    _CRAFT,
    failing=one("## 1. Data\n\nA.\n\n## 2. Use\n\nB.\n\n## 2. Rights\n\nC.\n"),
    passing=one("## 1. Data\n\nA.\n\n## 2. Use\n\nB.\n\n## 3. Rights\n\nC.\n"),
)
def numbering_duplicate(text: TextView) -> Iterator[Problem]:
    """Two sections with one number cannot be cited apart, in a notice or in court."""
    for run in _numbered(text.sections):
        seen: dict[int, Section] = {}
        for value, section in run:
            if value in seen and section.number == seen[value].number:
                yield Problem(f"The number {section.number} is also that of {seen[value].title!r}.", section)
            seen.setdefault(value, section)


_LETTERED = re.compile(r"[(（]?([a-z])[)）]\s")


@family.rule(
    "list-gap",
    "Item missing in a lettered list",
    Severity.WARNING,
    _CRAFT,
    failing=one("## Sharing\n\nWe share data\n\n(b) with carriers;\n\n(c) with courts.\n"),
    passing=one("## Sharing\n\nWe share data\n\n(a) with carriers;\n\n(b) with courts.\n"),
)
def list_gap(text: TextView) -> Iterator[Problem]:
    """``(b)`` without ``(a)``, or ``(d)`` after ``(b)``: an item was lost, or references point to the wrong one."""
    for section in text.sections:
        before = 0
        for block in section.blocks:
            match = _LETTERED.match(block.lstrip("- "))
            if match is None:
                continue
            value = ord(match.group(1)) - 96
            roman = match.group(1) in "ivx" and value != before + 1
            if value > before + 1 and not roman:
                missing = chr(96 + before + 1)
                line = text.line_of(block[:20], section)
                yield Problem(f"Item ({match.group(1)}) stands without item ({missing}) before it.", section, line)
            before = value if not roman else before


_LINKED = re.compile(r"\[([^\]]+)\]\((#[^)\s]+)\)")


@family.rule(
    "contents-mismatch",
    "Contents list that does not match the headings",
    Severity.WARNING,
    _READER,
    failing=one(
        "# Policy\n\n- Data\n- Use of data\n- Your rights\n\n## Data\n\nA.\n\n"
        "## Use of data\n\nB.\n\n## Contact\n\nC.\n"
    ),
    passing=one(
        "# Policy\n\n- Data\n- Use of data\n- Contact\n\n## Data\n\nA.\n\n## Use of data\n\nB.\n\n## Contact\n\nC.\n"
    ),
)
def contents_mismatch(text: TextView) -> Iterator[Problem]:
    """A list of contents is read first and cited most; where it names other sections than there are, one of the two
    is out of date."""
    headings = {fold(section.heading): section for section in text.sections if section.level and section.heading}
    numbers = {fold(section.title): section for section in text.sections if section.level}
    for section in text.sections:
        items = [
            _entry(block)
            for block in section.blocks
            if block.startswith(("- ", "1", "2", "3", "4", "5", "6", "7", "8", "9"))
        ]
        known = [entry for entry in items if entry in headings or entry in numbers]
        if len(items) < 3 or len(known) < 0.6 * len(items):
            continue
        for entry in items:
            if entry not in headings and entry not in numbers:
                yield Problem(f"The contents list names {entry!r}, and no section has that heading.", section)
        listed = [headings.get(entry) or numbers.get(entry) for entry in known]
        levels = Counter(found.level for found in listed if found)
        level = levels.most_common(1)[0][0]
        for heading in headings.values():
            if heading.level == level and heading not in listed and heading.line > section.line:
                yield Problem(f"The contents list does not name {heading.title!r}.", heading)


def _entry(block: str) -> str:
    text = re.sub(r"^(?:- |\d+[.)] )", "", block)
    text = re.sub(r"^\d+(?:\.\d+)*[.)]?\s+", "", plain_text(text))
    return fold(" ".join(text.split()).rstrip(" .:;"))


@family.rule(
    "heading-level-jump",
    "Heading level skipped",
    Severity.INFO,
    "WCAG 2.2, technique G141",
    failing=one("# Policy\n\n### Data\n\nWe collect names.\n"),
    passing=one("# Policy\n\n## Data\n\nWe collect names.\n"),
)
def heading_level_jump(text: TextView) -> Iterator[Problem]:
    """People who use a screen reader find their way by heading levels; a jump makes them look for what is missing."""
    before = 0
    for section in text.sections:
        if section.level > before + 1 and before:
            yield Problem(f"The level jumps from {before} to {section.level}.", section)
        before = section.level or before


_PLACEHOLDER = re.compile(
    r"\b(?:TODO|TBD|TBC|FIXME|XXX|TKTK)\b(?=[:\])])|\[(?:TODO|TBD|TBC)\b|(?i:\blorem ipsum\b)"
    r"|\{\{\s*[A-Z][A-Z _]+\s*\}\}"  # a variable that is filled in, as {{ site.email }}, is none
    r"|\[(?i:insert|your|company|date|name|address|e-?mail)\b[^\]\n]{0,40}\](?![(\[:])|(?<![\w_])_{4,}(?![\w_])"
    r"|<(?i:insert|your|company)\b[^>\n]{0,40}>"
)


@family.rule(
    "placeholder",
    "Placeholder left in the text",
    Severity.ERROR,
    _READER,
    failing=one("## Contact\n\nWrite to [insert address] with your questions.\n"),
    passing=one("## Contact\n\nWrite to privacy@example.com with your questions.\n"),
)
def placeholder(text: TextView) -> Iterator[Problem]:
    """What a template leaves to fill in was published: the sentence says nothing, or the wrong thing."""
    for section in text.sections:
        if not section.blocks and not _PLACEHOLDER.search(section.heading):
            continue
        for number in range(section.line, min(section.end_line, len(text.lines)) + 1):
            match = _PLACEHOLDER.search(text.lines[number - 1])
            if match:
                yield Problem(f"{match.group().strip()!r} is a placeholder.", section, number)


_ENDS = re.compile(r"[.!?。！？।։؟…:;：；)\]”\"'»“’』」*_%》）｡]\s*$|[\u0e00-\u0eff]\s*$")


_WHOLE = (
    "## Data\n\nWe collect your name and your address when you order something from us or write to us about it.\n\n"
    "We use them to deliver what you have ordered from us, and to answer the questions that you ask.\n\n"
    "We never sell them to anybody else, whoever asks us for them and whatever he offers to pay.\n"
)


@family.rule(
    "cut-off-sentence",
    "Sentence without an end",
    Severity.WARNING,
    _READER,
    failing=one(f"{_WHOLE}\nWe keep what you have ordered for as long as the law of your country demands it, and we\n"),
    passing=one(_WHOLE),
)
def cut_off_sentence(text: TextView) -> Iterator[Problem]:
    """A paragraph that stops in mid-sentence lost its end in a paste, and with it perhaps a duty."""
    paragraphs = list(_sentences(text))
    open_ended = [(section, words) for section, words in paragraphs if not _ENDS.search(words)]
    if len(paragraphs) < 3 or len(open_ended) > 0.3 * len(paragraphs):
        return  # the text does not end its paragraphs with a mark
    for section, shown in open_ended:
        words = shown.split()
        line = text.line_of(" ".join(words[:3]), section)
        yield Problem(f"The paragraph ends with '… {' '.join(words[-4:])}', without a mark.", section, line)


def _sentences(text: TextView) -> Iterator[tuple[Section, str]]:
    """Paragraphs of running text, as read; what leads over to a list needs no mark at its end."""
    for section in text.sections:
        for block, following in zip(section.blocks, (*section.blocks[1:], ""), strict=False):
            if _NOT_PROSE.match(block) or following[:2] == "- " or re.match(r"\d+[.)] ", following):
                continue
            shown = plain_text(block).strip()
            if prose_of(block) and len(shown.split()) >= 8 and not _REFERENCE.search(shown):
                yield section, shown


_REFERENCE = re.compile(r"\d\s*$|[\w-]\.[a-z]{2,}\s*$|\d{3}[ .-]\d{3}")
"""A year, a site or a telephone number, as addresses have them."""
_NOT_PROSE = re.compile(r"[-:|>] |\d+[.)] |#|<|`|\s")


@family.rule(
    "suppression-without-reason",
    "Finding suppressed without a reason",
    Severity.WARNING,
    "who reads it later must know why",
    failing=one("## Data\n\n<!-- policyver: ignore empty-section -->\n\nWe collect names.\n"),
    passing=one("## Data\n\n<!-- policyver: ignore empty-section: it is announced for May -->\n\nWe collect names.\n"),
)
def suppression_without_reason(text: TextView) -> Iterator[Problem]:
    """A comment ``policyver: ignore RULE: reason`` takes a finding out of the count. Without a reason it does not."""
    for number, line in enumerate(text.lines, 1):
        for match in SUPPRESSION.finditer(line) if "policyver:" in line else ():
            if not match.group(2):
                yield Problem(
                    "A finding is suppressed here without a reason, so it still counts.",
                    text.section_at(number),
                    number,
                )


SUPPRESSION = re.compile(r"<!--\s*policyver:\s*ignore\s+([\w-]+(?:\s*,\s*[\w-]+)*)\s*(?::\s*(.*?))?\s*-->")
"""Rules, and the reason for which their findings do not count."""

RULES = [*_policies.rules, *family.rules]
