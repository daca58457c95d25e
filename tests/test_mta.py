"""Mail through a real MTA: what arrives, and what comes back."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest

from tests.noticing import changed_repo, configure, run, subscribers_csv
from tests.peers import postfix
from tests.support import GitRepo

pytestmark = pytest.mark.mta
SPAN = "privacy@1.0.0..privacy@2.0.0"


@pytest.mark.slow
def test_mails_arrive_as_they_were_meant_and_a_bounce_suppresses_the_address(repo: GitRepo, tmp_path: Path) -> None:
    boxes = ["anna@example.org", "omar@example.org", "privacy@sender.example"]
    with postfix(tmp_path / "mta", boxes) as mta:
        configure(changed_repo(repo), f'[channels.mail]\nurl = "{mta.url}"\nper_subscriber = true\n')
        rows = ['anna@example.org,DE,de,,"Grün, Anna"', "omar@example.org,EG,ar,,عمر", "gone@example.org,DE,de,,"]
        run(repo, "subscribers", "import", subscribers_csv(tmp_path / "s.csv", rows))
        done = run(repo, "notify", SPAN)
        assert "3 messages sent" in done.out, done.err

        [raw] = mta.mails("anna")
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert mail["Subject"] == "Datenschutzerklärung: Was sich am 1. Januar 2030 ändert"
        assert mail["To"] == '"Grün, Anna" <anna@example.org>'
        assert mail["Content-Language"] == "de"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["List-Unsubscribe"] is None
        text = mail.get_body(("plain",))
        assert text is not None
        assert "Wir bewahren Ihre Daten [-30-]{+60+} Tage auf." in text.get_content()
        [raw] = mta.mails("omar")
        assert "ما الذي يتغير" in email.message_from_bytes(raw, policy=email.policy.default)["Subject"]

        assert mta.mails("privacy"), "no delivery status notification came back"
        taken = run(repo, "outbox", "bounces", mta.maildir("privacy"))
        assert taken.out == "1 suppressed\n"
        [dead] = run(repo, "outbox", "list", "--state", "dead", "--format", "json").json["messages"]
        assert dead["address"] == "gone@example.org"
        assert dead["reason"].startswith("bounced: 5.1.1 ")
        assert run(repo, "outbox", "bounces", mta.maildir("privacy")).out == "1 noted\n"
        assert "0 messages queued" in run(repo, "notify", SPAN).out
        assert "The evidence holds: 4 rows" in run(repo, "evidence", "verify").out
