"""The state of every text and of every territory on a day, as ``policyver status`` reports it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from policyver.editions import Edition
from policyver.locales.freshness import Freshness, SectionStanding
from policyver.locales.governing import Resolution, State
from policyver.locales.policies import PolicyTexts
from policyver.model import TextKey


@dataclass(frozen=True, slots=True)
class TextStatus:
    """How one text stands."""

    key: TextKey
    path: str
    is_source: bool
    edition: Edition | None
    """In force on the day."""
    state: State
    reasons: tuple[str, ...]
    fresh: Freshness | None

    @property
    def sections(self) -> tuple[SectionStanding, ...]:
        """Each section of a translation with its state; none for the source."""
        return self.fresh.sections if self.fresh else ()


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The answer of ``policyver status``."""

    on: dt.date
    texts: tuple[TextStatus, ...]
    territories: tuple[Resolution, ...]


def status(
    policies: Sequence[PolicyTexts], on: dt.date, locale: str | None = None, territories: Sequence[str] = ()
) -> StatusReport:
    """The status of `policies` on a day. `territories` are checked codes; none stands for all that concern a policy."""
    texts, resolved = [], []
    for policy in policies:
        texts += [_text(policy, one, on) for one in policy.locales if locale in (None, one)]
        resolved += [policy.resolve(code, on=on) for code in territories or policy.territories]
    return StatusReport(on, tuple(texts), tuple(resolved))


def _text(policy: PolicyTexts, locale: str, on: dt.date) -> TextStatus:
    key = policy.key(locale)
    state, reasons = policy.state_of(locale, on)
    edition = policy.timeline(locale).in_force_on(on)
    if policy.current(locale) is None and key in policy.unreadable:
        reasons = [*reasons, f"{locale}: what is there now cannot be read. {policy.unreadable[key]}"]
    return TextStatus(
        key,
        policy.workspace.present[key].path,
        locale == policy.source_locale,
        edition,
        state,
        tuple(reasons),
        policy.freshness(locale, on),
    )
