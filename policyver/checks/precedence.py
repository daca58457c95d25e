"""Rules for what prevails: clauses, territories, changes that are not in force, and approved deviations."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from policyver.checks.rule import Example, Family, Problem, both
from policyver.diffing import compare
from policyver.editions import Edition
from policyver.locales.clauses import EQUAL, LOCAL, NONE, Reading
from policyver.locales.governing import entitled
from policyver.locales.policies import PolicyTexts, listed
from policyver.locales.tags import canonical, language_name, same_language
from policyver.locales.territories import territory_name, territory_names
from policyver.model import Severity, Significance

family = Family("precedence", PolicyTexts)
RULES = family.rules

_RULE = "the policy's own rule, `precedence` in policyver.toml"
_LAW = "Art. 7 of Regulation (EC) 593/2008, and national consumer law: a text binds as its addressee could read it"
_EN = "## Data {#data}\n\nWe collect names.\n\n## Language {#language}\n\n"
_DE = "## Daten {#data}\n\nWir erheben Namen.\n\n## Sprache {#language}\n\n"
_LOCAL_EN = "Where the texts differ, the text in the language of your country prevails."
_LOCAL_DE = "Bei Abweichungen ist der Text in der Sprache Ihres Landes maßgeblich."
_ENGLISH_EN = "Where the texts differ, the English version prevails."
_ENGLISH_DE = "Bei Abweichungen ist die englische Fassung maßgeblich."
_GOOD = both(_EN + _LOCAL_EN, _DE + _LOCAL_DE)


def _readings(texts: PolicyTexts) -> Iterator[tuple[str, Reading]]:
    for locale in texts.locales:
        reading = texts.reading(locale)
        if reading is not None:
            yield locale, reading


@family.rule(
    "clause-missing",
    "No precedence clause",
    Severity.WARNING,
    _LAW,
    failing=both(_EN + _LOCAL_EN, _DE + "Nichts."),
    passing=_GOOD,
)
def clause_missing(texts: PolicyTexts) -> Iterator[Problem]:
    """A policy in several languages must say which text holds where they differ; a court will ask."""
    if len(texts.locales) < 2:
        return
    for locale, reading in _readings(texts):
        if reading.readable and not reading.clauses:
            yield Problem("The text does not say which language version prevails.", locale=locale)


@family.rule(
    "clause-unreadable",
    "Precedence clause not readable by machine",
    Severity.INFO,
    "policyver has no word list for the language",
    failing=Example(({"en": _EN + _LOCAL_EN, "sw": "## Data {#data}\n\nTunakusanya majina.\n"},)),
    passing=_GOOD,
)
def clause_unreadable(texts: PolicyTexts) -> Iterator[Problem]:
    """The text may well have a clause: a person must look. It is never taken for a text without one."""
    for locale, reading in _readings(texts):
        if not reading.readable:
            yield Problem(
                f"Precedence clauses in {language_name(locale)} cannot be read by machine; please check it yourself.",
                locale=locale,
            )


@family.rule(
    "clause-against-rule",
    "Precedence clause against the rule",
    Severity.ERROR,
    _RULE,
    failing=both(_EN + _ENGLISH_EN, _DE + _ENGLISH_DE),
    passing=_GOOD,
)
def clause_against_rule(texts: PolicyTexts) -> Iterator[Problem]:
    """Readers are told by the text, everything else here follows the configuration: the two must say the same."""
    rule = texts.precedence_in(None)
    for locale, reading in _readings(texts):
        for clause in reading.clauses:
            if not _agrees(clause.prevails, rule, locale, texts.source_locale):
                said = {LOCAL: "the local text", EQUAL: "all texts equally", NONE: "not this translation"}.get(
                    clause.prevails, language_name(clause.prevails)
                )
                yield Problem(
                    f'The clause lets {said} prevail; the configuration says precedence = "{rule}".',
                    clause.section,
                    clause.line,
                    locale=locale,
                )


def _agrees(prevails: str, rule: str, locale: str, source: str) -> bool:
    if rule == "equal":
        return prevails == EQUAL
    if rule == "source":
        return prevails == NONE or (prevails not in (LOCAL, EQUAL) and same_language(prevails, source))
    return prevails == LOCAL or (prevails not in (EQUAL, NONE) and locale != source and same_language(prevails, locale))


@family.rule(
    "clauses-contradict",
    "Texts that contradict each other about precedence",
    Severity.ERROR,
    _LAW,
    failing=both(_EN + _LOCAL_EN, _DE + _ENGLISH_DE),
    passing=_GOOD,
)
def clauses_contradict(texts: PolicyTexts) -> Iterator[Problem]:
    """If the English text says that the local one prevails, and the local one that English does, each defers to the
    other and neither holds."""
    said = {locale: reading.prevails[0] for locale, reading in _readings(texts) if len(reading.prevails) == 1}
    counts = Counter(_plain(one) for one in said.values() if one != NONE)
    if len(counts) < 2:
        return
    usual = _plain(said[texts.source_locale]) if texts.source_locale in said else counts.most_common(1)[0][0]
    for locale, prevails in said.items():
        if _plain(prevails) != usual and prevails != NONE:
            yield Problem(f"By this text {_cited(prevails)} prevails, by the others {_cited(usual)}.", locale=locale)


def _plain(prevails: str) -> str:
    return prevails if prevails in (LOCAL, EQUAL) else canonical(prevails).split("-")[0]


def _cited(prevails: str) -> str:
    return {LOCAL: "the local text", EQUAL: "every text equally"}.get(prevails) or f"the {language_name(prevails)} text"


@family.rule(
    "clause-ambiguous",
    "Ambiguous precedence clauses in one text",
    Severity.ERROR,
    _LAW,
    failing=both(f"{_EN}{_LOCAL_EN} {_ENGLISH_EN}", _DE + _LOCAL_DE),
    passing=_GOOD,
)
def clause_ambiguous(texts: PolicyTexts) -> Iterator[Problem]:
    """Two clauses with different winners: doubts go against the company that wrote them."""
    for locale, reading in _readings(texts):
        if len(reading.prevails) > 1:
            last = reading.clauses[-1]
            yield Problem(
                f"The text lets {' and '.join(map(_cited, reading.prevails))} prevail.",
                last.section,
                last.line,
                locale=locale,
            )


@family.rule(
    "territory-uncovered",
    "Territory without a local text",
    Severity.WARNING,
    _RULE,
    failing=both(_EN + _LOCAL_EN, _DE + _LOCAL_DE, '[policies.privacy.territories.PL]\nprecedence = "local"\n'),
    passing=both(_EN + _LOCAL_EN, _DE + _LOCAL_DE, '[policies.privacy.territories.AT]\nprecedence = "local"\n'),
)
def territory_uncovered(texts: PolicyTexts) -> Iterator[Problem]:
    """The configuration names the territory, and no text is in an official language of it: the source governs."""
    for territory in texts.settings.territories:
        if texts.precedence_in(territory) != "source" and not entitled(texts, territory, texts.locales).by_language:
            yield Problem(
                f"No text is in a language of {territory_name(territory)} ({territory}); the source governs there."
            )


@family.rule(
    "territory-twice",
    "Territory with two texts of one language",
    Severity.ERROR,
    _LAW,
    failing=Example(({"en": _EN + _LOCAL_EN, "zh-CN": _EN, "zh-Hans-CN": _EN},), "[policies.privacy.territories.CN]\n"),
    passing=Example(({"en": _EN + _LOCAL_EN, "zh-Hant": _EN, "zh-Hans": _EN},), "[policies.privacy.territories.CN]\n"),
)
def territory_twice(texts: PolicyTexts) -> Iterator[Problem]:
    """Two texts that fit the territory's language equally well both claim to be *the* local text."""
    told: set[tuple[str, ...]] = set()
    for territory in texts.territories:
        for language, locales in entitled(texts, territory, texts.locales).by_language.items():
            if len(locales) > 1 and locales not in told:
                told.add(locales)
                yield Problem(
                    f"{' and '.join(locales)} both are the {language_name(language)} text of "
                    f"{territory_name(territory)} ({territory}).",
                    locale=locales[-1],
                )


