"""Rules for translations: which there are, whether they are complete, current and in their language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from policyver.checks.rule import Example, Family, LocalView, Problem, TextView, both
from policyver.locales.freshness import SectionState
from policyver.locales.identification import language_of, prose_of
from policyver.locales.policies import PolicyTexts
from policyver.locales.tags import canonical, language_name, problem_of, same_language
from policyver.model import Severity
from policyver.reasons import reason_words

_policies = Family("localization", PolicyTexts)
_texts = Family("localization", TextView)
family = Family("localization", LocalView)

_TEXT_STANDS = "Art. 12(1) GDPR and WP260 rev.01 §13: an accurate translation in the language of the data subjects"
_BCP47 = "BCP 47 (RFC 5646)"
_EN = "# Policy\n\n## Data {#data}\n\nWe collect names.\n\n## Rights {#rights}\n\nYou may ask us.\n"
_DE = "# Erklärung\n\n## Daten {#data}\n\nWir erheben Namen.\n\n## Rechte {#rights}\n\nSie können uns fragen.\n"
_LABELLED = "---\nversion: {}\n---\n\n"
_LONGER = _EN.replace("names.", "names and addresses.")


@_policies.rule(
    "bad-language-tag",
    "File name is no language tag",
    Severity.ERROR,
    _BCP47,
    failing=Example(({"en": _EN, "xx": _DE},)),
    passing=both(_EN, _DE),
)
def bad_language_tag(texts: PolicyTexts) -> Iterator[Problem]:
    """A text under a tag that does not exist governs nowhere and is offered to nobody."""
    for locale in texts.locales:
        problem = problem_of(locale)
        if problem:
            yield Problem(f"{locale!r} {problem}.", locale=locale)


@_policies.rule(
    "locale-claimed-twice",
    "Two files for one locale",
    Severity.ERROR,
    _BCP47,
    failing=Example(({"pt-BR": _EN, "pt_BR": _EN, "en": _EN},)),
    passing=both(_EN, _DE),
)
def locale_claimed_twice(texts: PolicyTexts) -> Iterator[Problem]:
    """``pt-BR.md`` and ``pt_BR.md`` are one locale: which of them binds, nobody can tell."""
    for key, (kept, left) in texts.workspace.now.contested.items():
        if key.policy == texts.name:
            yield Problem(
                f"{kept} and {left} both are the text {key.locale}; the first is read.", locale=key.locale, path=left
            )
    by_tag: dict[str, list[str]] = {}
    for locale in texts.locales:
        by_tag.setdefault(canonical(locale), []).append(locale)
    for tag, locales in by_tag.items():
        if len(locales) > 1:
            yield Problem(f"{' and '.join(locales)} are one language tag, {tag}.", locale=locales[1])


@_policies.rule(
    "required-locale-missing",
    "Required locale missing",
    Severity.ERROR,
    "the policy's configuration, required_locales",
    failing=Example(({"en": _EN},), '[policies.privacy]\nrequired_locales = ["en", "de"]\n'),
    passing=both(_EN, _DE, '[policies.privacy]\nrequired_locales = ["en", "de"]\n'),
)
def required_locale_missing(texts: PolicyTexts) -> Iterator[Problem]:
    """The company has said that it publishes this text in that language. A file with nothing in it is no text."""
    for required in texts.settings.required_locales:
        locale = texts.locale_of(required)
        if locale is None:
            yield Problem(
                f"There is no text in {language_name(required)} ({required}), which the configuration requires."
            )
        elif (edition := texts.current(locale)) is not None and not edition.document.sections:
            yield Problem(f"The required text {locale} is empty.", locale=locale)


@family.rule(
    "stale",
    "Section behind its source",
    Severity.WARNING,
    _TEXT_STANDS,
    failing=Example(
        (
            {"en": _LABELLED.format("1.0.0") + _EN, "de": _LABELLED.format("1.0.0") + _DE},
            {"en": _LABELLED.format("1.1.0") + _LONGER},
        )
    ),
    passing=Example(
        (
            {"en": _LABELLED.format("1.0.0") + _EN, "de": _LABELLED.format("1.0.0") + _DE},
            {
                "en": _LABELLED.format("1.1.0") + _LONGER,
                "de": _LABELLED.format("1.1.0") + _DE.replace("Namen.", "Namen und Adressen."),
            },
        )
    ),
)
def stale(text: LocalView) -> Iterator[Problem]:
    """The source has changed this section since the translation was made. Editorial changes do not count."""
    fresh = text.fresh
    made = fresh.made_from.edition.name if fresh.made_from.edition else "?"
    inferred = ", as inferred: " + fresh.made_from.how if fresh.made_from.inferred else ""
    for standing in fresh.behind:
        change = standing.change
        if change is None or standing.state is SectionState.MISSING:
            continue
        gone = standing.state is SectionState.LOCAL_ONLY
        what = "dropped it" if gone else reason_words(change.reasons[0])
        yield Problem(
            f"The source has changed {standing.section.title!r} since {made} ({change.significance}: {what})"
            f"{inferred}.",
            standing.local,
        )
    if fresh.dates_behind and not fresh.behind:
        yield Problem(
            f"Its effective date {fresh.local.metadata.effective} lies before that of the source, "
            f"{fresh.source.metadata.effective}."
        )


@family.rule(
    "missing-section",
    "Section of the source missing",
    Severity.ERROR,
    _TEXT_STANDS,
    failing=both(_EN, _DE.split("## Rechte")[0]),
    passing=both(_EN, _DE),
)
def missing_section(text: LocalView) -> Iterator[Problem]:
    """What the source says in this section, the translation does not say at all."""
    for standing in text.fresh.sections:
        if standing.state is SectionState.MISSING and not text.texts.approved(text.locale, standing.section):
            since = f", in the source since {standing.since}" if standing.since else ""
            yield Problem(f"The section {standing.section.title!r} of the source is missing{since}.")


@family.rule(
    "local-only-section",
    "Section that the source does not have",
    Severity.WARNING,
    _TEXT_STANDS,
    failing=both(_EN, _DE + "\n## Aufsicht {#authority}\n\nZuständig ist die Aufsichtsbehörde in Berlin für uns.\n"),
    passing=both(_EN, _DE),
)
def local_only_section(text: LocalView) -> Iterator[Problem]:
    """Local law may demand it: then approve it as a deviation. Else it is left over from an older version."""
    for standing in text.fresh.local_only:
        if not text.texts.approved(text.locale, standing.local):
            yield Problem(f"The source has no section like {standing.section.title!r}.", standing.local)


@family.rule(
    "other-order",
    "Sections in another order",
    Severity.WARNING,
    _TEXT_STANDS,
    failing=both(
        _EN, "# Erklärung\n\n## Rechte {#rights}\n\nSie können uns fragen.\n\n## Daten {#data}\n\nWir erheben Namen.\n"
    ),
    passing=both(_EN, _DE),
)
def other_order(text: LocalView) -> Iterator[Problem]:
    """References by number or place lead elsewhere than in the source."""
    for pair in text.fresh.alignment.in_other_order:
        section = text.sections[pair.local]
        yield Problem(f"{section.title!r} stands in another place than in the source.", section)


_LONG_EN = "We collect the names and addresses of the people who order goods from our shop or write to us about them."
_LONG_DE = (
    "Wir erheben die Namen und Anschriften der Menschen, die in unserem Laden etwas bestellen oder uns schreiben."
)
_SURE = 0.5


@_texts.rule(
    "untranslated",
    "Paragraph not translated",
    Severity.ERROR,
    _TEXT_STANDS,
    failing=both(f"## Data\n\n{_LONG_EN}\n", f"## Daten\n\n{_LONG_DE}\n\n{_LONG_DE}\n\n{_LONG_EN}\n"),
    passing=both(f"## Data\n\n{_LONG_EN}\n", f"## Daten\n\n{_LONG_DE}\n"),
)
def untranslated(text: TextView) -> Iterator[Problem]:
    """A paragraph in the language of the source: its readers were promised a text in theirs."""
    source = text.texts.source_locale
    if same_language(text.locale, source) or _strange(text):
        return
    for section in text.sections:
        for block in section.blocks:
            prose = prose_of(block)
            if prose and (told := language_of(prose)) and same_language(told[0], source) and told[1] >= _SURE:
                words = " ".join(prose.split()[:6])
                yield Problem(
                    f"The paragraph '{words} …' is in {language_name(source)}.",
                    section,
                    text.line_of(" ".join(prose.split()[:3]), section),
                )


@_texts.rule(
    "wrong-language",
    "File in another language than its name says",
    Severity.ERROR,
    _BCP47,
    failing=both(f"## Data\n\n{_LONG_EN}\n", f"## Data\n\n{_LONG_EN}\n"),
    passing=both(f"## Data\n\n{_LONG_EN}\n", f"## Daten\n\n{_LONG_DE}\n"),
)
def wrong_language(text: TextView) -> Iterator[Problem]:
    """The text that is published as the one in a language must be in it; else nothing governs there."""
    other = _strange(text)
    if other:
        yield Problem(f"The text is in {language_name(other)}, and its file name says {text.locale}.")


def _strange(text: TextView) -> str | None:
    """The language that most of the text is in, where it is not its own."""
    prose = [found for section in text.sections for block in section.blocks if (found := prose_of(block))]
    told = [language_of(one) for one in prose]
    sure = Counter(one[0] for one in told if one is not None and one[1] >= _SURE)
    if not sure:
        return None
    language, count = sure.most_common(1)[0]
    if same_language(language, text.locale):
        return None
    own = sum(number for told, number in sure.items() if same_language(told, text.locale))
    return language if count > 0.6 * len(prose) and count > 2 * own else None


@family.rule(
    "unknown-source-record",
    "Record of the source that leads nowhere",
    Severity.ERROR,
    "the record that `policyver sync` writes",
    failing=both(_EN, "---\nsource_version: 9.9.9\n---\n\n" + _DE),
    passing=both(_EN, _DE),
)
def unknown_source_record(text: LocalView) -> Iterator[Problem]:
    """Front matter says what the translation was made from; a commit or version that does not exist says nothing,
    and the source version had to be inferred."""
    if text.fresh.made_from.problem:
        yield Problem(f"{text.fresh.made_from.problem[:1].upper()}{text.fresh.made_from.problem[1:]}.")


RULES = [*_policies.rules, *family.rules, *_texts.rules]
