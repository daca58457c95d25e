"""Language tags: as file names write them -> canonical BCP 47, and how near two of them are.

Canonical forms, validity and distance come from langcodes (IANA registry and CLDR's language matching, UTS #35),
names from Babel's CLDR. Nothing here is a table of our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import langcodes

from policyver.errors import UsageError, nearest

_SAME_LANGUAGE = 10
"""CLDR's distance between what one reader takes for the same language: other region, or a script that he reads."""
_RELATED = 20
"""Up to here CLDR expects a reader of one language to be served by the other (Catalan by Spanish)."""


@lru_cache(maxsize=1024)
def canonical(written: str) -> str:
    """The canonical form of a tag as a file name writes it: ``pt_BR`` -> ``pt-BR``, ``tl-PH`` -> ``fil-PH``.

    A tag that is not well formed is given back as it is; `problem_of` says what is wrong with it.
    """
    try:
        return langcodes.standardize_tag(written.replace("_", "-"))
    except ValueError:
        return written


@lru_cache(maxsize=1024)
def problem_of(written: str) -> str | None:
    """Why a tag is none, as the end of a sentence; None for a valid one (RFC 5646 §2.2.9)."""
    tag = written.replace("_", "-")
    try:
        language = langcodes.Language.get(tag)
    except ValueError:
        return "is not formed like a language tag (language, script, territory)"
    if language.is_valid():
        return None
    for part, name in ((language.language, "language"), (language.script, "script"), (language.territory, "territory")):
        if part and not langcodes.Language.make(**{name: part}).is_valid():
            return f"has the {name} code {part!r}, which is not registered"
    return "is not a valid language tag"


def checked(written: str) -> str:
    """The canonical form of a tag that a person typed. Raises `UsageError` with the nearest languages."""
    problem = problem_of(written)
    if problem is None:
        return canonical(written)
    try:
        return langcodes.find(written).to_tag()
    except LookupError:
        names = {name.casefold(): code for code, name in _english_names().items()}
        raise UsageError(
            f"{written!r} {problem}", cure=nearest(written.casefold(), sorted({*names, *names.values()}))
        ) from None


@lru_cache(maxsize=1)
def _english_names() -> dict[str, str]:
    from babel import Locale

    return {code: str(name) for code, name in Locale("en").languages.items() if len(code) <= 3}


@lru_cache(maxsize=1024)
def base_language(tag: str) -> str:
    """The language subtag, individual languages of Norwegian, Chinese and the like as their macrolanguage."""
    return langcodes.Language.get(canonical(tag), normalize=True).prefer_macrolanguage().language or "und"


def language_name(tag: str, in_language: str = "en") -> str:
    """The name of a language for readers of `in_language`; the tag itself where CLDR has none."""
    from babel import Locale, UnknownLocaleError

    for written in (canonical(tag), canonical(tag).split("-")[0]):
        try:
            name = Locale.parse(written, sep="-").get_display_name(in_language.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue
        if name:
            return str(name)
    return tag


@lru_cache(maxsize=256)
def direction(locale: str) -> str:
    """``ltr`` or ``rtl`` as CLDR has it for a language tag, ``auto`` for a tag that CLDR does not know."""
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(locale, sep="-").text_direction)
    except (UnknownLocaleError, ValueError):
        return "auto"


class Nearness(StrEnum):
    """How a text fits the language that a territory reads."""

    SAME = "same"
    """The language itself, perhaps as another region or script writes it."""
    FALLBACK = "fallback"
    """A related language, or the same in a script of its own: it stands in, and that is said."""


@dataclass(frozen=True, slots=True)
class Match:
    """A text's tag that fits a wanted one."""

    locale: str
    nearness: Nearness
    distance: int


@lru_cache(maxsize=4096)
def best_match(wanted: str, available: tuple[str, ...]) -> tuple[Match, ...]:
    """The tags among `available` that fit `wanted` best, all of them where several fit equally well.

    Source: CLDR's language matching (UTS #35 part 1, §4.4), which knows that Angola reads ``pt-PT`` before
    ``pt-BR`` and Hong Kong ``zh-Hant`` but not ``zh-Hans``; lookup by RFC 4647 §3.4 would know neither.
    """
    scored: dict[str, int] = {}
    for locale in available:
        if problem_of(locale) is None:
            scored[locale] = langcodes.tag_distance(canonical(wanted), canonical(locale), ignore_script=False)
    if not scored:
        return ()
    ranks = {locale: (distance, *_specificity(wanted, locale)) for locale, distance in scored.items()}
    best = min(ranks.values())
    matches = []
    for locale in (locale for locale, rank in ranks.items() if rank == best):
        distance = scored[locale]
        if same_language(wanted, locale):
            nearness = Nearness.SAME if distance <= _SAME_LANGUAGE else Nearness.FALLBACK
            matches.append(Match(locale, nearness, distance))
        elif _between_languages(wanted, locale) <= _RELATED:
            matches.append(Match(locale, Nearness.FALLBACK, distance))
    return tuple(matches)


def _specificity(wanted: str, locale: str) -> tuple[bool, bool]:
    """Between tags at one distance the one of the territory comes first, then the one of no territory."""
    here = langcodes.Language.get(canonical(locale)).territory
    return here != langcodes.Language.get(canonical(wanted)).territory, here is not None


def _between_languages(one: str, other: str) -> int:
    """CLDR's distance between two languages, whatever the territories."""
    first, second = (langcodes.Language.get(canonical(tag)) for tag in (one, other))
    return langcodes.tag_distance(
        langcodes.Language.make(first.language, script=first.script).to_tag(),
        langcodes.Language.make(second.language, script=second.script).to_tag(),
    )


def same_language(one: str, other: str) -> bool:
    """Whether two tags are of one language, whatever region or script; ``no`` and ``nb`` are, ``nn`` is another."""
    return base_language(one) == base_language(other) or _between_languages(one, other) <= 1