@family.rule(
    "change-not-in-force",
    "Change of the source that is not in force here",
    Severity.ERROR,
    _RULE,
    failing=Example(
        (
            {
                "en": "---\nversion: 1.0.0\n---\n\n" + _EN + _LOCAL_EN,
                "de": "---\nversion: 1.0.0\n---\n\n" + _DE + _LOCAL_DE,
            },
            {"en": "---\nversion: 1.1.0\n---\n\n" + _EN.replace("names", "names and addresses") + _LOCAL_EN},
        )
    ),
    passing=_GOOD,
)
def change_not_in_force(texts: PolicyTexts) -> Iterator[Problem]:
    """The local text prevails, and it does not have the change: whatever the source says, the change has not happened
    for the people of these territories."""
    followed = [code for code in texts.territories if texts.precedence_in(code) != "source"]
    if not followed and texts.precedence_in(None) == "source":
        return
    local_to = {code: entitled(texts, code, texts.locales).locales for code in followed}
    for locale in texts.locales:
        fresh = texts.freshness(locale)
        if fresh is None or not fresh.is_stale:
            continue
        where = [code for code in followed if locale in local_to[code]]
        if not where and texts.precedence_in(None) == "source":
            continue
        titles = listed([standing.section.title for standing in fresh.behind]) or "the effective date"
        weight = f" ({fresh.significance})" if fresh.significance else ""
        places = f" in {listed(where, 8)}" if where else ""
        yield Problem(
            f"What the source says from {fresh.since} on is not in force{places}{weight}: {titles}. There "
            f"{fresh.local.name} still governs; the source is at {fresh.source.name}.",
            locale=locale,
        )


