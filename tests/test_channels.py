"""Webhooks and pushes to real receivers: signed, repeated under one id, kept from private places."""

from __future__ import annotations

import base64
import datetime as dt
import json
import subprocess
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from policyver.config import Channel, NoticeSettings
from policyver.errors import ConfigurationError, UsageError
from policyver.notices.channels import Outgoing, Status, address_of, open_sender
from policyver.notices.channels.base import from_http_status
from policyver.notices.channels.push import instantiate, laid_out
from policyver.notices.composing import Content
from tests.peers import Receiver, http_receiver, mosquitto

SECRETS = ["whsec_" + base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2)]
PAYLOAD = json.dumps({"policy": "privacy", "locale": "de", "diff": {"schema": "policyver.diff/1"}})
CONTENT = Content("Was sich ändert", "Text " * 900, "<p>Text</p>", "**Text** " * 150, "Kurz 👩‍👩‍👧‍👦 " * 40, PAYLOAD)
SETTINGS = NoticeSettings(base_url="https://sender.example/p", sender="a@sender.example")


def outgoing(address: str = "") -> Outgoing:
    return Outgoing("ab" * 16, CONTENT, address, "", "de", False, "", 1_700_000_000_000)


def webhook(url: str, secret: str = SECRETS[0], **more: Any) -> Any:
    channel = Channel("partners", url=url, kind="webhook", secret="${PARTNER_SECRET}", **more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARTNER_SECRET", secret)
        return open_sender(channel, SETTINGS, Path())


@pytest.fixture
def receiver() -> Any:
    with http_receiver() as one:
        yield one


def test_a_webhook_is_a_cloud_event_that_its_receiver_can_verify(receiver: Receiver) -> None:
    assert webhook(receiver.url, allow_private=True).send(outgoing()).status is Status.DELIVERED
    [(headers, body)] = receiver.requests
    assert Webhook(SECRETS[0]).verify(body, headers) == json.loads(body)
    event = json.loads(body)
    assert event == {
        "specversion": "1.0", "id": "msg_" + "ab" * 16, "source": "https://sender.example/p",
        "type": "policyver.policy.changed.v1", "subject": "privacy/de", "time": "2023-11-14T22:13:20Z",
        "datacontenttype": "application/json", "data": json.loads(PAYLOAD),
    }  # fmt: skip
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert headers["webhook-id"] == event["id"]
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRETS[0]).verify(body + b" ", headers)


def test_during_a_rotation_either_secret_verifies(receiver: Receiver) -> None:
    webhook(receiver.url, " ".join(SECRETS), allow_private=True).send(outgoing())
    [(headers, body)] = receiver.requests
    for secret in SECRETS:
        Webhook(secret).verify(body, headers)


def test_an_attempt_that_fails_says_when_to_come_back_and_the_next_has_the_same_id(receiver: Receiver) -> None:
    receiver.answers = [(429, {"Retry-After": "7"}), (503, {}), (200, {})]
    sender = webhook(receiver.url, allow_private=True)
    receipts = [sender.send(outgoing()) for _ in range(3)]
    assert [one.status for one in receipts] == [Status.DEFERRED, Status.DEFERRED, Status.DELIVERED]
    assert receipts[0].retry_after == 7.0
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1


def test_private_addresses_are_refused_unless_allowed(receiver: Receiver) -> None:
    url = receiver.url.replace("http://", "https://")
    receipt = webhook(url).send(outgoing())
    assert receipt.status is Status.DEFERRED
    assert "allow_private" in receipt.reason
    assert receiver.requests == []
    with pytest.raises(ConfigurationError, match="https://"):
        webhook(receiver.url)


@pytest.mark.parametrize("secret", ["whsec_short", "nothing", "whsec_" + "A" * 200, " "])
def test_a_secret_that_is_none_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        webhook("https://partner.example/x", secret)
    assert secret.strip() == "" or secret not in str(caught.value)


NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(("status", "retry_after", "outcome", "seconds"), [
    (204, None, Status.DELIVERED, None), (429, "30", Status.DEFERRED, 30.0), (500, None, Status.DEFERRED, None),
    (503, "Tue, 24 Nov 2026 12:01:00 GMT", Status.DEFERRED, 60.0), (503, "nonsense", Status.DEFERRED, None),
    (429, "-5", Status.DEFERRED, 0.0), (429, "999999999", Status.DEFERRED, 86400.0),
    (429, "nan", Status.DEFERRED, None),
    (410, None, Status.REFUSED, None), (401, None, Status.REFUSED, None), (302, None, Status.REFUSED, None),
])  # fmt: skip
def test_http_answers_are_told_apart(
    status: int, retry_after: str | None, outcome: Status, seconds: float | None
) -> None:
    receipt = from_http_status(status, retry_after, NOON)
    assert (receipt.status, receipt.retry_after) == (outcome, seconds)


# pushes


def test_an_apprise_url_gets_the_form_that_its_service_takes(receiver: Receiver) -> None:
    channel = Channel("team", url=receiver.url.replace("http://", "json://"))
    assert open_sender(channel, SETTINGS, Path()).send(outgoing()).status is Status.DELIVERED
    [(_, body)] = receiver.requests
    said = json.loads(body)
    assert said["title"] == "Was sich ändert"
    assert said["message"].startswith("**Text**")


