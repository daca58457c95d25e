"""``policyver notify``: what is to be announced to whom, planned, composed, queued and delivered.

A plan is computed from two states of the repository and from who there is: the markets of the subscribers, and the
channels that have a receiver of their own. Queueing it twice, or from two jobs at once, adds nothing: a message is
named by policy, version, audience, recipient and channel.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from policyver.config import Channel, Duty, Settings
from policyver.errors import ConfigurationError
from policyver.locales.tags import canonical
from policyver.notices import outbox, subscribers
from policyver.notices.composing import Letter, content_of, letter_for, payload_for
from policyver.notices.markets import Announcement, Audience, MarketChange, Markets, grouped
from policyver.notices.outbox import Draft, Queued
from policyver.notices.store import Store, tables
from policyver.notices.templates import own_templates, render


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice through one channel: to its receiver, or to the subscribers of a market."""

    change: MarketChange
    channel: Channel
    audience: Audience
    territories: tuple[str, ...]
    kind: str | None
    """``mail`` or ``apprise`` for subscribers, None for a channel that has one receiver."""
    recipients: int

    @property
    def key(self) -> str:
        """The audience in the notice's key."""
        if self.kind:
            return self.audience.key
        assert self.change.new is not None
        return f"channel:{self.channel.name}/{self.change.new.key.locale}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run announces, to whom, and what it does not announce and why."""

    announcements: tuple[Announcement, ...]
    deliveries: tuple[Delivery, ...]
    remarks: tuple[str, ...]
    """Sentences for whoever runs it: people without a channel, notice periods that are not kept."""
    head_commit: str

    @property
    def recipients(self) -> int:
        return sum(one.recipients for one in self.deliveries)


def plan(markets: Markets, settings: Settings, store: Store | None, today: dt.date, head_commit: str) -> Plan:
    """What is to be announced. Without a store (none has been made yet) there are no subscribers."""
    people = subscribers.markets(store) if store is not None else []
    announcements: list[Announcement] = []
    deliveries: list[Delivery] = []
    remarks: list[str] = []
    for policy in markets.policies:
        known = {Audience(one.territory, one.language) for one in people}
        silent = set(markets.territories(policy)) - {one.territory for one in known}
        audiences = sorted([*known, *(Audience(territory) for territory in silent)])
        changes = [announced(markets.changes(policy, one)) for one in audiences]
        announcements += grouped(changes)
        by_audience = dict(zip(audiences, changes, strict=True))
        deliveries += _to_subscribers(by_audience, settings, store)
        deliveries += _to_channels(markets, policy, settings)
        remarks += _periods(policy, changes, settings, today)
    remarks += _unreached(people, settings)
    return Plan(tuple(announcements), tuple(deliveries), tuple(dict.fromkeys(remarks)), head_commit)


def announced(changes: Sequence[MarketChange]) -> MarketChange:
    """Of the texts that govern for an audience, the first of which there is something to say."""
    return next((one for one in changes if one.is_announced), changes[0])


def _to_subscribers(
    changes: dict[Audience, MarketChange], settings: Settings, store: Store | None
) -> Iterator[Delivery]:
    """The notices for subscribers. Of several channels that serve a market the first does: nobody hears twice."""
    for kind in ("mail", "apprise") if store is not None else ():
        channels = [
            one for one in settings.channels if one.per_subscriber and (one.url is not None) == (kind == "mail")
        ]
        for audience, change in changes.items():
            channel = next((one for one in channels if _serves(one, change.policy, audience)), None)
            if channel is None or not change.is_announced:
                continue
            assert store is not None
            count = _count(store, change, audience, kind)
            if count:
                yield Delivery(change, channel, audience, (audience.territory,), kind, count)


def _serves(channel: Channel, policy: str, audience: Audience) -> bool:
    """Whether a channel is for a policy and a market; one that names nothing is for all."""
    return (
        (not channel.policies or policy in channel.policies)
        and (not channel.territories or audience.territory in channel.territories)
        and (channel.language is None or canonical(channel.language) == audience.language)
    )


def _conditions(change: MarketChange, audience: Audience, kind: str) -> list[Any]:
    return outbox.audience_of(
        change.policy, audience.territory, audience.language, kind, consent=change.duty is Duty.COURTESY
    )


def _count(store: Store, change: MarketChange, audience: Audience, kind: str) -> int:
    with store.reading() as connection:
        query = select(func.count()).select_from(tables.subscribers).where(*_conditions(change, audience, kind))
        return int(connection.execute(query).scalar_one())