@family.rule(
    "unapproved-deviation",
    "Local text that was changed on its own",
    Severity.ERROR,
    "`deviations` in policyver.toml",
    failing=Example(
        (
            {
                "en": "---\nversion: 1.0.0\n---\n\n" + _EN + _LOCAL_EN,
                "de": "---\nsource_version: 1.0.0\n---\n\n" + _DE + _LOCAL_DE,
            },
            {"de": "---\nsource_version: 1.0.0\n---\n\n" + _DE.replace("Namen.", "Namen und Standort.") + _LOCAL_DE},
        )
    ),
    passing=_GOOD,
)
def unapproved_deviation(texts: PolicyTexts) -> Iterator[Problem]:
    """Where the local text prevails, an edit of it changes the law of that market. The source did not change, so it
    is no translation: somebody must have decided it."""
    if texts.precedence_in(None) == "source":
        return
    for locale in texts.locales:
        current = texts.current(locale)
        if locale == texts.source_locale or current is None:
            continue
        first = _first_of_same_origin(texts, locale, current)
        if first is None:
            continue
        for change in compare(first.document, current.document, locale):
            approval = texts.approved(locale, change.new, change.old)
            if change.significance is Significance.MATERIAL and approval is None:
                yield Problem(
                    f"{change.section.title!r} was changed materially after {(first.commit or first.name)[:10]}, "
                    "and the source was not. Approve it under `deviations`, or change the source too.",
                    change.new,
                    locale=locale,
                )


def _first_of_same_origin(texts: PolicyTexts, locale: str, current: Edition) -> Edition | None:
    """The oldest edition before `current` that records the same source version; None without a record."""
    if texts.origin(current).inferred:
        return None
    first = None
    for edition in texts.timeline(locale):
        if edition is not current and texts.origin(edition).inferred:
            break
        if texts.origin(edition).edition is not texts.origin(current).edition:
            break
        first = edition
    return first if first is not current else None


