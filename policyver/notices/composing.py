"""A change of a market into words: subject, mail as text and HTML, Markdown, a short text for push, and data.

A `Letter` has everything ready to be read: dates, numbers and names in the reader's language, words before and after
in the language of the text. Templates only lay it out (`policyver.notices.templates`). What is a person's own, such
as the link to unsubscribe, is not in it: `UNSUBSCRIBE` stands in its place until the message is sent, so that one
letter serves a million readers. Nothing that is composed asks a server for anything: no pixel, no tracked link.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from policyver.config import Duty, NoticeSettings
from policyver.editions import Edition
from policyver.encoding import dumps
from policyver.locales.tags import direction
from policyver.model import Change, Hunk, Kind, Reason, Significance
from policyver.notices.catalogs import Catalog, catalog_for
from policyver.notices.fitting import fit
from policyver.notices.markets import MarketChange, Outcome
from policyver.safety import readable, visible

UNSUBSCRIBE = "\ue000unsubscribe\ue001"
"""Stands for the reader's own link; two private characters that no policy's text keeps (`_clean`)."""
_MOST_SECTIONS = 12
_MOST_RUNS = 24
_MOST_TERRITORIES = 6
_CONTEXT = 70
_NEW_TEXT = 400


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a section's words: ``equal``, ``delete`` or ``insert``."""

    op: str
    text: str


@dataclass(frozen=True, slots=True)
class SectionChange:
    """What a reader is told of one section."""

    title: str
    kind: str
    """``New section``, in the reader's language."""
    weight: str
    """``Material change``, in the reader's language."""
    significance: str
    """``material``: the same for programs."""
    reasons: tuple[str, ...]
    """``Number: 30 days → 60 days``."""
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """What templates lay out; every value is ready to be read."""

    subject: str
    title: str
    policy: str
    headline: str
    """The sentence that says since when the new version is in force."""
    where: str
    """The sentence that says which text governs in the reader's territory."""
    count: str
    """How many sections changed, empty where another text governs."""
    sections: tuple[SectionChange, ...]
    more: str
    """How many more sections there are, empty for none."""
    text_link: str
    text_url: str
    redline_link: str
    redline_url: str
    why: str
    """Why the reader gets this."""
    unsubscribe_link: str
    unsubscribe_url: str
    """`UNSUBSCRIBE`, empty for a contractual notice."""
    sender: str
    language: str
    direction: str
    locale: str
    """The language of the text that governs, in which the words before and after are."""
    text_direction: str
    effective: str
    """ISO 8601."""


@dataclass(frozen=True, slots=True)
class Content:
    """A notice laid out for every kind of channel."""

    subject: str
    text: str
    html: str
    markdown: str
    push: str
    payload: str
    """JSON for webhooks: the diff and what it means."""

    @property
    def digest(self) -> str:
        """SHA-256 of all of it, which the evidence keeps."""
        fields = "\0".join(asdict(self).values())
        return hashlib.sha256(fields.encode("utf-8", "surrogatepass")).hexdigest()


def letter_for(
    change: MarketChange,
    language: str | None,
    settings: NoticeSettings,
    today: dt.date,
    territories: Sequence[str] = (),
    *,
    personal: bool = True,
) -> Letter:
    """The letter to the readers of a market (or of several `territories`), in `language`, else in their own, else in
    that of the text. One that is not `personal` goes to a channel's own receiver, who cannot unsubscribe."""
    assert change.new is not None
    new, where = change.new, territories or (change.audience.territory,)
    locale = new.key.locale
    say = catalog_for(language or change.audience.language, locale)
    title, day = _clean(_title(new)), say.day(new.in_force_from)
    coming = new.in_force_from > today
    shown = _worth_showing(change.changes)
    more = len(change.changes) - len(shown)
    courtesy = change.duty is Duty.COURTESY
    text_url, redline_url = _links(change, settings)
    return Letter(
        subject=fit(say("{title}: what changes on {date}", title=title, date=day) if coming
                    else say("{title}: what has changed", title=title), 150),
        title=title,
        policy=change.policy,
        headline=_headline(say, change, title, day, coming=coming),
        where=_where(say, where, locale),
        count=say.plural("{n} section changes.", "{n} sections change.", len(change.changes))
        if change.outcome is Outcome.CHANGED
        else "",
        sections=tuple(_section(say, one, arrow(direction(locale))) for one in shown),
        more=say.plural("And {n} more section.", "And {n} more sections.", more) if more else "",
        text_link=say("Read the full text"),
        text_url=text_url,
        redline_link=say("Compare the old and the new version"),
        redline_url=redline_url,
        why=say("You receive this notice because you asked to be told of changes to this text.")
        if courtesy or not personal
        else say("You receive this notice because this text applies to you and we owe you notice of its changes."),
        unsubscribe_link=say("Unsubscribe"),
        unsubscribe_url=UNSUBSCRIBE if courtesy and personal else "",
        sender=_clean(settings.sender or ""),
        language=say.tag,
        direction=say.direction,
        locale=locale,
        text_direction=direction(locale),
        effective=new.in_force_from.isoformat(),
    )  # fmt: skip


