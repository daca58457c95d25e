"""Runs rules over policies: severities, suppressions in the text, a baseline of known findings.

In: opened policies and what to select. Out: findings in the order of the files. Nothing is printed or written here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from policyver.checks import RULES, rule_of
from policyver.checks.document import SUPPRESSION
from policyver.checks.rule import AnyRule, LocalView, Problem, TextView
from policyver.errors import ConfigurationError, DocumentError, nearest
from policyver.locales.policies import PolicyTexts
from policyver.model import Finding, Severity, TextKey
from policyver.parallel import can_share, processes

_OF_A_CHANGED_SOURCE = ("localization", "parity", "precedence")
"""Families that a change of the source concerns in every language."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules run, and with which severity."""

    rules: tuple[AnyRule, ...]
    severities: Mapping[str, Severity]

    def severity(self, rule: AnyRule) -> Severity:
        return self.severities.get(rule.id, rule.severity)


def selection(
    select: Sequence[str], ignore: Sequence[str], configured: Mapping[str, str], where: str | None
) -> Selection:
    """The rules that are wanted. `select` and `ignore` name rules or families; an explicitly selected rule runs even
    if the configuration says ``off``. Raises `UsageError` and `ConfigurationError` for an id that does not exist."""
    known = {rule.id for rule in RULES}
    for id_ in configured:
        if id_ not in known:
            raise ConfigurationError(
                f"`checks.severity` names the rule {id_!r}, which does not exist",
                where=where or "",
                cure=nearest(id_, sorted(known)),
            )
    severities = {id_: Severity(said) for id_, said in configured.items()}
    wanted, unwanted = _named(select), _named(ignore)
    for id_ in wanted & {id_ for id_, severity in severities.items() if severity is Severity.OFF}:
        del severities[id_]
    rules = tuple(
        rule
        for rule in RULES
        if (not select or rule.id in wanted)
        and rule.id not in unwanted
        and severities.get(rule.id, rule.severity) is not Severity.OFF
    )
    return Selection(rules, severities)


def _named(names: Sequence[str]) -> set[str]:
    families = {rule.family for rule in RULES}
    found: set[str] = set()
    for name in names:
        found |= {rule.id for rule in RULES if rule.family == name} if name in families else {rule_of(name).id}
    return found


@dataclass(frozen=True, slots=True)
class Changed:
    """What has changed since a revision: only findings that this can have caused are reported."""

    texts: Collection[TextKey]
    configuration: bool

    def concerns(self, finding: Finding, rule: AnyRule, texts: PolicyTexts) -> bool:
        if finding.locale is None or finding.policy is None:
            return self.configuration or any(key.policy == texts.name for key in self.texts)
        if TextKey(finding.policy, finding.locale) in self.texts:
            return True
        source_too = texts.source.key in self.texts or self.configuration
        return source_too and rule.family in _OF_A_CHANGED_SOURCE


def check(
    policies: Sequence[PolicyTexts],
    chosen: Selection,
    *,
    locale: str | None = None,
    baseline: Collection[str] = (),
    changed: Changed | None = None,
    jobs: int = 1,
) -> list[Finding]:
    """The findings in `policies`, by path and line; those that do not count have a reason in `suppressed`.

    Many texts are shared out among `jobs` processes.
    """
    found: list[Finding] = []
    for texts, finding in _in_shares(policies, chosen, jobs):
        if locale is not None and finding.locale not in (None, locale):
            continue
        if changed is not None and not changed.concerns(finding, rule_of(finding.rule), texts):
            continue
        if finding.suppressed is None and finding.fingerprint in baseline:
            finding = replace(finding, suppressed="known: it is in the baseline")
        found.append(finding)
    return sorted(found, key=lambda one: (one.path, one.line, one.rule, one.message))


@dataclass(frozen=True, slots=True)
class _Share:
    """A part of the work: rules for a policy as a whole, or for some of its texts."""

    texts: PolicyTexts
    chosen: Selection
    locales: tuple[str, ...] | None
    """None for the policy as a whole."""

    def findings(self) -> list[Finding]:
        if self.locales is None:
            return list(_findings_in(self.texts, self.chosen, PolicyTexts, self.texts))
        return [finding for locale in self.locales for finding in _findings_of(self.texts, self.chosen, locale)]


_TEXTS_A_SHARE = 3
_shares: list[_Share] = []
"""What the processes part with: set before they do, and read by them alone."""


def _in_shares(policies: Sequence[PolicyTexts], chosen: Selection, jobs: int) -> Iterator[tuple[PolicyTexts, Finding]]:
    shares = []
    for texts in policies:
        shares.append(_Share(texts, chosen, None))
        cuts = range(0, len(texts.locales), _TEXTS_A_SHARE)
        shares += [_Share(texts, chosen, texts.locales[start : start + _TEXTS_A_SHARE]) for start in cuts]
    if jobs > 1 and can_share() and len(shares) > 2:
        _shares[:] = shares
        with processes(min(jobs, len(shares))) as mapped:
            results = list(mapped(_findings_at, range(len(shares))))
        _shares.clear()
    else:
        results = [share.findings() for share in shares]
    for share, findings in zip(shares, results, strict=True):
        yield from ((share.texts, finding) for finding in findings)


