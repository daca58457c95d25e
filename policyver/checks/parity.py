"""Rules for what must be the same in every language: numbers, dates, amounts, links, addresses, anchors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache

from policyver.checks.references import ids_in
from policyver.checks.rule import Family, LocalView, Problem, both
from policyver.diffing.lexicon import lexicon_for
from policyver.diffing.reading import EMAIL, plain_text, urls, with_ascii_digits, without_addresses
from policyver.document.dates import date_spans
from policyver.locales.links import plain_target
from policyver.model import Section, Severity

family = Family("parity", LocalView)
RULES = family.rules

_SAME = "the same duty in every language: WP260 rev.01 §13"


def _pair(en: str, de: str, wrong: str) -> dict[str, object]:
    source = f"## Data {{#data}}\n\n{en}\n"
    return {
        "passing": both(source, f"## Daten {{#data}}\n\n{de}\n"),
        "failing": both(source, f"## Daten {{#data}}\n\n{wrong}\n"),
    }


_ATTRIBUTES = re.compile(r"\{[^{}\n]*\}")
_ENUMERATION = re.compile(r"(?m)^ *(?:- )?\d{1,9}[.)] |[(（]\d{1,2}[)）]|(?<=[；;，,。\s])\d{1,2}[)）、]")
"""Numbers that only count items: in one language the list is in the paragraph, in another it is a list."""
_THIRD_PARTY = re.compile(r"[第제]\s?3\s?(?=[자者方])")
"""The *third* in *third party*, which most languages write in letters."""
_GROUPED = re.compile(r"(?<!\d)\d{1,3}(?:[.,'’\u202f\u00a0 ]\d{3})+(?!\d)")
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.,])\d+(?:[.,]\d+)?(?!\w*@)")


@lru_cache(maxsize=8192)
def _words(text: str) -> str:
    """The words of canonical text, free of marks, targets and attributes."""
    return plain_text(_ATTRIBUTES.sub("", without_addresses(text)))


@lru_cache(maxsize=8192)
def _without_dates(text: str, locale: str) -> tuple[str, tuple[str, ...]]:
    """Words with the dates cut out, and those dates as ISO 8601."""
    if not _DIGIT.search(text):
        return text, ()
    kept, at, days = [], 0, []
    for start, end, day in date_spans(text, locale):
        kept.append(text[at:start])
        days.append(day.isoformat())
        at = max(at, end)
    return " ".join([*kept, text[at:]]), tuple(days)


_DIGIT = re.compile(r"\d")


def _joined(match: re.Match[str]) -> str:
    return re.sub(r"\D", "", match.group())


def _plain_numbers(text: str) -> str:
    """`text` with ASCII digits, without grouping marks, with a point before decimals and no idle noughts after it."""
    plain = _GROUPED.sub(_joined, with_ascii_digits(text))
    return re.sub(r"(?<=\d)[.,](\d+)", lambda match: f".{match.group(1)}".rstrip("0").rstrip("."), plain)


@lru_cache(maxsize=8192)
def _numbers(text: str, locale: str) -> Counter[str]:
    words, _ = _without_dates(_words(text), locale)
    plain = _plain_numbers(_THIRD_PARTY.sub("", _ENUMERATION.sub(" ", words)))
    return Counter(number.lstrip("0") or "0" for number in _NUMBER.findall(plain))


def _number_words(text: str, locale: str) -> int:
    lexicon = lexicon_for(locale)
    return len(lexicon.number_words(_words(text))) if lexicon else 99


def _fair(text: LocalView) -> Iterator[tuple[Section, Section]]:
    """Pairs that should say the same: neither behind their source nor approved to differ."""
    for source, local, behind in text.pairs():
        if not behind and not text.texts.approved(text.locale, source, local):
            yield source, local


@family.rule(
    "differing-numbers",
    "Numbers that differ from the source",
    Severity.ERROR,
    _SAME,
    **_pair("We keep it for 30 days.", "Wir bewahren es 30 Tage auf.", "Wir bewahren es 60 Tage auf."),  # type: ignore[arg-type]
)
def differing_numbers(text: LocalView) -> Iterator[Problem]:
    """Periods, ages and limits bind. A number that one language writes in words is no difference."""
    for source, local in _fair(text):
        ours, theirs = _numbers(source.text, text.texts.source_locale), _numbers(local.text, text.locale)
        lost = [number for number in ours if number not in theirs]
        extra = [number for number in theirs if number not in ours]
        if not lost and not extra:
            continue
        in_words = _number_words(local.text, text.locale) - _number_words(source.text, text.texts.source_locale)
        if (lost and not extra and in_words >= len(lost)) or (extra and not lost and -in_words >= len(extra)):
            continue
        if (lost and not extra and lexicon_for(text.locale) is None) or (
            extra and not lost and lexicon_for(text.locale) is None
        ):
            continue
        yield Problem(_difference("number", lost, extra), local, _line(text, local, extra))


def _difference(what: str, lost: list[str], extra: list[str]) -> str:
    parts = []
    if lost:
        parts.append(f"the source has the {what}{'s' * (len(lost) > 1)} {', '.join(lost)}")
    if extra:
        parts.append(f"this text has {', '.join(extra)}")
    said = ", ".join(parts) + (
        " instead" if lost and extra else ", and this text does not" if lost else ", and the source does not"
    )
    return f"{said[:1].upper()}{said[1:]}."


def _line(text: LocalView, section: Section, words: list[str]) -> int:
    return text.line_of(words[0], section) if words else section.line


@family.rule(
    "differing-dates",
    "Dates that differ from the source",
    Severity.ERROR,
    _SAME,
    **_pair(
        "Until 4 May 2026 the old terms hold.",
        "Bis zum 4. Mai 2026 gelten die alten.",
        "Bis zum 4. Juni 2026 gelten die alten.",
    ),  # type: ignore[arg-type]
)
def differing_dates(text: LocalView) -> Iterator[Problem]:
    """A period that ends on another day in another language ends on neither."""
    for source, local in _fair(text):
        _, ours = _without_dates(_words(source.text), text.texts.source_locale)
        _, theirs = _without_dates(_words(local.text), text.locale)
        if ours and theirs and set(ours) != set(theirs):
            lost, extra = sorted(set(ours) - set(theirs)), sorted(set(theirs) - set(ours))
            yield Problem(_difference("date", lost, extra), local)


_CURRENCY = re.compile(
    r"([$€£¥₹₩₽₺]|\b(?:USD|EUR|GBP|JPY|CHF|CNY|PLN|CZK|HUF|SEK|NOK|DKK|CAD|AUD|BRL|INR|KRW|RUB|TRY)\b)"
)
_AMOUNT = re.compile(rf"(?:{_CURRENCY.pattern}\s?(\d+(?:\.\d+)?))|(?:(\d+(?:\.\d+)?)\s?{_CURRENCY.pattern})")
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY"}


def _amounts(text: str, locale: str) -> Counter[str]:
    plain = _plain_numbers(_words(text))
    found: Counter[str] = Counter()
    for before, after_sign, ahead, behind in _AMOUNT.findall(plain):
        sign, number = (before, after_sign) if before else (behind, ahead)
        found[f"{number} {_SIGNS.get(sign, sign)}"] += 1
    return found


@family.rule(
    "differing-amounts",
    "Amounts of money that differ from the source",
    Severity.ERROR,
    _SAME,
    **_pair(
        "Liability is limited to $500.", "Die Haftung ist auf 500 $ begrenzt.", "Die Haftung ist auf 500 € begrenzt."
    ),  # type: ignore[arg-type]
)
def differing_amounts(text: LocalView) -> Iterator[Problem]:
    """A limit of liability or a price in another currency is another limit."""
    for source, local in _fair(text):
        ours, theirs = _amounts(source.text, text.texts.source_locale), _amounts(local.text, text.locale)
        lost, extra = sorted(ours - theirs), sorted(theirs - ours)
        if lost and extra:
            yield Problem(_difference("amount", lost, extra), local, _line(text, local, [extra[0].split()[0]]))


def _links(section: Section) -> list[str]:
    return [url for url in urls(section.text) if not url.startswith(("mailto:", "tel:")) and not EMAIL.fullmatch(url)]


def _emails(section: Section) -> list[str]:
    return [address.casefold() for address in EMAIL.findall(section.text)]


def _lacking(text: LocalView, read: Callable[[Section], list[str]], same: Callable[[str], str]) -> Iterator[Lacking]:
    """For each section of the source, what it has and the whole local text lacks."""
    here = {same(one) for section in text.sections for one in read(section)}
    for standing in text.fresh.sections:
        section = standing.section
        if section is standing.local:
            continue
        lost = list(dict.fromkeys(one for one in read(section) if same(one) not in here))
        if lost and not text.texts.approved(text.locale, section, standing.local):
            yield section, standing.local, lost


Lacking = tuple[Section, Section | None, list[str]]
"""Section of the source, its counterpart, and what is not there."""


def _not_here(what: str, lacking: Iterator[Lacking]) -> Iterator[Problem]:
    for section, local, lost in lacking:
        many = ("es" if what.endswith("s") else "s") * (len(lost) > 1)
        yield Problem(
            f"The source has in {section.title!r} the {what}{many} {', '.join(lost)}, and this text does not.", local
        )


def _fragment(url: str) -> str:
    """Where on its page a link leads; empty for the page as a whole."""
    return url.partition("#")[2].casefold()


def _other_form(text: LocalView, url: str) -> str | None:
    """A link of the local text to the same place of a page: ``#rights`` for ``https://example.com/privacy#rights``."""
    wanted = _fragment(url)
    links = (link for section in text.sections for link in _links(section)) if wanted else ()
    return next((link for link in links if _fragment(link) == wanted and (link[0] == "#") != (url[0] == "#")), None)


