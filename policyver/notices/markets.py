"""What a change means in each market: which text governs for its readers, and whether that text changed.

A market's readers are an audience: a territory and a language. What governs for them before and after decides, not
what the source says: where the local text prevails and has not changed, nothing has happened yet, and there is
nothing to announce. Two repositories' states in, one `MarketChange` for each audience and governing text out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from policyver import diffing
from policyver.config import Duty
from policyver.editions import Edition
from policyver.errors import UsageError
from policyver.locales.policies import PolicyTexts, listed, open_policies
from policyver.locales.tags import language_name, same_language
from policyver.model import Change, Significance
from policyver.workspace import Workspace

_ALL_IN_FORCE = dt.date.max
"""A day on which everything that is published has come into force."""


@dataclass(frozen=True, slots=True, order=True)
class Audience:
    """The readers of a market: who they are decides which text governs for them."""

    territory: str
    language: str = ""
    """A canonical language tag; empty where it is not known."""

    @property
    def key(self) -> str:
        """``DE/de``; stable, it is part of what makes a notice the same notice."""
        return f"{self.territory}/{self.language}"


class Outcome(StrEnum):
    """What a change is to an audience."""

    CHANGED = "changed"
    """The text that governs changed."""
    REPLACED = "replaced"
    """Another text governs from now on."""
    UNCHANGED = "unchanged"
    """The text that governs is the same as before, whatever the source says."""
    ABSENT = "absent"
    """No text governs."""


@dataclass(frozen=True, slots=True)
class MarketChange:
    """What happened for an audience to one text that governs there."""

    policy: str
    audience: Audience
    outcome: Outcome
    reason: str
    """A sentence without its full stop: why there is a notice, or why there is none."""
    old: Edition | None = None
    new: Edition | None = None
    """The text that governs, once all that is published is in force."""
    changes: tuple[Change, ...] = ()
    duty: Duty = Duty.NONE

    @property
    def significance(self) -> Significance | None:
        """How much it weighs; that another text governs is material."""
        if self.outcome is Outcome.REPLACED:
            return Significance.MATERIAL
        return Significance.heaviest([change.significance for change in self.changes])

    @property
    def is_announced(self) -> bool:
        """Whether there is a notice of it."""
        return self.duty is not Duty.NONE

    @property
    def version(self) -> str:
        """The commit that made the version: with the policy and the audience it names the notice."""
        assert self.new is not None
        return self.new.commit or ""


@dataclass(frozen=True, slots=True)
class Span:
    """The two states between which notices are computed, with the policies in them."""

    base: dict[str, PolicyTexts]
    head: dict[str, PolicyTexts]
    head_commit: str


def open_span(workspace: Workspace, revisions: str | None, policy: str | None, today: dt.date) -> Span:
    """The states that ``BASE..HEAD`` names; without it, what the last commit changed.

    The workspace has all of its history. Raises `UsageError` for a range that is none.
    """
    written = revisions or "HEAD^..HEAD"
    old, dots, new = written.partition("..")
    if not dots or new.startswith("."):
        raise UsageError(f"{written!r} is no range", cure="Write BASE..HEAD, as in privacy@1.0.0..privacy@2.0.0.")
    states = [workspace.state(name or "HEAD") for name in (old, new)]
    named = {one.endpoint.rev.partition("@")[0] for one in states if one.endpoint.rev and "@" in one.endpoint.rev}
    if policy is None and len(named) == 1:
        [policy] = named
    assert states[1].commit is not None
    base, head = (workspace.as_of(state) for state in states)
    before = {texts.name: texts for texts in _opened(base, None, today)}
    after = {texts.name: texts for texts in _opened(head, policy, today)}
    return Span(before, after, states[1].commit.id)


def _opened(workspace: Workspace, policy: str | None, today: dt.date) -> list[PolicyTexts]:
    return open_policies(workspace, policy, today) if workspace.present or policy else []


class Markets:
    """Computes what a span means for audiences; each text is compared once, however many audiences it has."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._compared: dict[tuple[str, str], tuple[Change, ...]] = {}
        self._found: dict[tuple[str, Audience], tuple[MarketChange, ...]] = {}

    @property
    def policies(self) -> list[str]:
        return sorted(self._span.head)

    def territories(self, policy: str) -> tuple[str, ...]:
        """The territories that a policy is for."""
        return self._span.head[policy].territories

    def changes(self, policy: str, audience: Audience) -> tuple[MarketChange, ...]:
        """What the span means for an audience: one answer for each text that governs for it."""
        known = self._found.get((policy, audience))
        if known is None:
            known = self._found[policy, audience] = tuple(self._changes(policy, audience))
        return known

    def _changes(self, policy: str, audience: Audience) -> Iterator[MarketChange]:
        head = self._span.head[policy]
        after = _governing(head, audience)
        before = _governing(self._span.base[policy], audience) if policy in self._span.base else {}
        if not after:
            yield MarketChange(policy, audience, Outcome.ABSENT, "no text governs there")
        for locale, new in after.items():
            base = self._span.base.get(policy)
            old = base.current(locale) if base is not None and locale in base.locales else None
            yield self._change(head, audience, locale, old, new, before)

    def _change(
        self,
        texts: PolicyTexts,
        audience: Audience,
        locale: str,
        old: Edition | None,
        new: Edition,
        before: dict[str, Edition],
    ) -> MarketChange:
        policy = texts.name
        if locale not in before:
            duty = texts.settings.duties[Significance.MATERIAL]
            former = next(iter(before.values()), None)
            instead = f"instead of {former.key.locale}" if former else "where none did before"
            reason = f"the {language_name(locale)} text governs {instead}"
            return MarketChange(policy, audience, Outcome.REPLACED, reason, former, new, (), duty)
        changes = self._compare(old, new)
        weight = Significance.heaviest([one.significance for one in changes])
        if weight is None:
            return MarketChange(policy, audience, Outcome.UNCHANGED, self._why_not(texts, locale), old, new)
        duty = texts.settings.duties[weight]
        titles = listed([one.section.title for one in changes], 3)
        reason = f"the {language_name(locale)} text changed: {titles}"
        if duty is Duty.NONE:
            reason += f"; that is {weight}, of which the configuration sends no notice"
        return MarketChange(policy, audience, Outcome.CHANGED, reason, old, new, changes, duty)

    def _why_not(self, texts: PolicyTexts, locale: str) -> str:
        """Why a governing text that did not change leaves nothing to announce."""
        source = texts.source_locale
        base = self._span.base.get(texts.name)
        old = base.current(base.source_locale) if base is not None else None
        new = texts.current(source)
        changes = self._compare(old, new) if locale != source and old and new else ()
        if not changes:
            return f"the {language_name(locale)} text has not changed"
        titles = listed([one.section.title for one in changes], 3)
        return f"the source changed ({titles}); the {language_name(locale)} text has not, so nothing changes"

    def _compare(self, old: Edition | None, new: Edition | None) -> tuple[Change, ...]:
        if old is None or new is None or old.content == new.content:
            return ()
        names = (f"{old.key}:{old.commit}", f"{new.key}:{new.commit}")
        if names not in self._compared:
            self._compared[names] = diffing.compare(old.document, new.document, new.key.locale)
        return self._compared[names]


