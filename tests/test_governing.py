"""Which text governs where and when, and how a translation stands to its source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from policyver.locales.freshness import SectionState
from policyver.locales.governing import State
from policyver.locales.policies import PolicyTexts, open_policies
from policyver.workspace import Workspace
from tests.support import ROOT, GitRepo, policyver

TODAY = dt.date(2026, 6, 1)


def text(label: str | None, body: str = "We keep names for 30 days.", heading: str = "Data", **front: str) -> str:
    lines = [f"version: {label}"] if label else []
    lines += [f"{key}: {value}" for key, value in front.items()]
    return (
        "---\n"
        + "\n".join(lines)
        + f"\n---\n\n## {heading} {{#data}}\n\n{body}\n\n## Rights {{#rights}}\n\nYou may ask.\n"
    )


def opened(repo: GitRepo, config: str = "") -> PolicyTexts:
    if config:
        repo.write("policyver.toml", config)
    [texts] = open_policies(Workspace.open(repo.path), "privacy", TODAY)
    return texts


def governs(texts: PolicyTexts, territory: str, language: str | None = None, on: dt.date = TODAY) -> list[str]:
    return [one.locale for one in texts.resolve(territory, language, on).governing]


# what governs


def test_the_local_text_governs_where_its_language_is_official(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"), privacy_fr=text("1"))
    texts = opened(repo)
    assert governs(texts, "AT") == ["de"]
    assert governs(texts, "CH") == ["de", "fr"]
    assert governs(texts, "CH", "fr-CH") == ["fr", "de"]
    assert governs(texts, "US") == ["en"]


def test_without_a_local_text_the_source_governs_and_that_is_said(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"))
    found = opened(repo).resolve("PL")
    assert (found.state, [one.locale for one in found.governing]) == (State.FALLBACK, ["en"])
    assert any("the source text (en) governs" in reason for reason in found.reasons)


def test_a_related_language_stands_in_as_a_stated_fallback(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_es=text("1"))
    found = opened(repo).resolve("AD")
    assert (found.state, [one.locale for one in found.governing]) == (State.FALLBACK, ["es"])
    assert any("no text in Catalan" in reason and "a fallback, not a local text" in reason for reason in found.reasons)


def test_where_the_source_prevails_translations_do_not_govern(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"))
    texts = opened(repo, '[policies.privacy]\nprecedence = "source"\n')
    assert governs(texts, "DE") == ["en"]
    texts = opened(repo, '[policies.privacy.territories.CH]\nprecedence = "source"\n')
    assert (governs(texts, "CH"), governs(texts, "DE")) == (["en"], ["de"])


def test_where_all_prevail_equally_local_text_and_source_govern(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"))
    assert governs(opened(repo, '[policies.privacy]\nprecedence = "equal"\n'), "DE") == ["de", "en"]


def test_the_configuration_may_give_a_territory_its_texts(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"), privacy_fr=text("1"))
    texts = opened(repo, '[policies.privacy.territories.BE]\nlocales = ["fr"]\n')
    assert governs(texts, "BE") == ["fr"]
    assert "The configuration gives Belgium the texts fr." in texts.resolve("BE").reasons


def test_nothing_governs_before_the_first_version(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"))
    found = opened(repo).resolve("US", on=dt.date(2020, 1, 1))
    assert (found.state, found.governing) == (State.MISSING, ())


def test_a_reader_of_another_language_is_told_that_his_text_does_not_govern(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"), privacy_fr=text("1"))
    found = opened(repo).resolve("FR", "de")
    assert [one.locale for one in found.governing] == ["fr"]
    assert any("German (de) is not a language whose text governs here" in reason for reason in found.reasons)


def test_no_source_as_such_but_one_in_its_language(repo: GitRepo) -> None:
    repo.write("policies/privacy/en-US.md", text("1"))
    repo.commit(privacy_de=text("1"))
    texts = opened(repo)
    assert texts.source_locale == "en-US"
    assert governs(texts, "PL") == ["en-US"]


# when


def test_a_version_is_in_force_from_the_later_of_publication_and_effective_date(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1", published="2026-01-01", effective="2026-02-01"))
    repo.commit(privacy_en=text("2", published="2026-03-01", effective="2026-05-01"))
    repo.commit(privacy_en=text("3", published="2026-05-20", effective="2026-05-10"))
    texts = opened(repo)

    def label(day: str) -> str | None:
        edition = texts.source.in_force_on(dt.date.fromisoformat(day))
        return edition.metadata.label if edition else None

    days = ("2026-01-15", "2026-02-01", "2026-04-30", "2026-05-01", "2026-05-19", "2026-05-20")
    assert [label(day) for day in days] == [None, "1", "1", "2", "2", "3"]


def test_a_published_version_that_is_not_in_force_yet_is_pending(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1", published="2026-01-01", effective="2026-02-01"))
    repo.commit(privacy_en=text("2", published="2026-05-25", effective="2026-07-01"))
    found = opened(repo).resolve("US")
    assert (found.state, found.governing[0].edition.metadata.label) == (State.PENDING, "1")
    assert "en: 2 is published and takes effect on 2026-07-01." in found.reasons


def test_a_text_that_was_removed_governs_no_more(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"))
    repo.git("rm", "-q", "policies/privacy/de.md")
    repo.commit("Withdraw the German text")
    texts = opened(repo)
    assert governs(texts, "DE") == ["en"]
    assert governs(texts, "DE", on=dt.date(2023, 11, 15)) == ["de"]


# freshness


def behind(repo: GitRepo, locale: str = "de") -> tuple[State, PolicyTexts]:
    texts = opened(repo)
    return texts.state_of(locale)[0], texts


def test_a_change_of_the_source_has_not_happened_in_a_text_that_lags(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1", effective="2023-12-01"), privacy_de=text("1", effective="2023-12-01"))
    repo.commit(privacy_en=text("2", "We keep names for 60 days.", effective="2024-02-01"))
    state, texts = behind(repo)
    fresh = texts.freshness("de")
    assert state is State.STALE
    assert fresh is not None
    [standing] = fresh.behind
    assert (standing.section.heading, standing.state, standing.since) == (
        "Data",
        SectionState.STALE,
        dt.date(2024, 2, 1),
    )
    assert str(fresh.significance) == "material"
    assert texts.resolve("DE").state is State.STALE


def test_an_editorial_change_of_the_source_makes_nothing_stale(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1", "We keep names, and addresses."), privacy_de=text("1"))
    repo.commit(privacy_en=text("2", "We keep names and addresses."))
    assert behind(repo)[0] is State.CURRENT


def test_a_new_section_of_the_source_is_missing_since_it_came_into_force(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"))
    extra = "\n## Children {#children}\n\nWe collect nothing from children under 13.\n"
    repo.commit(privacy_en=text("2", effective="2024-03-01") + extra)
    repo.commit(privacy_en=text("3", "We keep names for 31 days.", effective="2024-06-01") + extra)
    state, texts = behind(repo)
    fresh = texts.freshness("de")
    assert state is State.STALE
    assert fresh is not None
    missing = {one.section.heading: one.since for one in fresh.sections if one.state is SectionState.MISSING}
    assert missing == {"Children": dt.date(2024, 3, 1)}


def test_a_translation_that_never_had_a_section_is_partial(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1") + "\n## Children {#children}\n\nNone.\n", privacy_de=text("1"))
    assert behind(repo)[0] is State.PARTIAL


def test_a_section_of_its_own_is_a_deviation_until_it_is_approved(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1") + "\n## Aufsicht {#authority}\n\nBerlin.\n")
    assert behind(repo)[0] is State.DIVERGED
    approval = '[[policies.privacy.deviations]]\nlocale = "de"\nsection = "authority"\nreason = "BDSG"\n'
    assert opened(repo, approval).state_of("de")[0] is State.CURRENT


def origin(repo: GitRepo) -> Any:
    texts = opened(repo)
    edition = texts.current("de")
    assert edition is not None
    return texts.origin(edition)


def test_the_record_names_the_source_version(repo: GitRepo) -> None:
    first = repo.commit(privacy_en=text("1"))
    repo.commit(privacy_en=text("2"))
    repo.commit(privacy_de=text(None, source_version="1"))
    found = origin(repo)
    assert (found.edition.commit, found.inferred) == (first, False)
    repo.commit(privacy_de=text(None, source_commit=first[:12]))
    assert (origin(repo).edition.commit, origin(repo).inferred) == (first, False)


@pytest.mark.parametrize(
    ("front", "problem"),
    [
        ({"source_version": "9.9"}, "no version 9.9"),
        ({"source_commit": "0123456789abcdef"}, "is no commit of this repository"),
        ({"source_commit": "HEAD"}, "is not the name of a commit"),
        ({"source_commit": "--output=x"}, "is not the name of a commit"),
    ],
)
def test_a_record_that_leads_nowhere_is_told_and_the_version_inferred(
    repo: GitRepo, front: dict[str, str], problem: str
) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text(None, **front))
    found = origin(repo)
    assert found.inferred
    assert problem in found.problem


def test_a_commit_that_does_not_have_the_source_is_told(repo: GitRepo) -> None:
    other = repo.commit(terms_en="## A\n\nB.\n")
    repo.commit(privacy_en=text("1"), privacy_de=text(None, source_commit=other))
    assert "does not have the source text privacy/en" in origin(repo).problem


def test_without_a_record_the_version_is_inferred_and_said_to_be(repo: GitRepo) -> None:
    first = repo.commit(privacy_en=text("1", effective="2024-01-01"))
    second = repo.commit(privacy_en=text("2", "We keep names for 60 days.", effective="2024-06-01"))
    repo.commit(privacy_de=text("1"))
    assert (origin(repo).edition.commit, origin(repo).how) == (first, "both carry the label 1")
    repo.commit(privacy_de=text(None, effective="2024-06-01"))
    assert (origin(repo).edition.commit, origin(repo).how) == (second, "both are effective from 2024-06-01")
    repo.commit(privacy_de=text(None, effective="2024-03-01"))
    assert origin(repo).edition.commit == first
    repo.commit(privacy_de=text(None))
    assert origin(repo).edition.commit == second
    assert origin(repo).how == "it was the newest when the local text was committed"
    assert origin(repo).inferred


def test_what_is_not_committed_counts_as_published_today(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"))
    repo.write("policies/privacy/en.md", text("2", "We keep names for 60 days."))
    texts = opened(repo)
    assert texts.state_of("de")[0] is State.STALE
    edition = texts.source.in_force_on(TODAY)
    assert edition is not None
    assert (edition.commit, edition.in_force_from) == (None, TODAY)


def test_resolving_is_the_same_from_every_clone(repo: GitRepo, make_repo: Callable[..., GitRepo]) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"))
    repo.git("clone", "-q", "--bare", ".", str(repo.path.parent / "bare.git"))
    [bare] = open_policies(Workspace.open(repo.path.parent / "bare.git"), "privacy", TODAY)
    here, there = opened(repo).resolve("DE"), bare.resolve("DE")
    assert (here.state, here.reasons) == (there.state, there.reasons)


# commands


@pytest.mark.slow
def test_the_samples_stand_as_the_readme_says() -> None:
    ran = policyver("resolve", "privacy", "--territory", "Poland", "--on", "2026-11-24", "--format", "json", cwd=ROOT)
    assert ran.json["state"] == "stale"
    assert [one["label"] for one in ran.json["governing"]] == ["1.1.0"]
    ran = policyver("resolve", "privacy", "-t", "AT", "--on", "2026-05-20", "--format", "json", cwd=ROOT)
    assert (ran.json["state"], [one["label"] for one in ran.json["governing"]]) == ("pending", ["1.2.0"])


@pytest.mark.slow
def test_status_shows_the_matrix_in_every_format(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"))
    repo.commit(privacy_en=text("2", "We keep names for 60 days."))
    files = [repo.path / f"status{ending}" for ending in (".json", ".md", ".html", ".txt")]
    outputs = [part for file in files for part in ("--output", str(file))]
    ran = policyver("status", "--territory", "DE", "--format", "rich", *outputs, cwd=repo.path)
    assert ran.status == 0, ran.err
    assert all("stale" in one for one in (ran.out, *(file.read_text(encoding="utf-8") for file in files)))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["resolve", "privacy", "-t", "Narnia"], "there is no territory 'Narnia'"),
        (["resolve", "privacy", "-t", "AT", "--language", "q-q"], "is not formed like a language tag"),
        (["resolve", "privcy", "-t", "AT"], "Did you mean privacy?"),
        (["resolve", "privacy", "-t", "AT", "--on", "tomorrow"], "--on tomorrow is not a day"),
        (["status", "--locale", "xy"], "there is no text for the locale 'xy'"),
    ],
)
def test_what_does_not_exist_has_a_sentence(repo: GitRepo, arguments: list[str], sentence: str) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"))
    ran = policyver(*arguments, cwd=repo.path)
    assert ran.status == 2
    assert sentence in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.slow
def test_a_text_that_cannot_be_read_is_no_success(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"), privacy_de=text("1"))
    repo.write("policies/privacy/de.md", "---\neffective: never\n---\n\n# A\n")
    for command in (["status"], ["resolve", "privacy", "-t", "DE"]):
        ran = policyver(*command, cwd=repo.path)
        assert (ran.status, "effective: never, which is not a date" in ran.err) == (3, True)
        assert "current" in ran.out


@pytest.mark.slow
def test_a_shallow_clone_is_refused_with_the_cure(repo: GitRepo) -> None:
    repo.commit(privacy_en=text("1"))
    repo.commit(privacy_en=text("2"))
    clone = repo.path.parent / "shallow"
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", str(clone))
    for command in (["resolve", "privacy", "-t", "US"], ["status"], ["check"]):
        ran = policyver(*command, cwd=clone)
        assert (ran.status, "fetch-depth: 0" in ran.err) == (3, True)
