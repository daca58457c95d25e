"""Which text governs in a territory on a day: the text, its version, since when, and every step of the reasoning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from policyver.editions import Edition
from policyver.locales.tags import Nearness, best_match, canonical, language_name
from policyver.locales.territories import official_languages, regional_tag, territory_name

if TYPE_CHECKING:
    from policyver.locales.policies import PolicyTexts


class State(StrEnum):
    """How a local text, or what governs in a territory, stands (from good to bad)."""

    CURRENT = "current"
    PENDING = "pending"
    """A newer version is published and not in force yet."""
    DIVERGED = "diverged"
    """It says something that the source does not, and nobody has approved it."""
    PARTIAL = "partial"
    """Sections of the source are missing in it."""
    STALE = "stale"
    """The source has changed since, and the change has not happened here."""
    FALLBACK = "fallback"
    """There is no text in a language of the territory, and another one stands in."""
    MISSING = "missing"
    """No text governs at all."""


_BADNESS = {state: rank for rank, state in enumerate(State)}


def worst(states: Sequence[State]) -> State:
    """The worst of several states."""
    return max(states, key=_BADNESS.__getitem__)


@dataclass(frozen=True, slots=True)
class Governing:
    """A text that governs: the edition in force, and how it stands to the source."""

    edition: Edition
    state: State

    @property
    def locale(self) -> str:
        return self.edition.key.locale


@dataclass(frozen=True, slots=True)
class Resolution:
    """What governs in a territory on a day."""

    policy: str
    territory: str
    language: str | None
    """The reader's language, canonical, where one was asked for."""
    on: dt.date
    state: State
    governing: tuple[Governing, ...]
    """The best for the reader first; several where several govern."""
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entitled:
    """The texts that readers of a territory are entitled to, by the languages that are theirs."""

    by_language: dict[str, tuple[str, ...]]
    """For each language of the territory the locales that fit it equally well."""
    stand_ins: dict[str, tuple[str, ...]]
    """The same where only a related language is there."""
    chosen: bool
    """Whether the configuration names the locales itself."""

    @property
    def locales(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for several in self.by_language.values() for one in several))


def entitled(texts: PolicyTexts, territory: str, available: Sequence[str]) -> Entitled:
    """Which of the `available` locales are local to a territory."""
    said = texts.settings.territories.get(territory)
    if said is not None and said.locales is not None:
        wanted, chosen = said.locales, True
    else:
        wanted, chosen = official_languages(territory), False
    by_language: dict[str, tuple[str, ...]] = {}
    stand_ins: dict[str, tuple[str, ...]] = {}
    for language in wanted:
        if chosen and language in available:
            by_language[language] = (language,)
            continue
        matches = best_match(regional_tag(language, territory), tuple(available))
        fitting = tuple(one.locale for one in matches if one.nearness is Nearness.SAME)
        if fitting:
            by_language[language] = fitting
        elif matches:
            stand_ins[language] = tuple(one.locale for one in matches)
    stand_ins = {
        language: locales
        for language, locales in stand_ins.items()
        if not any(locale in found for locale in locales for found in by_language.values())
    }
    return Entitled(by_language, stand_ins, chosen)


