"""A policy with all its localized texts: their editions, how each stands to the source, and what governs where.

`PolicyTexts` asks the workspace once and remembers; everything that checks, status, notices and the site say of
precedence starts here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cached_property

from policyver.config import Deviation, PolicySettings
from policyver.editions import Edition, Timeline
from policyver.errors import DocumentError
from policyver.locales.clauses import Reading, read_clauses
from policyver.locales.freshness import Freshness, MadeFrom, freshness, made_from
from policyver.locales.governing import Resolution, State, resolve, worst
from policyver.locales.tags import Nearness, best_match, canonical
from policyver.locales.territories import checked_territory, official_languages, territories_of_languages
from policyver.model import Section, TextKey
from policyver.workspace import Workspace


class PolicyTexts:
    """See the module. `today` is the day that reports are made for."""

    def __init__(self, workspace: Workspace, name: str, today: dt.date) -> None:
        self.workspace = workspace
        self.name = name
        self.today = today
        self.settings: PolicySettings = workspace.settings.policy(name)
        self.unreadable: dict[TextKey, DocumentError] = {}
        self._timelines: dict[str, Timeline] = {}
        self._fresh: dict[tuple[str, dt.date], Freshness | None] = {}
        self._readings: dict[str, Reading | None] = {}
        self._origins: dict[tuple[str, str | None], MadeFrom] = {}

    # texts

    def preload(self) -> None:
        """Read at once what most questions need: every version of the source, the newest two of the others."""
        history = self.workspace.history
        wanted = [one for locale in self.locales for one in history.get(self.key(locale), ())[:2]]
        self.workspace.reader.preload([*history.get(self.key(self.source_locale), ()), *wanted])

    @cached_property
    def locales(self) -> tuple[str, ...]:
        """The locales that the policy has now, the source first."""
        found = {key.locale for key in self.workspace.present if key.policy == self.name}
        return tuple(sorted(found, key=lambda locale: (locale != self.source_locale, locale)))

    @cached_property
    def locales_ever(self) -> tuple[str, ...]:
        """The locales that it has or had."""
        ever = {key.locale for key in self.workspace.history if key.policy == self.name}
        return (*self.locales, *sorted(ever - set(self.locales)))

    @cached_property
    def source_locale(self) -> str:
        """The locale of the source text: the configured one, or as the files write that language (``en-US`` for
        ``en``) where there is no such file."""
        wanted = self.workspace.settings.layout.source_locale
        there = tuple(
            {key.locale for key in (*self.workspace.present, *self.workspace.history) if key.policy == self.name}
        )
        if wanted in there:
            return wanted
        fitting = [one.locale for one in best_match(wanted, there) if one.nearness is Nearness.SAME]
        return fitting[0] if fitting else wanted

    def locale_of(self, tag: str) -> str | None:
        """The locale that the policy has now for a tag, however the two are written; None for none."""
        return next((locale for locale in self.locales if canonical(locale) == canonical(tag)), None)

    def key(self, locale: str) -> TextKey:
        return TextKey(self.name, locale)

    def timeline(self, locale: str) -> Timeline:
        """The editions of a text. One that cannot be read now is noted in `unreadable`, and its last one counts."""
        known = self._timelines.get(locale)
        if known is None:
            key = self.key(locale)
            try:
                known = self.workspace.timeline(key, self.today)
            except DocumentError as error:
                self.unreadable[key] = error
                known = Timeline(key, self.workspace.history.get(key, ()), self.workspace.reader)
            self._timelines[locale] = known
        return known

    @property
    def source(self) -> Timeline:
        return self.timeline(self.source_locale)

    def current(self, locale: str) -> Edition | None:
        """The newest edition of a text, in force or not; None for one that cannot be read."""
        if self.key(locale) in self.unreadable:
            return None
        timeline = self.timeline(locale)
        current = timeline.current if self.key(locale) not in self.unreadable else None
        newest = timeline.versions[0] if timeline.versions else None
        if timeline.head is None and newest is not None and newest.commit in timeline.unreadable:
            self.unreadable[self.key(locale)] = timeline.unreadable[newest.commit]
            return None
        return current

    # how they stand

    def precedence_in(self, territory: str | None) -> str:
        """``local``, ``source`` or ``equal``: the territory's own rule, else the policy's."""
        own = self.settings.territories.get(territory) if territory else None
        return own.precedence if own is not None and own.precedence else self.settings.precedence

    def reading(self, locale: str) -> Reading | None:
        """The precedence clauses of a text as it is now; None for one that cannot be read."""
        if locale not in self._readings:
            edition = self.current(locale)
            self._readings[locale] = read_clauses(edition.document, locale, self.source_locale) if edition else None
        return self._readings[locale]

    def origin(self, edition: Edition) -> MadeFrom:
        """The source version that a local edition was made from."""
        key = (edition.key.locale, edition.commit)
        if key not in self._origins:
            self._origins[key] = made_from(edition, self.source, self._source_at)
        return self._origins[key]

    def _source_at(self, commit: str) -> Edition | None:
        blob = self.workspace.blob_at(self.source.key, commit)
        if blob is None:
            return None
        named = [one for one in self.source.all if one.version is not None and one.version.blob == blob]
        exact = [one for one in named if one.version is not None and one.version.commit.startswith(commit)]
        return next(iter(exact or named), None)

    def freshness(self, locale: str, on: dt.date | None = None) -> Freshness | None:
        """How the local edition in force on a day stands to the source in force then.

        None for the source itself, and where one of the two has no edition in force.
        """
        day = on or self.today
        if (locale, day) not in self._fresh:
            self._fresh[locale, day] = self._freshness(locale, day)
        return self._fresh[locale, day]

    def newest_freshness(self, locale: str) -> Freshness | None:
        """How the newest edition of a translation stands to the newest of the source, in force or not."""
        local, source = self.current(locale), self.current(self.source_locale)
        if locale == self.source_locale or local is None or source is None:
            return None
        return freshness(local, source, self.source, self.origin(local))

    def _freshness(self, locale: str, day: dt.date) -> Freshness | None:
        if locale == self.source_locale:
            return None
        local, source = self.timeline(locale).in_force_on(day), self.source.in_force_on(day)
        if local is None or source is None:
            return None
        return freshness(local, source, self.source, self.origin(local))

    def approved(self, locale: str, *sections: Section | None) -> Deviation | None:
        """The approval of a local difference in one of `sections` (counterparts of each other), if there is one."""
        names = {
            name.casefold()
            for section in sections
            if section is not None
            for name in (section.id, section.number, section.heading, section.title)
            if name
        }
        for deviation in self.settings.deviations:
            if canonical(deviation.locale) == canonical(locale) and deviation.section.lstrip("#").casefold() in names:
                return deviation
        return None

    def state_of(self, locale: str, on: dt.date | None = None) -> tuple[State, list[str]]:
        """How a text stands on a day, and why."""
        day = on or self.today
        timeline = self.timeline(locale)
        edition, coming = timeline.in_force_on(day), timeline.coming_on(day)
        if edition is None:
            if coming:
                first = coming[-1]
                return State.PENDING, [f"{locale}: its first version takes effect on {first.in_force_from}."]
            return State.MISSING, [f"{locale}: no version is in force."]
        reasons: list[str] = []
        states = [State.CURRENT]
        fresh = self.freshness(locale, day)
        if fresh is not None:
            states += self._compared(fresh, reasons)
        for one in coming[:1]:
            states.append(State.PENDING)
            reasons.append(f"{locale}: {one.name} is published and takes effect on {one.in_force_from}.")
        return worst(states), reasons

    def _compared(self, fresh: Freshness, reasons: list[str]) -> list[State]:
        locale, origin = fresh.local.key.locale, fresh.made_from
        made = origin.edition.name if origin.edition else "an unknown version"
        inferred = " (inferred)" if origin.inferred else ""
        reasons.append(f"{locale}: made from {self.source_locale} {made}{inferred}: {origin.how}.")
        states = []
        if fresh.is_stale:
            states.append(State.STALE)
            since = f" since {fresh.since}" if fresh.since else ""
            titles = listed([one.section.title for one in fresh.behind])
            what = f"not here: {titles}" if titles else "its effective date lies behind"
            reasons.append(f"{locale}: the source changed{since}; {what}.")
        missing = [one for one in fresh.untranslated if not self.approved(locale, one.section)]
        if missing:
            states.append(State.PARTIAL)
            reasons.append(f"{locale}: it lacks {listed([one.section.title for one in missing])}.")
        extra = [one for one in fresh.local_only if not self.approved(locale, one.section)]
        if extra:
            states.append(State.DIVERGED)
            reasons.append(f"{locale}: only here: {listed([one.section.title for one in extra])}.")
        return states

    # what governs

    def resolve(self, territory: str, language: str | None = None, on: dt.date | None = None) -> Resolution:
        """What governs in a territory on a day. Raises `UsageError` for a territory that does not exist."""
        return resolve(self, checked_territory(territory), language, on or self.today)

    @cached_property
    def territories(self) -> tuple[str, ...]:
        """The territories that the policy is for: those that the configuration names, and those in which a language
        of its texts is official; for the source's own language, only its homeland, since it governs elsewhere too."""
        named = set(self.settings.territories)
        for locale in self.locales:
            named |= self._homes(locale)
        return tuple(sorted(named))

    def _homes(self, locale: str) -> set[str]:
        import langcodes

        try:
            language = langcodes.Language.get(canonical(locale))
        except ValueError:
            return set()
        if language.territory and len(language.territory) == 2:
            return {language.territory}
        likely = language.maximize().territory or ""
        if locale == self.source_locale:
            return {likely} if official_languages(likely) else set()
        return {
            code
            for code in territories_of_languages().get(language.language or "", ())
            if not language.script or _writes(code, language.language or "", language.script)
        }


def _writes(territory: str, language: str, script: str) -> bool:
    """Whether a territory writes a language in a script."""
    import langcodes

    written = {langcodes.Language.get(f"{tag}-{territory}").maximize().script
               for tag in official_languages(territory) if tag.split("-")[0] == language}  # fmt: skip
    return script in written


def listed(titles: Sequence[str], most: int = 5) -> str:
    """Titles in one line, the first few of many."""
    shown = ", ".join(titles[:most])
    return f"{shown} and {len(titles) - most} more" if len(titles) > most else shown


def open_policies(workspace: Workspace, policy: str | None, today: dt.date) -> list[PolicyTexts]:
    """The policies of a workspace, or the one that is asked for. Raises `UsageError` for one that does not exist."""
    keys = workspace.select({*workspace.present, *workspace.history}, policy, None)
    opened = [PolicyTexts(workspace, name, today) for name in dict.fromkeys(key.policy for key in keys)]
    for texts in opened:
        texts.preload()
    return opened