def _governing(texts: PolicyTexts, audience: Audience) -> dict[str, Edition]:
    """The texts that govern for an audience once all that is published is in force, the reader's first.

    Where local texts in several languages govern, a reader is told of those in his own language.
    """
    found = texts.resolve(audience.territory, audience.language or None, _ALL_IN_FORCE)
    governing = {one.locale: one.edition for one in found.governing}
    if not audience.language or texts.precedence_in(audience.territory) != "local":
        return governing
    own = {locale: one for locale, one in governing.items() if same_language(locale, audience.language)}
    return own or governing


@dataclass(frozen=True, slots=True)
class Announcement:
    """Audiences for which the same thing happened: what the dry run shows as one line."""

    change: MarketChange
    audiences: tuple[Audience, ...]

    @property
    def territories(self) -> tuple[str, ...]:
        return tuple(sorted({one.territory for one in self.audiences}))


def grouped(changes: Iterable[MarketChange]) -> list[Announcement]:
    """Changes with the same answer as one; announced ones first."""
    groups: dict[tuple[object, ...], list[MarketChange]] = {}
    for one in changes:
        locale = one.new.key.locale if one.new else ""
        groups.setdefault((one.policy, one.outcome, locale, one.reason, one.duty), []).append(one)
    found = [Announcement(several[0], tuple(sorted(one.audience for one in several))) for several in groups.values()]
    return sorted(found, key=lambda one: (one.change.policy, not one.change.is_announced, one.territories))