@family.rule(
    "approved-deviation",
    "Approved local difference",
    Severity.INFO,
    "`deviations` in policyver.toml",
    failing=both(
        _EN + _LOCAL_EN,
        _DE + _LOCAL_DE,
        '[[policies.privacy.deviations]]\nlocale = "de"\nsection = "data"\nreason = "BDSG"\n',
    ),
    passing=_GOOD,
)
def approved_deviation(texts: PolicyTexts) -> Iterator[Problem]:
    """A reminder, no fault: here the local text says something else, and somebody has decided so."""
    for deviation in texts.settings.deviations:
        locale = texts.locale_of(deviation.locale)
        edition = texts.current(locale) if locale else None
        for section in edition.document.sections if edition else ():
            if texts.approved(deviation.locale, section) is deviation:
                yield Problem(
                    f"{section.title!r} differs by approval: {deviation.reason.rstrip('.')}.",
                    section,
                    locale=locale,
                )


_APPROVAL = '[[policies.privacy.deviations]]\nlocale = "de"\nsection = "data"\nreason = "BDSG"\napproved = {}\n'


@family.rule(
    "approval-outdated",
    "Approval older than the text that it approved",
    Severity.ERROR,
    "`deviations` in policyver.toml",
    failing=Example(
        ({"en": _EN + _LOCAL_EN, "de": _DE + _LOCAL_DE}, {"de": _DE.replace("Namen", "Namen und Orte") + _LOCAL_DE}),
        _APPROVAL.format("2023-11-15"),
    ),
    passing=both(_EN + _LOCAL_EN, _DE + _LOCAL_DE, _APPROVAL.format("2023-11-20")),
)
def approval_outdated(texts: PolicyTexts) -> Iterator[Problem]:
    """The section was changed after its approval: what was approved is not what is published."""
    for deviation in texts.settings.deviations:
        locale = texts.locale_of(deviation.locale)
        current = texts.current(locale) if locale else None
        if deviation.approved is None or current is None or locale is None:
            continue
        then = _as_of(texts, locale, deviation.approved)
        for section in current.document.sections:
            if texts.approved(deviation.locale, section) is not deviation:
                continue
            before = (
                [one for one in then.document.sections if texts.approved(deviation.locale, one) is deviation]
                if then
                else []
            )
            if not any(one.blocks == section.blocks and one.heading == section.heading for one in before):
                yield Problem(
                    f"{section.title!r} was approved on {deviation.approved} and has changed since.",
                    section,
                    locale=locale,
                )


def _as_of(texts: PolicyTexts, locale: str, day: dt.date) -> Edition | None:
    """The edition that was there at the end of a day."""
    for edition in texts.timeline(locale):
        if edition.version is not None and edition.version.date.date() <= day:
            return edition
    return None


@family.rule(
    "impossible-configuration",
    "Configuration that cannot be kept",
    Severity.ERROR,
    _RULE,
    failing=both(_EN + _LOCAL_EN, _DE + _LOCAL_DE, '[policies.privacy.territories.CA]\nlocales = ["en", "fr"]\n'),
    passing=both(_EN + _LOCAL_EN, _DE + _LOCAL_DE, '[policies.privacy.territories.CA]\nlocales = ["en"]\n'),
)
def impossible_configuration(texts: PolicyTexts) -> Iterator[Problem]:
    """A territory that needs a text that nobody has, an approval for a section that does not exist, a policy without
    its source: the configuration promises what the repository cannot keep."""
    path = texts.workspace.settings.source
    if texts.source_locale not in texts.locales:
        yield Problem(
            f"There is no source text ({texts.source_locale}), so nothing can be said of the others.", path=path
        )
    for territory, said in texts.settings.territories.items():
        if territory not in territory_names() and not territory.isdigit():
            yield Problem(f"`territories.{territory}` is no territory (ISO 3166-1).", path=path)
        for locale in said.locales or ():
            if texts.locale_of(locale) is None:
                yield Problem(f"`territories.{territory}` is to read {locale}, and there is no such text.", path=path)
    for deviation in texts.settings.deviations:
        here = texts.locale_of(deviation.locale)
        if here is None:
            yield Problem(f"A deviation is approved for {deviation.locale}, and there is no such text.", path=path)
        elif (edition := texts.current(here)) is not None and not any(
            texts.approved(deviation.locale, section) is deviation for section in edition.document.sections
        ):
            yield Problem(
                f"A deviation is approved for {deviation.section!r}, and {deviation.locale} has no such section.",
                path=path,
            )
