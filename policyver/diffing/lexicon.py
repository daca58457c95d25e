"""Words that weigh in a policy, by language: one TOML file each in ``lexicons/``.

Categories: ``negation``, ``duty``, ``permission``, ``unit`` (of time and amounts), ``number`` (numerals in
words), ``data``, ``purpose``, ``recipient``, ``right``. A term is a word or phrase in lower case; ``*`` at its
end or start stands for any ending or beginning, since most of these languages inflect.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

from policyver.document.words import Remembered

CATEGORIES = ("negation", "duty", "permission", "data", "purpose", "recipient", "right")
WEIGHED = (*CATEGORIES, "number")
"""The categories that `Lexicon.find` looks for; units count only after a number."""


Term = tuple[str, str]
"""Category and words of a term found in a text."""


@dataclass(frozen=True, slots=True)
class _Word:
    """What a word that tells something tells."""

    begins: bool
    """Whether a term of several words can begin with it."""
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """Terms of one word, by which of their ends is open."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]
    ends: tuple[str, ...]
    middles: tuple[str, ...]

    def has(self, word: str) -> bool:
        return (
            word in self.whole
            or word.startswith(self.beginnings)
            or word.endswith(self.ends)
            or any(middle in word for middle in self.middles)
        )


def _words_of(terms: Iterable[str]) -> _Words:
    by_open_ends: tuple[list[str], ...] = ([], [], [], [])
    for term in terms:
        by_open_ends[term.endswith("*") + 2 * term.startswith("*")].append(term.strip("*"))
    whole, *others = map(tuple, by_open_ends)
    return _Words(frozenset(whole), *others)


@dataclass(frozen=True)
class Lexicon:
    """The weighing words of one language."""

    language: str
    terms: dict[str, list[str]]
    spaced: bool
    """Whether the language writes blanks between words."""

    def find(self, text: str) -> list[Term]:
        """The weighing terms in `text`, as they are written there, in lower case; phrases first."""
        text = text.casefold()
        if not self.spaced:
            return [(match.lastgroup or "", match.group()) for match in self._phrases.finditer(text)]
        told = self._told(text)
        found: list[Term] = []
        if any(word.begins for word in told):
            found = [(match.lastgroup or "", match.group()) for match in self._phrases.finditer(text)]
            if found:
                told = self._told(self._phrases.sub(" ", text))
        for word in told:
            found.extend(word.terms)
        return found

    def number_words(self, text: str) -> list[str]:
        """The numerals in words in `text`, in lower case."""
        terms = (
            (term for word in self._told(text.casefold()) for term in word.terms) if self.spaced else self.find(text)
        )
        return [term for category, term in terms if category == "number"]

    def _told(self, text: str) -> list[_Word]:
        """What the words of `text` tell, those that tell nothing left out."""
        vocabulary = self._vocabulary
        return [told for word in _WORD.findall(text) if (told := vocabulary[word])]

    @cached_property
    def _vocabulary(self) -> Remembered[_Word | None]:
        return Remembered(self._read_word)

    def _read_word(self, word: str) -> _Word | None:
        begins = self._phrase_start.match(word) is not None
        terms = tuple((category, word) for category in WEIGHED if self._words[category].has(word))
        return _Word(begins, terms) if begins or terms else None

    @cached_property
    def _phrase_start(self) -> re.Pattern[str]:
        """What a word looks like that a phrase begins with; a phrase may begin within it, after an apostrophe."""
        firsts = {term.split()[0] for terms in self.terms.values() for term in terms if " " in term}
        return re.compile(rf".*?(?<![^\W_])(?:{_either(sorted(firsts))})" if firsts else r"(?!)")

    @cached_property
    def _words(self) -> dict[str, _Words]:
        """For each category, its terms of one word."""
        return {name: _words_of([term for term in self.terms.get(name, ()) if " " not in term]) for name in WEIGHED}

    @cached_property
    def _phrases(self) -> re.Pattern[str]:
        """Terms of several words; without blanks between words, all terms."""
        groups = []
        begins: set[str] = set()
        for name in WEIGHED:
            terms = [term for term in self.terms.get(name, []) if " " in term or not self.spaced]
            if terms:
                groups.append(f"(?P<{name}>{_either(terms)})")
                begins.update(term[0] for term in terms)
        if not groups:
            return re.compile(r"(?!)")
        either = f"(?:{'|'.join(groups)})"
        if self.spaced:
            either = rf"(?<![^\W_]){either}(?![^\W_])"
        if "*" not in begins:  # few places of a text can be the start of a term, and one look tells them
            either = f"(?=[{re.escape(''.join(sorted(begins)))}]){either}"
        return re.compile(either)

    @cached_property
    def _unit(self) -> re.Pattern[str]:
        either = _either(self.terms["unit"])
        return re.compile(rf"[ \u00a0-]?(?:{either})(?![^\W_])" if self.spaced else rf" ?(?:{either})")

    def unit_after(self, text: str) -> str:
        """The unit at the start of `text`, with the blank before it; empty if it starts with none."""
        match = self._unit.match(text.casefold())
        return text[: match.end()] if match else ""


_WORD = re.compile(r"%|[^\W\d_]+(?:['’-][^\W\d_]+)*['’]?")


def _either(terms: list[str]) -> str:
    written = []
    for term in sorted(terms, key=len, reverse=True):
        core = re.escape(term.strip("*")).replace(r"\*", r"\w*").replace(r"\ ", r"\s+")
        start = r"[\w'’-]*" if term.startswith("*") else ""
        end = r"[\w'’-]*" if term.endswith("*") else ""
        written.append(start + core + end)
    return "|".join(written)


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
