"""Territories (ISO 3166-1 codes): their names, and the languages that a policy's readers there are entitled to.

Official languages come from CLDR's territory data; the configuration may say otherwise for a policy.
"""

from __future__ import annotations

from functools import lru_cache

from policyver.errors import UsageError, nearest


@lru_cache(maxsize=1)
def territory_names() -> dict[str, str]:
    """English names of all countries and territories by code."""
    from babel import Locale

    return {code: str(name) for code, name in Locale("en").territories.items() if len(code) == 2 and code.isalpha()}


def checked_territory(written: str) -> str:
    """The code of a territory that a person typed, as code or English name. Raises `UsageError`."""
    names = territory_names()
    code = written.strip().upper()
    if code in names and code not in ("ZZ", "XA", "XB", "EU", "EZ", "UN"):
        return code
    by_name = {name.casefold(): code for code, name in names.items()}
    if written.strip().casefold() in by_name:
        return by_name[written.strip().casefold()]
    known = [f"{code} ({name})" for code, name in names.items()]
    close = nearest(written, list(names.values())) if len(written) > 3 else nearest(code, sorted(names))
    cure = close if close.startswith("Did") else f"Write an ISO 3166-1 code such as {known[4]}, or its English name."
    raise UsageError(f"there is no territory {written!r}", cure=cure)


def territory_name(code: str) -> str:
    """The English name of a territory; the code itself where CLDR has none."""
    return territory_names().get(code, code)


@lru_cache(maxsize=512)
def official_languages(territory: str) -> tuple[str, ...]:
    """Tags of the languages that are official in the whole of a territory, with the script it writes them in.

    Source: CLDR territoryInfo, by population. Empty where CLDR knows none.
    """
    from babel.languages import get_official_languages

    spoken = get_official_languages(territory, regional=False, de_facto=True)
    return tuple(tag.replace("_", "-") for tag in spoken)


@lru_cache(maxsize=1)
def territories_of_languages() -> dict[str, tuple[str, ...]]:
    """For each language subtag the territories in which it is official."""
    found: dict[str, list[str]] = {}
    for code in sorted(territory_names()):
        for tag in official_languages(code):
            found.setdefault(tag.split("-")[0], []).append(code)
    return {language: tuple(dict.fromkeys(codes)) for language, codes in found.items()}


def regional_tag(language: str, territory: str) -> str:
    """A language as a territory writes it: ``pt`` and ``AO`` -> ``pt-AO``, ``zh-Hant`` and ``HK`` -> ``zh-Hant-HK``."""
    parts = language.split("-")
    if any(len(part) == 2 and part.isupper() for part in parts[1:]):
        return language
    return f"{language}-{territory}"
