"""What precedence clauses are made of, by language: one TOML file each in ``clauses/``, languages' names from CLDR.

Categories: ``prevail`` and, weaker, ``applies``; ``version`` (what texts are called), ``translation``,
``conflict``; the texts that can prevail: ``local``, ``this``, ``original``; ``equal`` and ``convenience``;
``over`` (before the text that yields), ``law`` (an *English court* is no English text), ``not``. A term is a word
or phrase; ``*`` is any beginning or ending, ``…`` a few words. ``[names]`` has the stems of a language's adjective
where CLDR's name does not begin with it. ``boundary = "none"`` for languages that write words together or put
articles before them without a blank; ``spaced = false`` for those without blanks; ``negation = "after"`` where the
negation follows the verb.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

from policyver.locales.folding import fold
from policyver.locales.tags import base_language

CATEGORIES = (
    "prevail", "applies", "version", "translation", "conflict", "local", "this", "original", "equal", "convenience",
    "over", "law", "not",
)  # fmt: skip
_SHORTEST_NAME = 4
"""A language's name with fewer letters is looked for as a whole word only."""


@dataclass(frozen=True)
class ClauseLexicon:
    """The words of precedence clauses in one language."""

    language: str
    terms: dict[str, tuple[str, ...]]
    names: dict[str, tuple[str, ...]]
    endings: tuple[str, ...]
    words_apart: bool
    """Whether words stand between blanks, so that a term begins where a word begins."""
    negates_after: bool
    """Whether the negation follows the verb."""

    def spans(self, category: str, folded: str) -> list[tuple[int, int]]:
        """Where terms of a category stand in folded text."""
        pattern = self._patterns.get(category)
        return [match.span() for match in pattern.finditer(folded)] if pattern else []

    def has(self, category: str, folded: str) -> bool:
        pattern = self._patterns.get(category)
        return pattern is not None and pattern.search(folded) is not None

    @cached_property
    def conjunctions(self) -> frozenset[str]:
        """*And* and *or*, from CLDR's list patterns."""
        from babel import Locale

        patterns = Locale.parse(self.language).list_patterns
        pairs = (patterns[style]["2"] for style in ("standard", "or") if style in patterns)
        return frozenset(fold(pair.replace("{0}", "").replace("{1}", "").strip()) for pair in pairs)

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {name: self._either(terms) for name, terms in self.terms.items() if terms}

    def _either(self, terms: Iterable[str]) -> re.Pattern[str]:
        return re.compile("|".join(self._written(term) for term in sorted(map(fold, terms), key=len, reverse=True)))

    def _written(self, term: str) -> str:
        core = (
            re.escape(term.strip("*"))
            .replace(r"\*", r"\w*")
            .replace(r"\ …\ ", r"\s[^.;:,]{0,40}?")
            .replace("…", ".{0,12}?")
        )
        core = core.replace(r"\ ", r"\s+")
        if not self.words_apart:
            return core
        start = r"\w*" if term.startswith("*") else r"(?<!\w)"
        return start + core + (r"\w*" if term.endswith("*") else r"(?!\w)")

    def may_be_clause(self, folded: str) -> bool:
        """Whether folded text has words of a verdict and names a text: a quick test that most paragraphs fail."""
        return any(core in folded for core in self._verdict) and (
            any(core in folded for core in self._text)
            or (any(core in folded for core in self._setting) and any(stem in folded for stem in self._tags))
        )

    @cached_property
    def _verdict(self) -> tuple[str, ...]:
        return self._cores("prevail", "applies", "equal", "convenience")

    @cached_property
    def _text(self) -> tuple[str, ...]:
        return self._cores("local", "this", "original", "translation")

    @cached_property
    def _setting(self) -> tuple[str, ...]:
        return self._cores("version", "conflict")

    def _cores(self, *categories: str) -> tuple[str, ...]:
        """Of each term the longest stretch that a text must have to have the term."""
        terms = (fold(term) for category in categories for term in self.terms[category])
        return tuple({max(re.split(r"[*…\s]+", term), key=len) for term in terms})

    def languages(self, folded: str) -> list[tuple[int, int, str]]:
        """Names of languages in folded text: start, end, tag. The longest name at a place counts."""
        return [(match.start(), match.end(), self._tags[match["stem"]]) for match in self._names.finditer(folded)]

    @cached_property
    def _names(self) -> re.Pattern[str]:
        stems = sorted(self._tags, key=len, reverse=True)
        either = "|".join(re.escape(stem) for stem in stems)
        if not self.words_apart:
            return re.compile(f"(?P<stem>{either})")
        short = "|".join(re.escape(stem) for stem in stems if len(stem) < _SHORTEST_NAME and stem.isascii())
        long = "|".join(re.escape(stem) for stem in stems if not (len(stem) < _SHORTEST_NAME and stem.isascii()))
        whole = rf"|(?:{short})(?!\w)" if short else ""
        return re.compile(rf"(?<!\w)(?P<stem>(?:{long}){whole})\w*")

    @cached_property
    def _tags(self) -> dict[str, str]:
        """Folded stems of the names of languages, as this language calls them, and their tags."""
        stems: dict[str, str] = {}
        for tag, name in _cldr_names(self.language).items():
            if tag not in self.names:
                for stem in self._stems(fold(name)):
                    stems.setdefault(stem, tag)
        for tag, forms in self.names.items():
            stems.update((fold(form), tag) for form in forms)
        return stems

    def _stems(self, name: str) -> Iterable[str]:
        if "(" in name or "," in name or not name:
            return
        if not self.words_apart:
            name = name.removeprefix("ال").removesuffix("ة")
        if len(name) >= (_SHORTEST_NAME if name.isascii() else 2):
            for ending in self.endings:
                if name.endswith(fold(ending)) and len(name) - len(ending) >= _SHORTEST_NAME:
                    yield name[: len(name) - len(fold(ending))]
                    return
            yield name