@dataclass
class _Reasoning:
    """Collects the steps while the rule is applied."""

    texts: PolicyTexts
    territory: str
    language: str | None
    on: dt.date
    reasons: list[str] = field(default_factory=list)
    state: State | None = None

    def run(self) -> Resolution:
        available = [locale for locale in self.texts.locales_ever if self._edition(locale) is not None]
        precedence = self.texts.precedence_in(self.territory)
        self._say_rule(precedence)
        local = list(self._local(available))
        source = self.texts.source_locale if self.texts.source_locale in available else None
        if precedence == "source":
            chosen = [source] if source else []
            if not source:
                self.reasons.append(f"The source text ({self.texts.source_locale}) has no version in force.")
        elif precedence == "equal":
            chosen = list(dict.fromkeys([*local, *([source] if source else [])]))
        else:
            chosen = local
        if not chosen and precedence != "source":
            chosen = list(self._fallback(available, source))
        chosen = self._readers_first(chosen)
        governing = tuple(self._governing(locale) for locale in chosen)
        return Resolution(
            self.texts.name, self.territory, self.language, self.on, self._overall(governing, precedence), governing,
            tuple(self.reasons),
        )  # fmt: skip

    def _edition(self, locale: str) -> Edition | None:
        return self.texts.timeline(locale).in_force_on(self.on)

    def _say_rule(self, precedence: str) -> None:
        rule = {
            "local": "the local text prevails where there is one",
            "source": "the source text prevails; local texts are translations",
            "equal": "the local text and the source prevail equally",
        }[precedence]
        own = self.texts.settings.territories.get(self.territory)
        where = f" in {self.territory}" if own is not None and own.precedence else ""
        self.reasons.append(f"The rule of {self.texts.name}{where}: {rule}.")

    def _local(self, available: Sequence[str]) -> Iterator[str]:
        found = entitled(self.texts, self.territory, available)
        self._say_languages(found)
        for language, locales in found.by_language.items():
            if len(locales) > 1:
                self.reasons.append(f"{', '.join(locales)} fit {_named(language)} equally well.")
            yield from locales
        self._stand_ins = found.stand_ins

    _stand_ins: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def _say_languages(self, found: Entitled) -> None:
        name = territory_name(self.territory)
        if found.chosen:
            own = self.texts.settings.territories[self.territory].locales or ()
            self.reasons.append(f"The configuration gives {name} the texts {', '.join(own)}.")
            return
        languages = official_languages(self.territory)
        if not languages:
            self.reasons.append(f"CLDR knows no official language of {name}.")
            return
        listed = ", ".join(map(_named, languages))
        self.reasons.append(f"Official in {name}, by CLDR: {listed}.")
        without = [one for one in languages if one not in found.by_language and one not in found.stand_ins]
        if without and found.by_language:
            self.reasons.append(f"There is no text for {', '.join(map(_named, without))}.")

    def _fallback(self, available: Sequence[str], source: str | None) -> Iterator[str]:
        self.state = State.FALLBACK
        for language, locales in self._stand_ins.items():
            self.reasons.append(
                f"There is no text in {language_name(language)}; {', '.join(map(_named, locales))} stands in, "
                "as CLDR's language matching has it: a fallback, not a local text."
            )
            yield from locales
        if self._stand_ins:
            return
        if source is None:
            self.state = State.MISSING
            self.reasons.append("There is no local text and no source text in force: nothing governs.")
            return
        self.reasons.append(f"There is no local text in force, so the source text ({source}) governs.")
        yield source

    def _readers_first(self, locales: Sequence[str]) -> list[str]:
        if self.language is None:
            return list(dict.fromkeys(locales))
        fitting = [one.locale for one in best_match(self.language, tuple(locales))]
        if not fitting and locales:
            also = [one.locale for one in best_match(self.language, tuple(self.texts.locales))]
            has = f"; the text {', '.join(also)} is for reading only" if also else ""
            self.reasons.append(f"{_named(self.language)} is not a language whose text governs here{has}.")
        elif fitting and len(locales) > 1:
            self.reasons.append(f"The reader's language, {_named(self.language)}, decides: {', '.join(fitting)} first.")
        return list(dict.fromkeys([*fitting, *locales]))

    def _governing(self, locale: str) -> Governing:
        edition = self._edition(locale)
        assert edition is not None
        label = f"version {edition.metadata.label}, " if edition.metadata.label else ""
        self.reasons.append(
            f"{edition.path}: {label}{edition.commit[:10] if edition.commit else 'not committed'}, "
            f"in force since {edition.in_force_from.isoformat()}."
        )
        state, reasons = self.texts.state_of(locale, self.on)
        self.reasons.extend(reasons)
        return Governing(edition, state)

    def _overall(self, governing: Sequence[Governing], precedence: str) -> State:
        if not governing:
            return State.MISSING
        if self.state is State.FALLBACK:
            return State.FALLBACK
        if precedence == "source":
            return governing[0].state
        return worst([one.state for one in governing])


def resolve(texts: PolicyTexts, territory: str, language: str | None, on: dt.date) -> Resolution:
    """What governs in a territory (a checked code) on a day for a reader of `language`."""
    return _Reasoning(texts, territory, canonical(language) if language else None, on).run()


def _named(tag: str) -> str:
    name = language_name(tag)
    return f"{name} ({tag})" if name != tag else tag
