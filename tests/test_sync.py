"""The record of what a translation was made from."""

from __future__ import annotations

import pytest

from tests.support import GitRepo, policyver

EN = "---\nversion: 1.0.0\n---\n\n## Data\n\nNames.\n"
DE = "---\ntitle: Erklärung # bleibt\n---\n\n## Daten\n\nNamen.\n"


def read(repo: GitRepo, locale: str = "de") -> str:
    return (repo.path / f"policies/privacy/{locale}.md").read_bytes().decode()


@pytest.mark.slow
def test_sync_records_the_source_as_it_is_committed(repo: GitRepo) -> None:
    commit = repo.commit(privacy_en=EN, privacy_de=DE)
    ran = policyver("sync", "de", cwd=repo.path)
    assert ran.status == 0, ran.err
    assert read(repo) == DE.replace("---\n\n", f"source_version: 1.0.0\nsource_commit: {commit}\n---\n\n")
    assert policyver("sync", "de", cwd=repo.path).err == "policyver: nothing to write: every record is there already.\n"


@pytest.mark.slow
def test_sync_renews_a_record_and_changes_nothing_else(repo: GitRepo) -> None:
    repo.commit(privacy_en=EN, privacy_de=DE)
    policyver("sync", "de", cwd=repo.path)
    repo.commit("Record")
    new = repo.commit(privacy_en=EN.replace("1.0.0", "1.1.0"))
    policyver("sync", "de", cwd=repo.path)
    assert f"source_version: 1.1.0\nsource_commit: {new}\n" in read(repo)
    assert read(repo).count("source_") == 2
    assert "title: Erklärung # bleibt" in read(repo)


def test_a_file_without_front_matter_gets_one_and_keeps_its_line_ends(repo: GitRepo) -> None:
    repo.commit(privacy_en="## Data\n\nNames.\n", privacy_de=b"\xef\xbb\xbf## Daten\r\n\r\nNamen.\r\n")
    policyver("sync", "de", cwd=repo.path)
    content = read(repo)
    assert content.startswith("\ufeff---\r\nsource_commit: ")
    assert content.endswith("---\r\n\r\n## Daten\r\n\r\nNamen.\r\n")


@pytest.mark.slow
def test_backfill_writes_what_is_inferred_and_says_so(repo: GitRepo) -> None:
    first = repo.commit(privacy_en=EN, privacy_de=DE, privacy_fr=DE)
    repo.commit(privacy_en=EN.replace("Names", "Names and addresses"))
    ran = policyver("sync", "--backfill", cwd=repo.path)
    assert "inferred: it was the newest when the local text was committed" in ran.out
    for locale in ("de", "fr"):
        assert f"source_commit: {first}  # inferred by policyver sync --backfill\n" in read(repo, locale)
    status = policyver("status", "--locale", "de", "--format", "json", cwd=repo.path).json
    assert status["texts"][0]["made_from"]["inferred"] is False


def test_dry_run_writes_nothing(repo: GitRepo) -> None:
    repo.commit(privacy_en=EN, privacy_de=DE)
    assert "would record en 1.0.0" in policyver("sync", "de", "--dry-run", cwd=repo.path).out
    assert read(repo) == DE


def test_a_source_that_is_not_committed_cannot_be_recorded(repo: GitRepo) -> None:
    repo.commit(privacy_en=EN, privacy_de=DE)
    repo.write("policies/privacy/en.md", EN.replace("Names", "More"))
    ran = policyver("sync", "de", cwd=repo.path)
    assert (ran.status, "Commit the source first." in ran.err) == (3, True)
    assert read(repo) == DE


@pytest.mark.slow
def test_sync_without_a_locale_says_how_to_call_it(repo: GitRepo) -> None:
    repo.commit(privacy_en=EN, privacy_de=DE)
    assert "For example: policyver sync de." in policyver("sync", cwd=repo.path).err
    assert "there is no text for the locale 'pl'" in policyver("sync", "pl", cwd=repo.path).err