def _headline(say: Catalog, change: MarketChange, title: str, day: str, *, coming: bool) -> str:
    if change.outcome is Outcome.REPLACED:
        assert change.new is not None
        name = say.language(change.new.key.locale)
        return say("Governing text from {date}: {title} ({language})",
                   date=day, title=title, language=name)  # fmt: skip
    if coming:
        return say("A new version of “{title}” takes effect on {date}.", title=title, date=day)
    return say("A new version of “{title}” has been in force since {date}.", title=title, date=day)


def _where(say: Catalog, territories: Sequence[str], locale: str) -> str:
    names = [say.territory(code) for code in territories[:_MOST_TERRITORIES]]
    shown = ", ".join([*names, "…"] if len(territories) > _MOST_TERRITORIES else names)
    return say("Governing text ({territory}): {language}", territory=shown, language=say.language(locale))


def _title(edition: Edition) -> str:
    """How the text calls itself: its front matter's title, its first heading, or the policy's name."""
    said = edition.document.front_matter.get("title")
    first = next((one.heading for one in edition.document.sections if one.level == 1 and one.heading), "")
    return str(said or first or edition.key.policy)


def _links(change: MarketChange, settings: NoticeSettings) -> tuple[str, str]:
    """Where the text and its redline are read, below ``base_url``; empty without one."""
    if settings.base_url is None or change.new is None:
        return "", ""
    text = f"{settings.base_url}/{quote(change.policy)}/{quote(change.new.key.locale)}/"
    if change.old is None or change.outcome is Outcome.REPLACED:
        return text, ""
    return text, f"{text}{quote(change.old.name)}..{quote(change.new.name)}"


# sections


def _worth_showing(changes: Sequence[Change]) -> list[Change]:
    """The sections to tell of, in their order: the heaviest where there are many, slips of the pen only if all are."""
    weighty = [one for one in changes if one.significance is not Significance.EDITORIAL] or list(changes)
    kept = sorted(weighty, key=lambda one: -one.significance.weight)[:_MOST_SECTIONS]
    return [one for one in weighty if one in kept]


def arrow(way: str) -> str:
    """What stands between old and new: it points the way that the text is read."""
    return " ← " if way == "rtl" else " → "


def _section(say: Catalog, change: Change, to: str) -> SectionChange:
    titles = [_clean(one.title) for one in (change.old, change.new) if one is not None]
    return SectionChange(
        title=fit(to.join(dict.fromkeys(titles)) if Kind.RENAMED in change.kinds else titles[-1], 200),
        kind=_kind(say, change),
        weight=_weight(say, change.significance),
        significance=str(change.significance),
        reasons=tuple(_reasons(say, change.reasons, to)),
        runs=tuple(_runs(change.hunks)),
    )


def _kind(say: Catalog, change: Change) -> str:
    if Kind.ADDED in change.kinds:
        return say("New section")
    if Kind.REMOVED in change.kinds:
        return say("Section removed")
    if change.kinds == (Kind.MOVED,):
        return say("Section moved")
    return say("Section changed")


