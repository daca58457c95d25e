"""The words of notices in many languages: gettext catalogs (one ``.po`` file a language), dates and plurals by CLDR.

A catalog is read from its ``.po`` file, so that what translators edit is what is used. English is the source.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

from policyver.locales.tags import Nearness, best_match, canonical, direction


@dataclass(frozen=True, slots=True)
class Catalog:
    """The words of one language."""

    tag: str
    translations: NullTranslations

    def __call__(self, message: str, **values: object) -> str:
        """A message with its ``{placeholders}`` filled in."""
        return self.translations.gettext(message).format(**values)

    def plural(self, one: str, many: str, n: int, **values: object) -> str:
        """A message that depends on a number, by the language's plural rules (CLDR)."""
        return self.translations.ngettext(one, many, n).format(n=self.number(n), **values)

    def number(self, n: int) -> str:
        from babel.numbers import format_decimal

        return format_decimal(n, locale=self._babel)

    def day(self, day: dt.date) -> str:
        """A day in full, as the language writes it."""
        from babel.dates import format_date

        return format_date(day, "long", locale=self._babel)

    def territory(self, code: str) -> str:
        from babel import Locale

        return str(Locale.parse(self._babel).territories.get(code, code))

    def language(self, tag: str) -> str:
        """The name of a language as a heading has it: with a capital where the script has some."""
        from policyver.locales.tags import language_name

        name = language_name(tag, self.tag)
        return name[:1].upper() + name[1:]

    @property
    def direction(self) -> str:
        return direction(self.tag)

    @property
    def _babel(self) -> str:
        return self.tag.replace("-", "_")


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The tags of the languages that there are catalogs for."""
    found = (one.name.removesuffix(".po") for one in files(__name__).iterdir() if one.name.endswith(".po"))
    return tuple(sorted({"en", *found}))


@lru_cache(maxsize=64)
def _translations(tag: str) -> NullTranslations:
    if tag == "en":
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with files(__name__).joinpath(f"{tag}.po").open("rb") as file:
        catalog = read_po(file, locale=tag.replace("-", "_"))
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)


@lru_cache(maxsize=256)
def catalog_for(*wanted: str) -> Catalog:
    """The catalog for the first of `wanted` that has one (RFC 4647 lookup, CLDR's matching), else English."""
    for tag in wanted:
        for match in best_match(canonical(tag), languages()) if tag else ():
            if match.nearness is Nearness.SAME:
                return Catalog(match.locale, _translations(match.locale))
    return Catalog("en", _translations("en"))
