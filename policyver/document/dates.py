"""Dates as policies write them: ISO 8601, and prose in any language by CLDR's month names and field order."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import lru_cache

_REACH = 48
"""Characters of a date before or after its year."""
_YEAR = re.compile(r"\d{4}")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")


def find_dates(text: str, locale: str) -> list[tuple[str, dt.date]]:
    """Every date in `text` in reading order: the words that say it, and the day. A month alone is its first day."""
    return [(text[start:end], day) for start, end, day in date_spans(text, locale)]


def date_spans(text: str, locale: str) -> list[tuple[int, int, dt.date]]:
    """Where each date of `find_dates` stands in `text`."""
    found: list[tuple[int, int, dt.date]] = []
    plain = _ascii_digits(text)
    stretches = list(_around_years(plain))
    for pattern in _patterns(locale) if stretches else ():
        for first, last in stretches:
            for match in pattern.finditer(plain, first, last):
                day = _date(match, locale)
                if day and not any(start < match.end() and match.start() < end for start, end, _ in found):
                    found.append((match.start(), match.end(), day))
    return sorted(found)


def _around_years(text: str) -> Iterator[tuple[int, int]]:
    """Stretches in which a date can stand: each has a year, and most of a text has none."""
    first = last = 0
    for match in _YEAR.finditer(text):
        start, end = max(0, match.start() - _REACH), min(len(text), match.end() + _REACH)
        if last and start <= last:
            last = end
            continue
        if last:
            yield first, last
        first, last = start, end
    if last:
        yield first, last


def parse_date(text: str, locale: str) -> dt.date | None:
    """The first date in `text`, None if there is none."""
    iso = _ISO.search(text)
    if iso:
        try:
            return dt.date(*(int(part) for part in iso.groups()))
        except ValueError:
            return None
    found = find_dates(text, locale)
    return found[0][1] if found else None


def _ascii_digits(text: str) -> str:
    return text if text.isascii() else re.sub(r"[^\x00-\x7f]", _ascii_digit, text)


def _ascii_digit(match: re.Match[str]) -> str:
    character = match.group()
    return str(int(character)) if character.isdecimal() else character


@lru_cache(maxsize=64)
def _months(locale: str) -> dict[str, int]:
    """The names of months that a text may use: in its language as its country has them, in its language, in English."""
    names: dict[str, int] = {}
    for tag in dict.fromkeys((locale, locale.split("-")[0], "en")):
        for name, month in _named_months(tag):
            names.setdefault(name, month)
    return names


@lru_cache(maxsize=128)
def _named_months(tag: str) -> tuple[tuple[str, int], ...]:
    from babel import Locale, UnknownLocaleError

    try:
        contexts = Locale.parse(tag, sep="-").months
    except (UnknownLocaleError, ValueError):
        return ()
    named = (
        (name.casefold().rstrip("."), month)
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for month, name in contexts.get(context, {}).get(width, {}).items()
    )
    return tuple((name, month) for name, month in named if not name[:1].isdigit())


@lru_cache(maxsize=64)
def _day_first(locale: str) -> bool:
    from babel import Locale, UnknownLocaleError

    try:
        pattern = Locale.parse(locale, sep="-").date_formats["short"].pattern
    except (UnknownLocaleError, ValueError):
        return True
    return bool(pattern.find("d") < pattern.find("M"))


@lru_cache(maxsize=64)
def _patterns(locale: str) -> tuple[re.Pattern[str], ...]:
    names = "|".join(re.escape(name) for name in sorted(_months(locale), key=len, reverse=True))
    month = rf"(?P<name>{names})(?![^\W\d_])\.?"
    day = r"(?<!\d)(?P<d>\d{1,2})(?!\d)(?:\.|º|°|o(?!\w)|st|nd|rd|th|er|-?(?:го|e|a))?"
    year = r"(?P<y>\d{4})(?!\d)"
    of = r"\s*(?:(?:de|del|d’|d'|of|din|tháng)\s*)?"
    flags = re.IGNORECASE
    return (
        _ISO,
        re.compile(r"(?P<y>\d{4})\s*[年년]\s*(?P<m>\d{1,2})\s*[月월](?:\s*(?P<d>\d{1,2})\s*[日일號号])?"),
        re.compile(rf"{day}{of}{month}\s*[,،]?{of}{year}", flags),
        re.compile(rf"(?<![^\W\d_]){month}\s+{day},?\s*{year}", flags),
        re.compile(rf"{year}\.?\s*{month}\s*{day}", flags),
        re.compile(rf"(?<![^\W\d_]){month},?{of}{year}", flags),
        re.compile(rf"(?<![\d./-])(?P<a>\d{{1,2}})(?P<sep>[./-])\s?(?P<b>\d{{1,2}})(?P=sep)\s?{year}"),
    )


def _date(match: re.Match[str], locale: str) -> dt.date | None:
    groups = match.groupdict()
    try:
        if not groups:
            return dt.date(*(int(part) for part in match.groups()))
        year = int(groups["y"])
        if groups.get("a"):
            first, second = int(groups["a"]), int(groups["b"])
            day_first = groups["sep"] == "." or _day_first(locale)
            day, month = (first, second) if (day_first and second <= 12) or first > 12 else (second, first)
            return dt.date(year, month, day)
        month = int(groups["m"]) if groups.get("m") else _months(locale)[groups["name"].casefold()]
        return dt.date(year, month, int(groups.get("d") or 1))
    except (ValueError, KeyError):
        return None
