"""Delivery status notifications: those of our messages count, whoever else writes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from policyver.notices import bounces
from policyver.notices.bounces import parsed, reports
from tests.noticing import changed_repo, configure, run, subscribers_csv
from tests.support import GitRepo

SPAN = "privacy@1.0.0..privacy@2.0.0"


def report(message_id: str, status: str = "5.1.1", action: str = "failed", headers_only: bool = False) -> bytes:
    """A report as RFC 3464 has it."""
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    return f"""From: MAILER-DAEMON@mx.example
To: privacy@sender.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; anna@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: {kind}

From: privacy@sender.example
Message-ID: <{message_id}@sender.example>
Subject: Policy

--b--
""".encode()


@pytest.mark.parametrize("headers_only", [False, True])
def test_a_report_tells_message_action_and_status(headers_only: bool) -> None:
    [one] = reports(parsed(report("ab" * 16, headers_only=headers_only)))
    assert (one.key, one.action, one.status) == ("ab" * 16, "failed", "5.1.1")
    assert one.diagnostic == "smtp; 550 5.1.1 no such user"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"Subject: Hello\n\nHi", report("not-one-of-ours"),
                                     report("ab" * 16).replace(b"message/delivery-status", b"text/plain")])  # fmt: skip
def test_what_is_no_report_of_ours_says_nothing(content: bytes) -> None:
    assert reports(parsed(content)) == []


@pytest.mark.slow
@pytest.mark.parametrize(("status", "action", "outcome", "state"), [
    ("5.1.1", "failed", "1 suppressed", "dead"), ("5.2.2", "failed", "1 bounced", "dead"),
    ("5.7.1", "failed", "1 bounced", "dead"), ("4.4.1", "delayed", "1 noted", "sent"),
])  # fmt: skip
def test_a_bounce_ends_the_message_and_an_address_that_leads_nowhere_is_suppressed(
    repo: GitRepo, tmp_path: Path, status: str, action: str, outcome: str, state: str
) -> None:
    configure(changed_repo(repo), '[channels.mail]\nurl = "maildir://mail"\nper_subscriber = true\n')
    run(repo, "subscribers", "import", subscribers_csv(tmp_path / "s.csv", ["anna@example.org,DE,de,,"]))
    run(repo, "notify", SPAN)
    [message] = run(repo, "outbox", "list", "--format", "json").json["messages"]
    (tmp_path / "report.eml").write_bytes(report(message["message_id"], status, action))
    assert run(repo, "outbox", "bounces", tmp_path / "report.eml").out == f"{outcome}\n"
    assert run(repo, "outbox", "list", "--format", "json").json["messages"][0]["state"] == state
    planned = run(repo, "notify", SPAN, "--dry-run").out
    assert ("0 messages to subscribers" in planned) == (outcome == "1 suppressed")
    forged = tmp_path / "forged.eml"
    forged.write_bytes(report("00" * 16))
    assert run(repo, "outbox", "bounces", forged).out == "1 foreign\n"
    assert bounces.mails(forged)
