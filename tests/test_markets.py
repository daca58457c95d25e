"""What a change means for each market: the text that governs decides, not the source."""

from __future__ import annotations

import pytest

from policyver.errors import UsageError
from policyver.notices.markets import Audience, MarketChange, Markets, Outcome, grouped, open_span
from policyver.workspace import Workspace
from tests.noticing import TODAY, changed_repo
from tests.support import GitRepo, policy

SPAN = "privacy@1.0.0..privacy@2.0.0"


def changes(repo: GitRepo, span: str | None, territory: str, language: str = "") -> tuple[MarketChange, ...]:
    workspace = Workspace.open(repo.path)
    return Markets(open_span(workspace, span, None, TODAY)).changes("privacy", Audience(territory, language))


def test_where_the_governing_text_changed_there_is_something_to_announce(repo: GitRepo) -> None:
    [one] = changes(changed_repo(repo), SPAN, "DE")
    assert (one.outcome, str(one.duty)) == (Outcome.CHANGED, "contractual")
    assert one.new is not None
    assert one.new.key.locale == "de"
    assert one.reason == "the German text changed: Retention"


def test_where_the_translation_lags_nothing_has_happened_and_the_reason_says_what_the_source_did(repo: GitRepo) -> None:
    [one] = changes(changed_repo(repo), SPAN, "FR")
    assert one.outcome is Outcome.UNCHANGED
    assert not one.is_announced
    assert one.reason == "the source changed (Retention); the French text has not, so nothing changes"


def test_where_no_local_text_is_the_source_governs_and_its_change_counts(repo: GitRepo) -> None:
    [one] = changes(changed_repo(repo), SPAN, "JP", "ja")
    assert one.new is not None
    assert one.new.key.locale == "en"
    assert one.is_announced


def test_a_first_local_text_takes_over_from_the_source(repo: GitRepo) -> None:
    repo.commit("Publish", privacy_en=policy("Use: We use it.", label="1.0.0"))
    repo.commit("Translate", privacy_pl=policy("Użycie: Używamy.", label="1.0.0"))
    [one] = changes(repo, "HEAD^..HEAD", "PL")
    assert one.outcome is Outcome.REPLACED
    assert one.reason == "the Polish text governs instead of en"
    [elsewhere] = changes(repo, "HEAD^..HEAD", "US")
    assert elsewhere.outcome is Outcome.UNCHANGED


def test_without_a_range_it_is_what_the_last_commit_changed(repo: GitRepo) -> None:
    changed_repo(repo)
    repo.commit("Translate", privacy_fr=policy("Durée: Nous conservons vos données 60 jours.", label="2.0.0"))
    assert changes(repo, None, "FR")[0].is_announced
    assert not changes(repo, None, "DE")[0].is_announced


def test_a_slip_of_the_pen_is_not_announced_and_that_is_said(repo: GitRepo) -> None:
    repo.commit("Publish", privacy_en=policy("Use: We use your informatoin to deliver what you have ordered from us."))
    repo.commit("Mend", privacy_en=policy("Use: We use your information to deliver what you have ordered from us."))
    [one] = changes(repo, None, "US")
    assert one.outcome is Outcome.CHANGED
    assert not one.is_announced
    assert one.reason.endswith("that is editorial, of which the configuration sends no notice")


def test_the_configuration_says_what_each_significance_owes(repo: GitRepo) -> None:
    repo.write("policyver.toml", '[policies.privacy.notices]\nmaterial = "courtesy"\n')
    [one] = changes(changed_repo(repo), SPAN, "DE")
    assert str(one.duty) == "courtesy"


def test_of_several_governing_texts_a_reader_hears_of_his_own(repo: GitRepo) -> None:
    changed_repo(repo)
    assert [one.new.key.locale for one in changes(repo, SPAN, "CH", "fr") if one.new] == ["fr"]
    assert [one.new.key.locale for one in changes(repo, SPAN, "CH", "de") if one.new] == ["de"]
    assert {one.new.key.locale for one in changes(repo, SPAN, "CH") if one.new} == {"de", "fr"}


def test_the_same_answer_for_several_territories_is_one_line(repo: GitRepo) -> None:
    changed_repo(repo)
    found = grouped(one for territory in ("DE", "AT", "FR") for one in changes(repo, SPAN, territory))
    assert [(one.territories, one.change.is_announced) for one in found] == [(("AT", "DE"), True), (("FR",), False)]


@pytest.mark.parametrize("written", ["HEAD", "HEAD...HEAD^", "nothing..HEAD"])
def test_what_is_no_range_is_refused_with_a_sentence(repo: GitRepo, written: str) -> None:
    changed_repo(repo)
    with pytest.raises(UsageError):
        changes(repo, written, "DE")