def _findings_at(place: int) -> list[Finding]:
    return _shares[place].findings()


def _findings_of(texts: PolicyTexts, chosen: Selection, locale: str) -> Iterator[Finding]:
    """The findings in one text, by itself and against its source."""
    edition = texts.current(locale)
    if edition is None or not edition.document.sections:
        return
    yield from _findings_in(texts, chosen, TextView, TextView(texts, edition))
    fresh = texts.newest_freshness(locale)
    if fresh is not None and fresh.source.document.sections:
        yield from _findings_in(texts, chosen, LocalView, LocalView(texts, edition, fresh.source, fresh))


def _findings_in(texts: PolicyTexts, chosen: Selection, kind: type, subject: object) -> Iterator[Finding]:
    for rule in chosen.rules:
        if rule.subject is kind:
            for problem in rule.check(subject):
                finding = _finding(rule, chosen.severity(rule), problem, texts, subject)
                reason = _suppressed(texts, finding) if problem.path is None else None
                yield replace(finding, suppressed=reason) if reason else finding


def _suppressed(texts: PolicyTexts, finding: Finding) -> str | None:
    edition = texts.current(finding.locale) if finding.locale in texts.locales else None
    return suppressions_in(TextView(texts, edition)).reason_for(finding.rule, finding.line) if edition else None


def _finding(rule: AnyRule, severity: Severity, problem: Problem, texts: PolicyTexts, subject: object) -> Finding:
    locale = problem.locale or (subject.locale if isinstance(subject, TextView) else None)
    section = problem.section
    line = problem.line or (section.line if section else 1)
    end_line = problem.end_line or problem.line or (section.line if section else 1)
    return Finding(
        rule.id,
        severity,
        problem.message,
        problem.path or _path(texts, locale),
        line,
        max(line, end_line),
        texts.name,
        locale,
        section.title if section else None,
    )


def _path(texts: PolicyTexts, locale: str | None) -> str:
    """The file that a finding is shown at: the text, else the source, else the configuration."""
    for candidate in (locale, texts.source_locale, *texts.locales):
        snapshot = texts.workspace.present.get(texts.key(candidate)) if candidate else None
        if snapshot is not None:
            return snapshot.path
    return texts.workspace.settings.source or "policyver.toml"


# suppressions


@dataclass(frozen=True)
class Suppressions:
    """``<!-- policyver: ignore RULE: reason -->`` in a text: it counts for its section, before the first heading for
    the whole text."""

    said: tuple[tuple[int, int, str, str], ...]
    """First and last line, rule, reason."""

    def reason_for(self, rule: str, line: int) -> str | None:
        return next((why for first, last, id_, why in self.said if id_ == rule and first <= line <= last), None)


def suppressions_in(text: TextView) -> Suppressions:
    """The suppressions in a text. A reason is required; without one nothing is suppressed."""
    said: list[tuple[int, int, str, str]] = []
    headings = [section.line for section in text.sections if section.level]
    for number, line in enumerate(text.lines, 1):
        if "policyver:" not in line:
            continue
        for match in SUPPRESSION.finditer(line):
            if not match.group(2):
                continue
            before = [one for one in headings if one <= number]
            after = [one for one in headings if one > number]
            first, last = (
                (before[-1], after[0] - 1 if after else len(text.lines)) if before else (1, len(text.lines) + 1)
            )
            said += [(first, last, id_.strip(), match.group(2)) for id_ in match.group(1).split(",")]
    return Suppressions(tuple(said))


# baseline


def read_baseline(content: bytes, name: str) -> frozenset[str]:
    """The fingerprints in a baseline file. Raises `DocumentError` where it is none."""
    try:
        table = json.loads(content)
        return frozenset(str(one["fingerprint"]) for one in table["findings"])
    except (ValueError, TypeError, KeyError, AttributeError):
        raise DocumentError(
            "this is not a baseline", where=name, cure="Write one with `policyver check --write-baseline FILE`."
        ) from None


def baseline_of(findings: Sequence[Finding]) -> dict[str, object]:
    """What a baseline file says: each finding that counts, with words for people to read it by."""
    return {
        "schema": "policyver.baseline/1",
        "findings": [
            {"fingerprint": one.fingerprint, "rule": one.rule, "path": one.path, "message": one.message}
            for one in findings
            if one.suppressed is None or one.suppressed.startswith("known")
        ],
    }


def is_error(finding: Finding) -> bool:
    """Whether a finding makes the check fail."""
    return finding.severity is Severity.ERROR and finding.suppressed is None


__all__ = [
    "Changed", "Selection", "baseline_of", "check", "is_error", "read_baseline", "selection",
]  # fmt: skip
