"""From which version of the source a local text was made, and what of the source it does not have yet.

The record in the front matter decides (``source_commit``, ``source_version``). Without one the source version is
inferred, from labels, effective dates or the order of commits, and is said to be inferred.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from policyver.diffing import compare
from policyver.editions import Edition, Timeline
from policyver.locales.alignment import Alignment, Pair, align
from policyver.model import Change, Kind, Section, Significance


class SectionState(StrEnum):
    """How a section of a local text stands to the source."""

    CURRENT = "current"
    STALE = "stale"
    """The source's section has changed since."""
    MISSING = "missing"
    """The source has the section, the local text does not."""
    LOCAL_ONLY = "local-only"
    """The local text has it, the source does not, or no longer."""


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """The source version that a local text was made from."""

    edition: Edition | None
    """None where the source has no version that could be it."""
    inferred: bool
    how: str
    """What tells it, as a clause: ``its front matter names version 2.0.0``."""
    problem: str | None = None
    """What is wrong with a record that could not be followed."""


@dataclass(frozen=True, slots=True)
class SectionStanding:
    """One section of the source or, for `LOCAL_ONLY`, of the local text."""

    section: Section
    state: SectionState
    since: dt.date | None = None
    """The day from which the source's change is in force; None where there is none."""
    change: Change | None = None
    """The change of the source that the local text lacks."""
    local: Section | None = None
    """The counterpart in the local text."""
    pair: Pair | None = None
    """How sure it is that it is the counterpart, and by what; of the source as it was when the local text was made."""


@dataclass(frozen=True)
class Freshness:
    """A local edition held against an edition of the source."""

    local: Edition
    source: Edition
    made_from: MadeFrom
    alignment: Alignment
    """Of the source as it was when the local text was made, and the local text."""
    sections: tuple[SectionStanding, ...]
    dates_behind: bool
    """Whether the local text's effective date lies before the source's, and no record says otherwise."""

    @property
    def behind(self) -> tuple[SectionStanding, ...]:
        """What changed in the source since and weighs more than a typing error: it has not happened here."""
        return tuple(one for one in self.sections if one.change is not None and one.state is not SectionState.CURRENT)

    @property
    def is_stale(self) -> bool:
        return bool(self.behind) or self.dates_behind

    @property
    def untranslated(self) -> tuple[SectionStanding, ...]:
        """Sections that the source already had when the local text was made from it."""
        return tuple(one for one in self.sections if one.state is SectionState.MISSING and one.change is None)

    @property
    def local_only(self) -> tuple[SectionStanding, ...]:
        return tuple(one for one in self.sections if one.state is SectionState.LOCAL_ONLY and one.change is None)

    @property
    def since(self) -> dt.date | None:
        """The first day on which the local text lagged."""
        days = [one.since for one in self.behind if one.since]
        return min(days) if days else self.source.in_force_from if self.is_stale else None

    @cached_property
    def significance(self) -> Significance | None:
        return Significance.heaviest([one.change.significance for one in self.behind if one.change])


_COMMIT = re.compile(r"[0-9a-f]{7,64}")

FindVersion = Callable[[str], Edition | None]
"""The source edition that a commit has; raises `PolicyverError` for a commit that does not exist."""


def made_from(local: Edition, source: Timeline, at_commit: FindVersion) -> MadeFrom:
    """The source version that `local` was made from, by its record or inferred."""
    from policyver.errors import PolicyverError

    said = local.metadata
    problem = None
    if said.source_commit is not None and not _COMMIT.fullmatch(said.source_commit):
        problem = f"source_commit {said.source_commit} is not the name of a commit"
    elif said.source_commit is not None:
        try:
            recorded = at_commit(said.source_commit)
        except PolicyverError:
            problem = f"source_commit {said.source_commit} is no commit of this repository"
        else:
            if recorded is not None:
                return MadeFrom(
                    recorded, inferred=False, how=f"its front matter names commit {said.source_commit[:10]}"
                )
            problem = f"the commit {said.source_commit[:10]} does not have the source text {source.key}"
    if said.source_version is not None:
        labelled = _first(source, lambda one: one.metadata.label == said.source_version)
        if labelled is not None:
            return MadeFrom(labelled, False, f"its front matter names version {said.source_version}", problem)
        problem = problem or f"the source text {source.key} has no version {said.source_version}"
    edition, how = _inferred(local, source)
    return MadeFrom(edition, True, how, problem)