@lru_cache(maxsize=64)
def _cldr_names(language: str) -> dict[str, str]:
    from babel import Locale

    return {code: str(name) for code, name in Locale.parse(language).languages.items() if code in _spoken()}


@lru_cache(maxsize=1)
def _spoken() -> frozenset[str]:
    """Languages that a policy may be published in: official somewhere, or with a lexicon here."""
    from policyver.locales.territories import territories_of_languages

    return frozenset({*territories_of_languages(), *known_languages(), "ca", "eu", "gl", "cy"}) - {"und"}


@lru_cache(maxsize=1)
def known_languages() -> tuple[str, ...]:
    """The languages whose precedence clauses can be read."""
    folder = files("policyver.locales") / "clauses"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


_WRITTEN_ALIKE = {"no": "nb", "nn": "nb", "sr": "hr", "bs": "hr", "yue": "zh"}
"""Macrolanguages, and languages whose clauses use the same words in Latin script."""


@lru_cache(maxsize=64)
def clause_lexicon(tag: str) -> ClauseLexicon | None:
    """The lexicon for the language of a tag; None where there is none, so that its clauses cannot be read."""
    language = base_language(tag)
    if language in ("sr", "bs") and "Latn" not in tag:
        return None
    language = _WRITTEN_ALIKE.get(language, language)
    if language not in known_languages():
        return None
    file = files("policyver.locales") / "clauses" / f"{language}.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return ClauseLexicon(
        language,
        {name: tuple(table.get(name, ())) for name in CATEGORIES},
        {tag: tuple(forms) for tag, forms in table.get("names", {}).items()},
        tuple(sorted(table.get("endings", ()), key=len, reverse=True)),
        words_apart=table.get("spaced", True) and table.get("boundary", "word") == "word",
        negates_after=table.get("negation") == "after",
    )
