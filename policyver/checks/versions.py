"""Rules for the versions of a text: dates, labels, notice and review."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from policyver.checks.rule import Example, Family, Problem, TextView, one
from policyver.diffing import compare
from policyver.editions import Edition
from policyver.locales.policies import PolicyTexts
from policyver.model import Severity, Significance

family = Family("versions", TextView)
_policies = Family("versions", PolicyTexts)

_DATED = "---\nversion: {version}\npublished: {published}\neffective: {effective}\n---\n\n## Data\n\n{body}\n"


def _text(version: str, published: str, effective: str, body: str = "We keep names for 30 days.") -> str:
    return _DATED.format(version=version, published=published, effective=effective, body=body)


_FIRST = _text("1.0.0", "2026-01-01", "2026-02-01")
_NOTICE = "[policies.privacy]\nnotice_period_days = 30\n"
_PROMISE = "the promise of the policies themselves; for terms, Art. 3 of Regulation (EU) 2019/1150"


@family.rule(
    "no-effective-date",
    "No effective date",
    Severity.WARNING,
    "Art. 13 GDPR, read with WP260 rev.01 §29",
    failing=one("## Data\n\nWe collect names.\n"),
    passing=one(_FIRST),
)
def no_effective_date(text: TextView) -> Iterator[Problem]:
    """Without the day from which it holds, nobody can say which version was in force when something happened."""
    if text.edition.metadata.effective is None:
        yield Problem(
            "The text does not say from when it is in force. Put `effective: YYYY-MM-DD` into its front matter, or the "
            "pattern of its sentence under [dates] in policyver.toml."
        )


@family.rule(
    "dates-out-of-order",
    "Dates out of order",
    Severity.ERROR,
    "no rule may bind before it can be known",
    failing=one(_text("1.0.0", "2026-03-01", "2026-02-01")),
    passing=one(_FIRST),
)
def dates_out_of_order(text: TextView) -> Iterator[Problem]:
    """A text cannot be in force before it is published, nor a new version before the one that it replaces."""
    said = text.edition.metadata
    if said.published and said.effective and said.effective < said.published:
        yield Problem(f"It is to be effective from {said.effective} and was published only on {said.published}.")
    before = _before(text)
    if before and said.effective and before.metadata.effective and said.effective < before.metadata.effective:
        yield Problem(
            f"Its effective date {said.effective} lies before that of {before.name}, {before.metadata.effective}."
        )


def _editions(text: TextView) -> list[Edition]:
    """The editions of the text, newest first, back to the last one of the label before; without labels, two."""
    found: list[Edition] = []
    for edition in text.texts.timeline(text.locale):
        found.append(edition)
        label = edition.metadata.label
        if len(found) > 1 and (label is None or label != text.edition.metadata.label):
            break
    return found


def _before(text: TextView) -> Edition | None:
    """The edition that the newest label replaced; without labels the one before the newest."""
    editions = _editions(text)
    return editions[-1] if len(editions) > 1 else None


@family.rule(
    "material-change-under-old-label",
    "Material change under an old label",
    Severity.ERROR,
    "Semantic Versioning 2.0.0 §3",
    failing=Example(
        (
            {"en": _FIRST},
            {"en": _text("1.0.0", "2026-01-01", "2026-02-01", "We keep names for 60 days.")},
        )
    ),
    passing=Example(
        (
            {"en": _FIRST},
            {"en": _text("1.1.0", "2026-03-01", "2026-04-15", "We keep names for 60 days.")},
        )
    ),
)
def material_change_under_old_label(text: TextView) -> Iterator[Problem]:
    """Two texts that bind differently must not carry one label: what was agreed to as 1.0.0 would depend on the day."""
    label = text.edition.metadata.label
    if label is None:
        return
    same = list(takewhile(lambda each: each.metadata.label == label, _editions(text)))
    first = same[-1] if same else text.edition
    if first is text.edition or first.document == text.edition.document:
        return
    for change in compare(first.document, text.edition.document, text.locale):
        if change.significance is Significance.MATERIAL:
            since = (first.commit or "the working tree")[:10]
            yield Problem(
                f"{change.section.title!r} has changed materially since {since}, also labelled {label}.", change.new
            )


@family.rule(
    "labels-out-of-order",
    "Label lower than the one before",
    Severity.ERROR,
    "Semantic Versioning 2.0.0 §11",
    failing=Example(
        ({"en": _text("1.2.0", "2026-01-01", "2026-02-01")}, {"en": _text("1.1.0", "2026-03-01", "2026-04-15")})
    ),
    passing=Example(
        ({"en": _text("1.2.0", "2026-01-01", "2026-02-01")}, {"en": _text("1.10.0", "2026-03-01", "2026-04-15")})
    ),
)
def labels_out_of_order(text: TextView) -> Iterator[Problem]:
    """Readers take the higher label for the newer text."""
    label, before = text.edition.metadata.label, _before(text)
    old = before.metadata.label if before else None
    if label and old and _parts(label) and _parts(old) and _parts(label) < _parts(old):
        yield Problem(f"The label {label} comes after {old}.")


def _parts(label: str) -> tuple[int, ...]:
    return tuple(map(int, label.lstrip("vV").split("."))) if re.fullmatch(r"[vV]?\d+(?:\.\d+)*", label) else ()


@family.rule(
    "notice-period",
    "Notice period not kept",
    Severity.ERROR,
    _PROMISE,
    failing=Example(
        (
            {"en": _FIRST},
            {"en": _text("1.1.0", "2026-03-01", "2026-03-10", "We keep names for 60 days.")},
        ),
        _NOTICE,
    ),
    passing=Example(
        (
            {"en": _FIRST},
            {"en": _text("1.1.0", "2026-03-01", "2026-04-15", "We keep names for 60 days.")},
        ),
        _NOTICE,
    ),
)
def notice_period(text: TextView) -> Iterator[Problem]:
    """The policy promises so many days between the announcement of a change and its effect. An editorial change
    needs none."""
    days, before = text.texts.settings.notice_period_days, _before(text)
    if days is None or before is None or text.edition.metadata.effective is None:
        return
    given = (text.edition.metadata.effective - text.edition.published).days
    changes = () if given >= days else compare(before.document, text.edition.document, text.locale)
    if any(change.significance is not Significance.EDITORIAL for change in changes):
        yield Problem(
            f"Published on {text.edition.published} and effective from {text.edition.metadata.effective}: {given} days "
            f"of notice, and the policy promises {days}."
        )


@family.rule(
    "review-overdue",
    "Older than the review interval",
    Severity.INFO,
    "Art. 24(1) GDPR: measures are reviewed and updated",
    failing=one(_text("1.0.0", "2024-01-01", "2024-02-01")),
    passing=one(_FIRST),
)
def review_overdue(text: TextView) -> Iterator[Problem]:
    """A policy that nobody has looked at for a year rarely still describes what is done."""
    said = text.edition.metadata
    last = max(filter(None, (text.edition.published, said.updated, said.effective)))
    months = (text.texts.today.year - last.year) * 12 + text.texts.today.month - last.month
    months -= text.texts.today.day < last.day
    interval = text.texts.settings.review_interval_months
    if months > interval:
        yield Problem(f"Its last version is {months} months old ({last}); the review interval is {interval}.")


@_policies.rule(
    "tag-moved",
    "Release tag at another version",
    Severity.ERROR,
    "a release is one text for ever",
    failing=Example(({"en": _FIRST}, {"en": _text("1.1.0", "2026-03-01", "2026-04-15")}), tags={"privacy/1.0.0": 1}),
    passing=Example(({"en": _FIRST}, {"en": _text("1.1.0", "2026-03-01", "2026-04-15")}), tags={"privacy/1.0.0": 0}),
)
def tag_moved(texts: PolicyTexts) -> Iterator[Problem]:
    """The tag ``policy/label`` names a release. Where the text at the tag carries another label, the tag was moved
    or set in the wrong place, and whoever cites it cites another text."""
    for tag, commit in texts.workspace.repository.tags(f"{texts.name}/").items():
        label = tag.partition("/")[2]
        blob = texts.workspace.blob_at(texts.source.key, commit)
        at_tag = next((e for e in texts.source.all if e.version and e.version.blob == blob), None) if blob else None
        if blob is None:
            yield Problem(f"The tag {tag} names a commit that does not have the text {texts.source.key}.")
        elif at_tag is not None and at_tag.metadata.label not in (None, label):
            yield Problem(f"The tag {tag} names a commit whose text carries the label {at_tag.metadata.label}.")


RULES = [*family.rules, *_policies.rules]