@family.rule(
    "differing-links",
    "Link of the source missing",
    Severity.ERROR,
    _SAME,
    **_pair("See [them](https://example.com/rights).", "Siehe [dort](https://example.com/de/rights).", "Siehe dort."),  # type: ignore[arg-type]
)
def differing_links(text: LocalView) -> Iterator[Problem]:
    """Where the source leads its readers to a form or a further text, the translation must do so too. The language
    in the address may differ."""
    for section, local, lost in _lacking(text, _links, plain_target):
        gone = [url for url in lost if _other_form(text, url) is None]
        if gone:
            yield from _not_here("link", iter([(section, local, gone)]))


@family.rule(
    "differing-link-form",
    "Link within the text written as a whole address, or the reverse",
    Severity.INFO,
    "RFC 3986 §4.4, same-document references",
    **_pair("See [them](#rights).", "Siehe [dort](#rights).", "Siehe [dort](https://example.com/de/privacy#rights)."),  # type: ignore[arg-type]
)
def differing_link_form(text: LocalView) -> Iterator[Problem]:
    """Both lead to the same place as long as the address of the page stays what it is."""
    for section, local, lost in _lacking(text, _links, plain_target):
        for url in lost:
            other = _other_form(text, url)
            if other is not None:
                yield Problem(f"The source has in {section.title!r} the link {url}, and this text has {other}.", local)


@family.rule(
    "differing-emails",
    "E-mail address of the source missing",
    Severity.ERROR,
    "Art. 13(1)(a) and (b) GDPR: contact details",
    **_pair("Write to a@example.com.", "Schreiben Sie an a@example.com.", "Schreiben Sie an b@example.com."),  # type: ignore[arg-type]
)
def differing_emails(text: LocalView) -> Iterator[Problem]:
    """Who writes to an address that nobody reads has not reached the company."""
    yield from _not_here("address", _lacking(text, _emails, str))


@family.rule(
    "differing-anchors",
    "Anchor of the source missing",
    Severity.ERROR,
    "RFC 3986 §3.5",
    failing=both("## Data {#data}\n\nNames.\n", "## Daten\n\nNamen.\n"),
    passing=both("## Data {#data}\n\nNames.\n", "## Daten {#data}\n\nNamen.\n"),
)
def differing_anchors(text: LocalView) -> Iterator[Problem]:
    """Links from products and from other texts name the anchor; in the language that lacks it they lead nowhere."""
    yield from _not_here("anchor", _lacking(text, ids_in, str))