@pytest.mark.slow
def test_a_service_that_answers_429_is_tried_again_after_what_it_asks(receiver: Receiver) -> None:
    receiver.answers = [(429, {"Retry-After": "11"}), (404, {})]
    sender = open_sender(Channel("team", url=receiver.url.replace("http://", "ntfy://") + "/topic"), SETTINGS, Path())
    first, second = sender.send(outgoing()), sender.send(outgoing())
    assert (first.status, first.retry_after, first.reason) == (Status.DEFERRED, 11.0, "HTTP 429")
    assert second.status is Status.REFUSED


def test_a_subscribers_own_url_cannot_reach_private_places(receiver: Receiver) -> None:
    sender = open_sender(Channel("own", per_subscriber=True), SETTINGS, Path())
    receipt = sender.send(outgoing(receiver.url.replace("http://", "json://")))
    assert receipt.status is Status.DEFERRED
    assert receiver.requests == []
    allowed = open_sender(Channel("own", per_subscriber=True, allow_private=True), SETTINGS, Path())
    assert allowed.send(outgoing(receiver.url.replace("http://", "json://"))).status is Status.DELIVERED


@pytest.mark.parametrize("url", ["ntfy://host/topic", "discord://123456789012345678/abcdefghijklmnopqrstuvwxyz",
                                 "slack://xoxb-123456789012-123456789012-abc/#general", "json://host",
                                 "gotify://host/Aabcdefghijklmno", "matrix://user:pass@host/#room",
                                 "mqtt://host/topic"])  # fmt: skip
def test_what_a_service_gets_is_no_longer_than_it_takes_and_ends_between_words(url: str) -> None:
    plugin = instantiate(url)
    assert plugin is not None
    title, body, form = laid_out(outgoing(), plugin)
    assert len(body) <= plugin.body_maxlen
    assert len(title) <= (plugin.title_maxlen or len(title))
    if body.endswith("…"):
        assert body.removesuffix("…").split()[-1] in ("Text", "Kurz", "👩‍👩‍👧‍👦")
    assert form is not None


def test_a_courtesy_push_carries_the_link_to_unsubscribe_whole() -> None:
    plugin = instantiate("ntfy://host/topic")
    assert plugin is not None
    link = "https://sender.example/p/unsubscribe?token=" + "x" * 150
    courtesy = replace(outgoing(), is_courtesy=True, unsubscribe_url=link)
    _, body, _ = laid_out(courtesy, plugin)
    assert body.endswith(f"\n\n{link}")
    assert len(body) <= plugin.body_maxlen


@pytest.mark.parametrize(
    ("url", "key"), [("nothing://x/secret-token", "channels.team.url"), ("gotify://", "channels.team")]
)
def test_a_url_that_apprise_cannot_use_is_named_by_its_key_and_not_shown(url: str, key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_sender(Channel("team", url=url), SETTINGS, Path())
    assert key in str(caught.value)
    assert "secret-token" not in str(caught.value)


@pytest.mark.parametrize(("written", "kind", "address"), [
    ("Anna@Example.ORG", "mail", "Anna@example.org"), ("mailto:a@b.example", "mail", "a@b.example"),
    ("ntfys://ntfy.example/topic", "apprise", "ntfys://ntfy.example/topic"),
    ("ä@bücher.example", "mail", "ä@bücher.example"),
])  # fmt: skip
def test_addresses_are_told_apart(written: str, kind: str, address: str) -> None:
    assert address_of(written) == (kind, address)


@pytest.mark.parametrize("written", ["", "nobody", "a@b@c", "a b@c.example", "a@-b.example", "a..b@c.example",
                                     ".a@c.example",
                                     "a@b.example\r\nBcc: c@d.example", "dbus://", "syslog://", "json://",
                                     "ntfy://host/topic?attach=file:///etc/passwd", "vapid://a@b.example/c@d.example?keyfile=/x",
                                     "<a@b.example>", "a@b.example,c@d.example"])  # fmt: skip
def test_what_is_no_address_or_reaches_for_this_machine_is_refused(written: str) -> None:
    with pytest.raises(UsageError):
        address_of(written)


@pytest.mark.broker
@pytest.mark.slow
def test_a_push_by_mqtt_arrives_at_a_real_broker(tmp_path: Path) -> None:
    import paho.mqtt.client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion

    with mosquitto(tmp_path) as port:
        got: list[bytes] = []
        arrived, ready = threading.Event(), threading.Event()
        client = mqtt.Client(CallbackAPIVersion.VERSION2)

        def take(client: object, state: object, message: mqtt.MQTTMessage) -> None:
            got.append(bytes(message.payload))
            arrived.set()

        client.on_message = take
        client.on_subscribe = lambda *_: ready.set()
        client.connect("127.0.0.1", port)
        client.subscribe("policies/changed")
        client.loop_start()
        assert ready.wait(10)
        sender = open_sender(Channel("bus", url=f"mqtt://127.0.0.1:{port}/policies/changed"), SETTINGS, Path())
        assert sender.send(outgoing()).status is Status.DELIVERED
        assert arrived.wait(10)
        client.loop_stop()
        assert "Text" in got[0].decode()


def test_apprise_and_the_database_are_not_loaded_for_a_diff() -> None:
    code = (
        "import sys; from policyver.cli.app import app;"
        "import policyver.cli.diff, policyver.cli.log, policyver.cli.check;"
        "import policyver.checks.runner; print([m for m in ('apprise', 'sqlalchemy', 'alembic', 'jinja2', 'requests',"
        "'cryptography', 'procrastinate', 'tenacity') if m in sys.modules])"
    )
    import sys

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
