"""What a rule is: a small function that yields problems, with its id, title, severity, source and two examples.

The rationale is the function's docstring. A family of rules is a module with a `Family`; nothing is registered by
importing alone.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from policyver.editions import Edition
from policyver.locales.freshness import Freshness
from policyver.locales.policies import PolicyTexts
from policyver.model import Section, Severity

TEXT = "policies/privacy/{locale}.md"


@dataclass(frozen=True)
class Example:
    """A small policy repository: commits of ``privacy`` texts by locale, one a day, and a configuration."""

    commits: tuple[Mapping[str, str], ...]
    """By locale; another path with a ``/`` in it; None-like empty text removes a file."""
    config: str = ""
    today: dt.date = dt.date(2026, 6, 1)
    tags: Mapping[str, int] = field(default_factory=dict)
    """Tags, and the index of the commit that each names."""


def one(text: str, **more: str) -> Example:
    """An example of one English text."""
    return Example(({"en": text, **more},))


def both(en: str, de: str, config: str = "") -> Example:
    """An example of a source text and its German translation."""
    return Example(({"en": en, "de": de},), config)


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule function found; the runner makes a `Finding` of it."""

    message: str
    section: Section | None = None
    line: int | None = None
    end_line: int | None = None
    locale: str | None = None
    path: str | None = None
    """Another file than the text itself."""


@dataclass(frozen=True)
class TextView:
    """A text as it is now, as the rules for single texts see it."""

    texts: PolicyTexts
    edition: Edition

    @property
    def locale(self) -> str:
        return self.edition.key.locale

    @property
    def sections(self) -> tuple[Section, ...]:
        return self.edition.document.sections

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of the file; the first is line 1."""
        return tuple(self.edition.content.decode("utf-8-sig", errors="replace").splitlines())

    def section_at(self, line: int) -> Section | None:
        """The section that a line belongs to."""
        return next((section for section in self.sections if section.line <= line <= section.end_line), None)

    def line_of(self, words: str, section: Section) -> int:
        """The line of a section in which `words` stand; the section's first where they are wrapped."""
        first = words.strip()
        for number in range(section.line, min(section.end_line, len(self.lines)) + 1):
            if first and first in self.lines[number - 1]:
                return number
        return section.line


@dataclass(frozen=True)
class LocalView(TextView):
    """A translation as it is now, held against the source."""

    source: Edition
    fresh: Freshness

    def pairs(self) -> Iterator[tuple[Section, Section, bool]]:
        """Section of the source as it is now, its counterpart, and whether the source has changed it since."""
        for standing in self.fresh.sections:
            if standing.local is not None and standing.section is not standing.local:
                yield standing.section, standing.local, standing.change is not None


Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Rule(Generic[Subject]):
    """A rule; `check` is given a text, a translation or a policy."""

    id: str
    title: str
    rationale: str
    source: str
    """Where the rule comes from: a standard, a law, a practice."""
    severity: Severity
    family: str
    subject: type[Any]
    """What it looks at: `TextView`, `LocalView` or `PolicyTexts`."""
    check: Callable[[Subject], Iterator[Problem]]
    passing: Example
    failing: Example


AnyRule = Rule[Any]


class Family:
    """Collects the rules of one module, in the order in which they are written."""

    def __init__(self, name: str, subject: type[Any]) -> None:
        self.name = name
        self.subject = subject
        self.rules: list[AnyRule] = []

    def rule(
        self, id_: str, title: str, severity: Severity, source: str, *, passing: Example, failing: Example
    ) -> Callable[[Callable[[Any], Iterator[Problem]]], Callable[[Any], Iterator[Problem]]]:
        """Makes a function a rule of the family."""

        def make(check: Callable[[Any], Iterator[Problem]]) -> Callable[[Any], Iterator[Problem]]:
            rationale = inspect.cleandoc(check.__doc__ or "")
            self.rules.append(
                Rule(id_, title, rationale, source, severity, self.name, self.subject, check, passing, failing)
            )
            return check

        return make