def _weight(say: Catalog, significance: Significance) -> str:
    return {
        Significance.MATERIAL: say("Material change"),
        Significance.CLARIFYING: say("Clarification"),
        Significance.EDITORIAL: say("Editorial change"),
    }[significance]


def _reasons(say: Catalog, reasons: Iterable[Reason], to: str) -> Iterator[str]:
    names = {
        "number": say("Number"),
        "amount": say("Amount"),
        "date": say("Date"),
        "data": say("Data"),
        "purpose": say("Purpose"),
        "recipient": say("Recipient"),
        "right": say("Right"),
        "link": say("Link"),
    }
    said = set()
    for reason in reasons:
        name = names.get(reason.code.partition("-")[0])
        words = [fit(_clean(one), 80) for one in (reason.old, reason.new)]
        if name is None or not any(words):
            continue
        line = f"{name}: {to.join(one or '—' for one in words)}"
        if line not in said:
            said.add(line)
            yield line


def _runs(hunks: Sequence[Hunk]) -> Iterator[Run]:
    """The words that changed, with a little of what stands around them."""
    count = 0
    for index, hunk in enumerate(hunks):
        if count >= _MOST_RUNS:
            yield Run("equal", " …")
            return
        if hunk.op == "equal":
            text = _around(_plain(hunk.new), after=index > 0, before=index < len(hunks) - 1)
            if text:
                yield Run("equal", text)
            continue
        count += 1
        for op, words in (("delete", hunk.old), ("insert", hunk.new)):
            text = _plain(words)
            if text.strip():
                yield Run(op, fit(text, _NEW_TEXT))


def _around(text: str, *, after: bool, before: bool) -> str:
    if len(text) <= _CONTEXT * (after + before) + 20:
        return text
    start = text[: text.rfind(" ", 0, _CONTEXT) % (_CONTEXT + 1)] if after else ""
    end = text[-_CONTEXT:] if before else ""
    cut = end.find(" ")
    end = end[cut + 1 :] if 0 <= cut < _CONTEXT // 2 else end
    return f"{start} … {end}" if start else f"… {end}" if end else ""


def _plain(text: str) -> str:
    return _clean("".join(run for style, run in readable(text) if style != "attribute"))


def _clean(text: str) -> str:
    """Words of a policy on one line, without characters that act on whoever shows them, or stand for `UNSUBSCRIBE`."""
    flat = " ".join(text.replace("\ue000", "").replace("\ue001", "").split())
    lead = " " if text[:1].isspace() else ""
    trail = " " if text[-1:].isspace() and flat else ""
    return f"{lead}{visible(flat)}{trail}"


def payload_for(change: MarketChange, territories: Sequence[str]) -> dict[str, Any]:
    """The data of the event for webhooks: the diff as ``policyver.diff/1``, and where it governs."""
    from policyver.encoding import diff_to_json
    from policyver.model import DiffReport, Endpoint, Status, TextDiff

    assert change.new is not None
    old, new = change.old, change.new
    replaced = change.outcome is Outcome.REPLACED
    status = Status.ADDED if replaced or old is None else Status.MODIFIED
    text = TextDiff(
        new.key,
        None if replaced or old is None else old.path,
        new.path,
        status,
        old.metadata if old and not replaced else type(new.metadata)(),
        new.metadata,
        change.changes,
    )
    points = [
        Endpoint(rev=one.commit, commit=one.commit, date=one.version.date if one.version else None)
        if one
        else Endpoint(rev="")
        for one in (old, new)
    ]
    return {
        "policy": change.policy,
        "locale": new.key.locale,
        "territories": list(territories),
        "outcome": str(change.outcome),
        "duty": str(change.duty),
        "significance": str(change.significance),
        "in_force_from": new.in_force_from.isoformat(),
        "diff": diff_to_json(DiffReport(points[0], points[1], (text,))),
    }


def content_of(letter: Letter, rendered: dict[str, str], payload: dict[str, Any]) -> Content:
    """A letter with what its templates made of it."""
    return Content(
        subject=letter.subject,
        text=rendered["mail.txt"],
        html=rendered["mail.html"],
        markdown=rendered["notice.md"],
        push=rendered["push.txt"],
        payload=dumps(payload),
    )
