"""`policyver notify` and its company at the command line: plans to read, previews, sentences for mistakes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.noticing import changed_repo, configure, run, subscribers_csv
from tests.peers import http_receiver
from tests.support import ROOT, GitRepo, policyver
from tests.test_schemas import validator

pytestmark = pytest.mark.slow
SPAN = "privacy@1.0.0..privacy@2.0.0"
MAILDIR = '[channels.mail]\nurl = "maildir://mail"\nper_subscriber = true\n'


@pytest.fixture
def desk(repo: GitRepo) -> GitRepo:
    configure(changed_repo(repo), MAILDIR)
    return repo


def test_a_dry_run_says_what_is_sent_where_and_why_not_elsewhere_and_makes_no_store(desk: GitRepo) -> None:
    ran = run(desk, "notify", SPAN, "--dry-run")
    assert ran.status == 0
    assert "announce  privacy/de  AT, BE, CH, DE, LI, LU: the German text changed: Retention (contractual" in ran.out
    assert "the source changed (Retention); the French text has not, so nothing changes" in ran.out
    assert "Nothing has been queued." in ran.out
    assert not (desk.path / "store").exists()


def test_a_dry_run_needs_no_secret(repo: GitRepo) -> None:
    configure(changed_repo(repo), '[channels.team]\nurl = "${TEAM_URL}"\n', "${STORE_URL}")
    ran = run(repo, "notify", SPAN, "--dry-run")
    assert ran.status == 0, ran.err
    assert "subscribers are not counted" in ran.err
    assert "channel   team: privacy/de 2.0.0" in ran.out


@pytest.mark.parametrize("format", ["rich", "markdown"])
def test_a_dry_run_reads_well_in_its_other_formats(desk: GitRepo, format: str) -> None:
    ran = run(desk, "notify", SPAN, "--dry-run", "--format", format)
    assert "To be announced" in ran.out
    assert "Nothing to announce" in ran.out


def test_the_json_of_a_dry_run_follows_its_schema(desk: GitRepo, tmp_path: Path) -> None:
    run(desk, "subscribers", "import", subscribers_csv(tmp_path / "s.csv", ["a@example.org,DE,de,,"]))
    report = run(desk, "notify", SPAN, "--dry-run", "--format", "json").json
    validator("notify").validate(report)
    assert report["deliveries"] == [
        {"policy": "privacy", "version": report["deliveries"][0]["version"], "channel": "mail", "audience": "DE/de",
         "territories": ["DE"], "recipients": 1}
    ]  # fmt: skip


def test_a_notice_period_that_is_not_kept_is_said(desk: GitRepo) -> None:
    toml = (desk.path / "policyver.toml").read_text()
    (desk.path / "policyver.toml").write_text(toml + "[policies.privacy]\nnotice_period_days = 30\n")
    late = run(desk, "notify", SPAN, "--dry-run", "--on", "2029-12-20")
    assert "takes effect in 12 days: the notice period of 30 days is not kept." in late.out
    assert "notice period" not in run(desk, "notify", SPAN, "--dry-run", "--on", "2029-11-20").out


def test_previews_are_files_in_every_form_and_language(desk: GitRepo, tmp_path: Path) -> None:
    ran = run(desk, "notify", SPAN, "--preview", tmp_path / "out")
    assert ran.status == 0, ran.err
    names = {one.name for one in (tmp_path / "out").iterdir()}
    assert {
        "index.html",
        "privacy-de-2.0.0-in-de.html",
        "privacy-ar-2.0.0-in-ar.eml",
        "privacy-en-2.0.0-in-en.txt",
    } <= names
    assert not [one for one in names if "-fr-" in one]
    assert 'dir="rtl"' in (tmp_path / "out" / "privacy-ar-2.0.0-in-ar.html").read_text()
    assert not (desk.path / "store").exists()


@pytest.mark.parametrize(("options", "says"), [
    (["--send-at", "2020-01-01T00:00Z"], "has passed"),
    (["--send-at", "tomorrow"], "is no time"),
    (["--policy", "terms"], "no policy"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_before_anything_is_queued(
    desk: GitRepo, options: list[str], says: str
) -> None:
    ran = run(desk, "notify", SPAN, *options)
    assert ran.status == 2
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_a_channel_of_its_own_gets_one_message_a_notice_with_all_its_territories(repo: GitRepo) -> None:
    with http_receiver() as receiver:
        url = receiver.url.replace("http://", "json://")
        channel = '[channels.team]\nurl = "${TEAM_URL}"\nterritories = ["DE", "AT", "FR"]\nlanguage = "de"\n'
        configure(changed_repo(repo), channel)
        done = run(repo, "notify", SPAN, TEAM_URL=url)
        again = run(repo, "notify", SPAN, TEAM_URL=url)
        assert (done.status, again.status) == (0, 0), done.err
        [(_, body)] = receiver.requests
        assert "Maßgeblicher Text (Österreich, Deutschland): Deutsch" in json.loads(body)["message"].replace("\\", "")


def test_a_channel_of_its_own_is_offered_no_way_to_unsubscribe(repo: GitRepo) -> None:
    with http_receiver() as receiver:
        url = receiver.url.replace("http://", "json://")
        duties = '[policies.privacy.notices]\nmaterial = "courtesy"\n'
        configure(changed_repo(repo), f'[channels.team]\nurl = "{url}"\nterritories = ["DE"]\n{duties}')
        assert run(repo, "notify", SPAN).status == 0
        [(_, body)] = receiver.requests
        assert "unsubscribe" not in body.decode().lower()


def test_a_webhook_tells_of_every_text_that_changed(repo: GitRepo) -> None:
    with http_receiver() as receiver:
        channel = (
            f'[channels.partners]\nurl = "{receiver.url}"\nkind = "webhook"\nsecret = "${{S}}"\nallow_private = true\n'
        )
        configure(changed_repo(repo), channel)
        done = run(repo, "notify", SPAN, S="whsec_" + "A" * 43 + "=")
        assert done.status == 0, done.err
        events = [json.loads(body) for _, body in receiver.requests]
        assert sorted(one["subject"] for one in events) == ["privacy/ar", "privacy/de", "privacy/en"]
        for one in events:
            validator("diff").validate(one["data"]["diff"])
            assert one["data"]["diff"]["texts"][0]["changes"]


@pytest.mark.parametrize(("channel", "environment", "says"), [
    ('url = "${TEAM_URL}"', {}, "wants TEAM_URL from the environment, and it is not set"),
    ('url = "${TEAM_URL}"', {"TEAM_URL": "nothing://token-of-ours"}, "channels.team"),
    ('url = "ntfy://user:token-of-ours@host/x"', {}, "holds a password"),
    ('kind = "webhook"\nurl = "https://x.example/"', {}, "without a secret"),
    ('url = "json://x"\nsecret = "token-of-ours"', {}, "Secrets come from the environment only"),
    ('url = "json://x"\nkind = "letter"', {}, "channels.team.kind"),
    ("per_subscriber = false", {}, "has no url"),
    ('url = "json://x"\nterritory = ["DE"]', {}, "territories"),
])  # fmt: skip
def test_a_channel_that_cannot_work_is_named_and_its_secret_is_not_shown(
    repo: GitRepo, channel: str, environment: dict[str, str], says: str
) -> None:
    configure(changed_repo(repo), f"[channels.team]\n{channel}\n")
    ran = run(repo, "notify", SPAN, **environment)
    assert ran.status == 2
    assert says in ran.err + ran.out
    assert "token-of-ours" not in ran.err + ran.out
    assert "Traceback" not in ran.err


def test_messages_are_listed_shown_cancelled_and_sent_again(desk: GitRepo, tmp_path: Path) -> None:
    rows = ["a@example.org,DE,de,,", "b@example.org,DE,de,,"]
    run(desk, "subscribers", "import", subscribers_csv(tmp_path / "s.csv", rows))
    run(desk, "notify", SPAN, "--queue-only")
    listed = run(desk, "outbox", "list", "--format", "json").json
    validator("outbox").validate(listed)
    [first, second] = listed["messages"]
    assert (first["address"], first["state"]) == ("a@example.org", "pending")
    assert run(desk, "outbox", "cancel", str(first["id"])).out == "1 messages cancelled.\n"
    run(desk, "outbox", "run")
    validator("message").validate(run(desk, "outbox", "show", str(second["id"]), "--format", "json").json)
    shown = run(desk, "outbox", "show", str(second["id"])).out
    assert "sent" in shown
    assert "Datenschutzerklärung" in shown
    assert run(desk, "outbox", "retry", "--all").out == "0 messages to be sent again.\n"
    assert run(desk, "outbox", "retry", str(first["id"])).out == "1 messages to be sent again.\n"
    run(desk, "outbox", "run")
    assert run(desk, "outbox", "stats", "--format", "json").json["sent"] == 2
    assert run(desk, "outbox", "retry", str(second["id"])).out == "0 messages to be sent again.\n"
    for wrong in (["retry"], ["cancel", "99"], ["show", "99"], ["list", "--state", "lost"]):
        ran = run(desk, "outbox", *wrong)
        assert ran.status == 2
        assert "Traceback" not in ran.err


def test_of_several_channels_for_subscribers_the_first_that_serves_a_market_does(repo: GitRepo, tmp_path: Path) -> None:
    channels = "".join(f'[channels.{name}]\nurl = "maildir://{name}"\nper_subscriber = true\n{more}' for name, more in
                       (("german", 'language = "de"\n'), ("rest", "")))  # fmt: skip
    configure(changed_repo(repo), channels)
    rows = ["a@example.org,DE,de,,", "b@example.org,EG,ar,,"]
    run(repo, "subscribers", "import", subscribers_csv(tmp_path / "s.csv", rows))
    assert "2 messages queued" in run(repo, "notify", SPAN).out
    assert [len(list((repo.path / name / "new").iterdir())) for name in ("german", "rest")] == [1, 1]


def test_courtesy_notices_are_not_queued_without_a_link_to_unsubscribe(repo: GitRepo, tmp_path: Path) -> None:
    configure(changed_repo(repo), MAILDIR + '[policies.privacy.notices]\nmaterial = "courtesy"\n')
    toml = (repo.path / "policyver.toml").read_text().replace('base_url = "https://sender.example/policies"\n', "")
    (repo.path / "policyver.toml").write_text(toml)
    run(repo, "subscribers", "import", subscribers_csv(tmp_path / "s.csv", ["a@example.org,DE,de,,"]), "--consent")
    ran = run(repo, "notify", SPAN)
    assert ran.status == 2
    assert "notices.base_url" in ran.err
    assert run(repo, "outbox", "list", "--format", "json").json["messages"] == []
    assert run(repo, "notify", SPAN, "--preview", tmp_path / "out").status == 0


def test_channels_can_be_chosen_by_tag(repo: GitRepo) -> None:
    with http_receiver() as receiver:
        url = receiver.url.replace("http://", "json://")
        channels = "".join(f'[channels.{name}]\nurl = "{url}/{name}"\nterritories = ["DE"]\ntags = ["{name}"]\n'
                           for name in ("legal", "press"))  # fmt: skip
        configure(changed_repo(repo), channels)
        assert "1 message queued" in run(repo, "notify", SPAN, "--tag", "legal").out
        assert "1 message queued; 1 were there already" in run(repo, "notify", SPAN).out
        assert len(receiver.requests) == 2
        assert "no channel has the tag 'lawyers'" in run(repo, "notify", SPAN, "--tag", "lawyers").err


def test_without_the_optional_parts_a_sentence_says_how_to_have_them(desk: GitRepo) -> None:
    code = (
        "import sys; sys.modules['sqlalchemy'] = None; sys.argv[1:] = ['outbox', 'stats'];"
        "from policyver.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=desk.path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (
        2, "policyver: notices need sqlalchemy, which is not installed. Run pip install 'policyver[all]'.\n"
    )  # fmt: skip


def test_the_page_of_notices_knows_every_command_and_key() -> None:
    from policyver.cli.groups import evidence, outbox, subscribers
    from policyver.config_schema import keys_of

    page = (ROOT / "docs/notices.md").read_text(encoding="utf-8")
    for name, group in (("outbox", outbox), ("subscribers", subscribers), ("evidence", evidence)):
        for command in group.registered_commands:
            assert f"policyver {name} {command.name}" in page or f"`{command.name} " in page, command.name
    for key in keys_of("channels", "mail") | keys_of("notices") | keys_of("notices", "dkim"):
        assert key in page, key


def test_a_shallow_clone_is_refused_with_the_cure(desk: GitRepo, tmp_path: Path) -> None:
    desk.git("clone", "-q", "--depth", "1", f"file://{desk.path}", str(tmp_path / "shallow"))
    ran = policyver("notify", SPAN, "--dry-run", cwd=tmp_path / "shallow")
    assert ran.status == 3
    assert "fetch-depth: 0" in ran.err


def test_evidence_that_was_touched_fails_at_the_command_line(desk: GitRepo, tmp_path: Path) -> None:
    run(desk, "subscribers", "import", subscribers_csv(tmp_path / "s.csv", ["a@example.org,DE,de,,"]))
    run(desk, "notify", SPAN)
    assert run(desk, "evidence", "export").out.count("\n") == 1
    with sqlite3.connect(desk.path / "store" / "store.db") as database:
        database.execute("UPDATE evidence SET result = 'failed'")
    database.close()
    ran = run(desk, "evidence", "verify")
    assert ran.status == 3
    assert "row 1 altered" in ran.err


def test_templates_of_the_repository_are_used(desk: GitRepo, tmp_path: Path) -> None:
    toml = (desk.path / "policyver.toml").read_text().replace("[notices]\n", '[notices]\ntemplates = "letters"\n')
    (desk.path / "policyver.toml").write_text(toml)
    desk.write("letters/mail.txt.j2", "Guten Tag!\n{{ headline }}\n")
    assert run(desk, "notify", SPAN, "--preview", tmp_path / "out").status == 0
    assert "Guten Tag!" in (tmp_path / "out" / "privacy-de-2.0.0-in-de.txt").read_text()
