"""Mails as they are written: headers by their standards, the same at every attempt, and nothing smuggled in."""

from __future__ import annotations

import base64
import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from policyver.config import Channel, Dkim, NoticeSettings
from policyver.notices.channels import Outgoing, Receipt, Status, open_sender
from policyver.notices.channels.mail import MailSender, Writer, dkim_signer, from_smtp
from policyver.notices.composing import UNSUBSCRIBE, Content

CONTENT = Content("Änderung am 1. Januar", f"Text {UNSUBSCRIBE}\n", f"<p>Text {UNSUBSCRIBE}</p>\n", "m", "p", "{}")
KEY = "0123456789abcdef0123456789abcdef"
WRITER = Writer("Prüf-Team <privacy@sender.example>", "help@sender.example")


def outgoing(name: str = "", address: str = "anna@example.org", *, courtesy: bool = False) -> Outgoing:
    url = "https://sender.example/unsubscribe?token=abc" if courtesy else ""
    return Outgoing(KEY, CONTENT, address, name, "de", courtesy, url, 1_700_000_000_000)


def parsed(raw: bytes) -> EmailMessage:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail.defects == []
    return mail


def test_a_mail_has_the_headers_that_its_kind_calls_for() -> None:
    mail = parsed(WRITER.write(outgoing("Anna Grün")))
    assert mail["From"] == "Prüf-Team <privacy@sender.example>"
    assert mail["To"] == "Anna Grün <anna@example.org>"
    assert mail["Reply-To"] == "help@sender.example"
    assert mail["Subject"] == "Änderung am 1. Januar"
    assert mail["Message-ID"] == f"<{KEY}@sender.example>"
    assert mail["Date"] == "Tue, 14 Nov 2023 22:13:20 +0000"
    assert mail["Content-Language"] == "de"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_courtesy_notice_can_be_unsubscribed_by_one_click_and_a_contractual_one_cannot() -> None:
    courtesy, contractual = parsed(WRITER.write(outgoing(courtesy=True))), parsed(WRITER.write(outgoing()))
    assert courtesy["List-Unsubscribe"] == "<https://sender.example/unsubscribe?token=abc>"
    assert courtesy["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = courtesy.get_body(("html",))
    assert body is not None
    assert body.get_content().strip() == "<p>Text https://sender.example/unsubscribe?token=abc</p>"
    assert contractual["List-Unsubscribe"] is None


def test_a_repeated_mail_is_the_same_to_the_last_byte() -> None:
    assert WRITER.write(outgoing("A", courtesy=True)) == WRITER.write(outgoing("A", courtesy=True))


@given(st.text(max_size=60))
def test_no_name_can_begin_a_header_of_its_own(name: str) -> None:
    mail = parsed(WRITER.write(outgoing(name + "\r\nBcc: everybody@example.org")))
    assert mail["Bcc"] is None
    assert mail["To"].addresses[0].addr_spec == "anna@example.org"
    assert mail["Subject"] == "Änderung am 1. Januar"


def test_no_line_is_longer_than_a_server_takes() -> None:
    for name in ("word " * 800, "x" * 4000, "Грюн " * 800):
        raw = WRITER.write(outgoing(name, courtesy=True))
        assert max(map(len, raw.split(b"\r\n"))) <= 998
        assert parsed(raw)["To"].addresses[0].addr_spec == "anna@example.org"


def test_a_domain_in_another_script_is_written_for_dns() -> None:
    mail = parsed(WRITER.write(outgoing(address="anna@bücher.example")))
    assert mail["To"] == "anna@xn--bcher-kva.example"


class _Nowhere:
    def submit(self, envelope: str, recipient: str, message: bytes) -> Receipt:
        raise AssertionError("nothing is to be sent")

    def close(self) -> None:
        pass


@pytest.mark.parametrize("address", ["änna@example.org", "anna@exa mple.org\r\nRCPT TO:<x@example.org>"])
def test_an_address_that_cannot_be_written_is_refused_with_its_reason(address: str) -> None:
    receipt = MailSender(WRITER, _Nowhere()).send(outgoing(address=address))
    assert receipt.status is Status.REFUSED
    assert receipt.reason


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_dkim_signature_holds_and_covers_the_headers_of_unsubscribing(kind: str) -> None:
    if kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                                serialization.NoEncryption()).decode()  # fmt: skip
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        secret, record = pem, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    else:
        seed = Ed25519PrivateKey.generate()
        secret = base64.b64encode(seed.private_bytes_raw()).decode()
        record = b"v=DKIM1; k=ed25519; p=" + base64.b64encode(seed.public_key().public_bytes_raw())
    writer = Writer("privacy@sender.example", None, dkim_signer("sender.example", "s1", secret))
    raw = writer.write(outgoing(courtesy=True))
    assert b"list-unsubscribe-post" in raw.split(b"\r\n\r\n")[0].lower().split(b"bh=")[0]
    assert dkim.verify(raw, dnsfunc=lambda name, timeout=5: record)
    assert not dkim.verify(raw.replace(b"one-click", b"two-click").replace(b"One-Click", b"Two-Click"),
                           dnsfunc=lambda name, timeout=5: record)  # fmt: skip


def test_a_configured_key_signs_what_a_channel_sends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = Ed25519PrivateKey.generate()
    monkeypatch.setenv("DKIM_KEY", base64.b64encode(seed.private_bytes_raw()).decode())
    settings = NoticeSettings(sender="a@sender.example", dkim=Dkim("sender.example", "s1", "${DKIM_KEY}"))
    sender = open_sender(Channel("mail", url="maildir://mail", per_subscriber=True), settings, tmp_path)
    assert sender.send(outgoing()).status is Status.DELIVERED
    [mail] = (tmp_path / "mail" / "new").iterdir()
    record = b"v=DKIM1; k=ed25519; p=" + base64.b64encode(seed.public_key().public_bytes_raw())
    assert dkim.verify(mail.read_bytes().replace(b"\n", b"\r\n"), dnsfunc=lambda name, timeout=5: record)


@pytest.mark.parametrize(("code", "status", "down"), [
    (450, Status.DEFERRED, False), (421, Status.DEFERRED, True), (550, Status.REFUSED, False),
    (-1, Status.DEFERRED, False),
])  # fmt: skip
def test_what_a_server_says_decides_whether_to_try_again(code: int, status: Status, down: bool) -> None:
    receipt = from_smtp(code, b"said\r\nso")
    assert (receipt.status, receipt.channel_down, receipt.reason) == (status, down, f"SMTP {code} said so")


def test_a_server_that_is_not_there_is_a_channel_that_is_down(tmp_path: Path) -> None:
    channel = Channel("mail", url="mailto://127.0.0.1:1", per_subscriber=True)
    receipt = open_sender(channel, NoticeSettings(sender="a@sender.example"), tmp_path).send(outgoing())
    assert (receipt.status, receipt.channel_down) == (Status.DEFERRED, True)
    assert receipt.reason == "no connection to the mail server: Connection refused"
