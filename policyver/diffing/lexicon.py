"""Words that weigh in a policy, by language: one TOML file each in ``lexicons/``.

Categories: ``negation``, ``duty``, ``permission``, ``unit`` (of time and amounts), ``number`` (numerals in
words), ``data``, ``purpose``, ``recipient``, ``right``. A term is a word or phrase in lower case; ``*`` at its
end or start stands for any ending or beginning, since most of these languages inflect.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

CATEGORIES = ("negation", "duty", "permission", "data", "purpose", "recipient", "right")


@dataclass(frozen=True)
class Lexicon:
    """The weighing words of one language."""

    language: str
    terms: dict[str, list[str]]
    spaced: bool
    """Whether the language writes blanks between words."""

    @cached_property
    def _regexes(self) -> dict[str, re.Pattern[str]]:
        return {name: _regex(terms, self.spaced) for name, terms in self.terms.items() if terms}

    def find(self, category: str, text: str) -> Iterator[str]:
        """The terms of a category in `text`, in order, as they are written there, in lower case."""
        regex = self._regexes.get(category)
        if regex is not None:
            for match in regex.finditer(text.casefold()):
                yield match.group().strip()

    def unit_after(self, text: str) -> str:
        """The unit at the start of `text`, with the blank before it; empty if it starts with none."""
        regex = self._regexes.get("unit")
        lead = text[: len(text) - len(text.lstrip(" -\u00a0"))]
        match = regex.match(text.casefold(), len(lead)) if regex is not None and len(lead) <= 1 else None
        return text[: match.end()] if match else ""


def _regex(terms: list[str], spaced: bool) -> re.Pattern[str]:
    written = []
    for term in sorted(terms, key=len, reverse=True):
        core = re.escape(term.strip("*")).replace(r"\ ", r"\s+")
        start = r"\w*" if term.startswith("*") else ""
        end = r"\w*" if term.endswith("*") else ""
        written.append(start + core + end)
    either = "|".join(written)
    return re.compile(rf"(?<![^\W_])(?:{either})(?![^\W_])" if spaced else either)


@lru_cache(maxsize=32)
def lexicon_for(locale: str) -> Lexicon | None:
    """The lexicon of the language of a tag, None where there is none."""
    language = locale.split("-")[0].lower()
    if not re.fullmatch(r"[a-z]{2,3}", language):
        return None
    file = files("policyver.diffing") / "lexicons" / f"{language}.toml"
    if not file.is_file():
        return None
    terms = tomllib.loads(file.read_text(encoding="utf-8"))
    return Lexicon(language, terms, spaced=language not in ("zh", "ja", "th"))