def _inferred(local: Edition, source: Timeline) -> tuple[Edition | None, str]:
    label, effective = local.metadata.label, local.metadata.effective
    if label is not None:
        same = _first(source, lambda one: one.metadata.label == label)
        if same is not None:
            return same, f"both carry the label {label}"
    when = local.version.date if local.version else None
    earlier = [one for one in source.all if one.version is None or when is None or one.version.date <= when]
    if effective is not None:
        dated = [one for one in source.all if one.metadata.effective == effective]
        if dated:
            made = next((one for one in dated if one in earlier), dated[-1])
            return made, f"both are effective from {effective.isoformat()}"
        older = [one for one in earlier if one.metadata.effective and one.metadata.effective <= effective]
        if older:
            return older[0], f"it is the last one effective by {effective.isoformat()}"
    if earlier:
        return earlier[0], "it was the newest when the local text was committed"
    return (source.all[-1], "no older one is known") if source.all else (None, "the source has no readable version")


def _first(source: Timeline, wanted: Callable[[Edition], bool]) -> Edition | None:
    return next((one for one in source.all if wanted(one)), None)


def freshness(local: Edition, source_now: Edition, source: Timeline, origin: MadeFrom) -> Freshness:
    """How `local` stands to `source_now`, an edition of `source`."""
    made = origin.edition or source_now
    alignment = align(made.document, local.document)
    editions = _between(source, made, source_now)
    changes = compare(made.document, source_now.document, source.key.locale) if editions else ()
    weighty = [one for one in changes if one.significance is not Significance.EDITORIAL]
    sections = tuple(_standings(made, source_now, local, alignment, weighty, editions))
    ours, theirs = local.metadata.effective, source_now.metadata.effective
    behind = bool(origin.inferred and ours and theirs and ours < theirs)
    return Freshness(local, source_now, origin, alignment, sections, behind)


def _between(source: Timeline, made: Edition, now: Edition) -> list[Edition]:
    """The editions after `made` up to `now`, oldest first; none where `made` is as new."""
    editions = list(source.all)
    if made not in editions or now not in editions:
        return []
    return editions[editions.index(now) : editions.index(made)][::-1]


def _standings(
    made: Edition,
    now: Edition,
    local: Edition,
    alignment: Alignment,
    changes: Sequence[Change],
    editions: Sequence[Edition],
) -> Iterator[SectionStanding]:
    """Every section of the source as it is now, then those that it has dropped, then what only the local text has."""
    found = {made.document.sections[pair.source].line: pair for pair in alignment.pairs}
    counterpart = {line: local.document.sections[pair.local] for line, pair in found.items()}
    changed = {change.new.line: change for change in changes if change.new is not None}
    came_from = _origins(made, now, changes)
    sayings = _Sayings(editions)
    for section in now.document.sections:
        change = changed.get(section.line)
        origin = came_from.get(section.line)
        mine = counterpart.get(origin.line) if origin is not None else None
        since = sayings.since(section) if change is not None else None
        if mine is None:
            yield SectionStanding(section, SectionState.MISSING, since, change)
        else:
            state = SectionState.STALE if change is not None else SectionState.CURRENT
            yield SectionStanding(section, state, since, change, mine, found[origin.line] if origin else None)
    for change in changes:
        if change.kinds == (Kind.REMOVED,) and change.old is not None and (mine := counterpart.get(change.old.line)):
            yield SectionStanding(mine, SectionState.LOCAL_ONLY, sayings.gone_since(change.old), change, mine)
    for index in alignment.local_only:
        section = local.document.sections[index]
        yield SectionStanding(section, SectionState.LOCAL_ONLY, local=section)


def _origins(made: Edition, now: Edition, changes: Sequence[Change]) -> dict[int, Section]:
    """For each section of the source now, by its line, what it was when the local text was made."""
    if made is now or made.document is now.document:
        return {section.line: section for section in now.document.sections}
    from policyver.diffing.matching import match_sections

    old, new = made.document.sections, now.document.sections
    matching = match_sections(old, new)
    origins = {new[j].line: old[i] for j, i in matching.old_of.items()}
    for i, several in matching.splits.items():
        origins.update((new[j].line, old[i]) for j in several)
    return origins


class _Sayings:
    """What each of some editions, oldest first, says: to date a change by the first that says it."""

    def __init__(self, editions: Sequence[Edition]) -> None:
        self._editions = editions

    @cached_property
    def _said(self) -> list[set[tuple[str, tuple[str, ...]]]]:
        return [{(one.heading, one.blocks) for one in edition.document.sections} for edition in self._editions]

    @cached_property
    def _headings(self) -> list[set[str]]:
        return [{heading for heading, _ in said} for said in self._said]

    def since(self, section: Section) -> dt.date:
        """The day from which the source has been saying what `section` says."""
        return self._last_run([(section.heading, section.blocks) in said for said in self._said])

    def gone_since(self, section: Section) -> dt.date:
        """The day from which the source has no longer had a section of that heading."""
        return self._last_run([section.heading not in headings for headings in self._headings])

    def _last_run(self, holds: Sequence[bool]) -> dt.date:
        """The first day of the editions at the end for which something holds without a break."""
        first = len(holds) - 1
        while first > 0 and holds[first] and holds[first - 1]:
            first -= 1
        return self._editions[first].in_force_from