def _to_channels(markets: Markets, policy: str, settings: Settings) -> Iterator[Delivery]:
    """The notices for channels of their own: one for each version that governs in their territories."""
    for channel in settings.channels:
        if channel.per_subscriber or (channel.policies and policy not in channel.policies):
            continue
        language = canonical(channel.language) if channel.language else ""
        territories = channel.territories or markets.territories(policy)
        found: dict[tuple[str, str], list[MarketChange]] = {}
        for territory in territories:
            # A channel without a language hears of every text that governs in its territories.
            for change in markets.changes(policy, Audience(territory, language)):
                if change.is_announced and change.new is not None:
                    found.setdefault((change.new.key.locale, change.version), []).append(change)
        for several in found.values():
            where = tuple(sorted({one.audience.territory for one in several}))
            yield Delivery(several[0], channel, several[0].audience, where, None, 1)


def _periods(policy: str, changes: Sequence[MarketChange], settings: Settings, today: dt.date) -> Iterator[str]:
    """Where a notice sent today comes too late for the notice period that the policy promises."""
    days = settings.policy(policy).notice_period_days
    late: dict[dt.date, list[str]] = {}
    for one in changes:
        if days is None or not one.is_announced or one.new is None:
            continue
        if (one.new.in_force_from - today).days < days:
            late.setdefault(one.new.in_force_from, []).append(one.new.key.locale)
    for day, locales in sorted(late.items()):
        which = f"{policy} ({', '.join(dict.fromkeys(locales))})"
        left = (day - today).days
        when = f"takes effect in {left} days" if left > 0 else f"has been in force since {day}"
        yield f"{which} {when}: the notice period of {days} days is not kept."


def _unreached(people: Sequence[subscribers.Market], settings: Settings) -> Iterator[str]:
    serving = {one.url is not None for one in settings.channels if one.per_subscriber}
    mails = sum(one.count for one in people if one.kind == "mail")
    others = sum(one.count for one in people if one.kind == "apprise")
    if mails and True not in serving:
        yield (
            f"No channel serves the {mails} subscribers with an e-mail address: add one with per_subscriber = true "
            "and a mailto:// url."
        )
    if others and False not in serving:
        yield (
            f"No channel serves the {others} subscribers with an apprise URL of their own: add one with "
            "per_subscriber = true and no url."
        )


# composing


def check_links(found: Plan, settings: Settings) -> None:
    """Refuse to send courtesy notices that would lack the link to unsubscribe. Raises `ConfigurationError`."""
    for one in found.deliveries:
        if one.kind and one.change.duty is Duty.COURTESY and settings.notices.base_url is None:
            raise ConfigurationError(
                "courtesy notices carry a link to unsubscribe, which needs a base_url", where="notices.base_url",
                cure=f'Add base_url = "https://…" to [notices], or change [policies.{one.change.policy}.notices].',
            )  # fmt: skip


def compose(found: Plan, settings: Settings, root: Path, today: dt.date) -> list[tuple[Delivery, Draft, Letter]]:
    """The notices of a plan, written. Raises `ConfigurationError` for a template that does not work."""
    notices = settings.notices
    letters = [
        letter_for(
            one.change, one.channel.language or (one.audience.language if one.kind else None), notices, today,
            one.territories, personal=one.kind is not None,
        )
        for one in found.deliveries
    ]  # fmt: skip
    folder = root / notices.templates if notices.templates else None
    rendered = render(letters, own_templates(folder))
    composed = []
    for one, letter, pieces in zip(found.deliveries, letters, rendered, strict=True):
        change = one.change
        assert change.new is not None
        content = content_of(letter, pieces, payload_for(change, one.territories))
        draft = Draft(
            change.policy, change.version, one.key, change.new.key.locale, letter.language, str(change.duty),
            change.new.name, content,
        )  # fmt: skip
        composed.append((one, draft, letter))
    return composed


# queueing


def queue(
    store: Store,
    composed: Sequence[tuple[Delivery, Draft, Letter]],
    due: int,
    told: Queued,
    progress: Callable[[int], None] = lambda added: None,
) -> int:
    """Queue all messages of composed notices, due at `due` (milliseconds since 1970); how many are new."""
    total = 0
    for delivery, draft, _ in composed:
        with store.writing() as connection:
            notice = outbox.keep_notice(store, connection, draft, store.clock())
            if delivery.kind is None:
                total += outbox.queue_for_channel(store, connection, notice, delivery.channel.name, due, told)
                continue
        conditions = _conditions(delivery.change, delivery.audience, delivery.kind)
        for added in outbox.queue_for_subscribers(store, notice, delivery.channel.name, conditions, due, told):
            total += added
            progress(added)
    return total
