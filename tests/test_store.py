"""The store when things go wrong: a sentence, and nothing lost."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from policyver.config import Channel, NoticeSettings, Settings
from policyver.errors import ConfigurationError
from policyver.notices import evidence, outbox, steering
from policyver.notices.channels import Outgoing, Receipt, Status
from policyver.notices.composing import Content
from policyver.notices.delivery import Courier, nobody_told
from policyver.notices.outbox import Draft, State
from policyver.notices.store import Store, StoreBusyError, StoreError, open_store, tables
from tests.noticing import KEY, opened
from tests.peers import Postgres

CONTENT = Content("Subject", "text", "<p>html</p>", "md", "push", "{}")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return opened(tmp_path)
    postgres: Postgres = request.getfixturevalue("postgres")
    return opened(tmp_path, postgres.new_database())


def queued(store: Store, channel: str = "team", due: int | None = None, policy: str = "privacy") -> int:
    """One message to a channel of its own; its id."""
    draft = Draft(policy, "c" * 40, f"channel:{channel}", "de", "de", "contractual", "2.0", CONTENT)
    with store.writing() as connection:
        notice = outbox.keep_notice(store, connection, draft, store.clock())
        outbox.queue_for_channel(store, connection, notice, channel, store.clock() if due is None else due, nobody_told)
    return max(one.id for one in steering.listed(store, (), None, 1000))


class Scripted:
    """A channel that answers as told."""

    def __init__(self, *receipts: Receipt | BaseException) -> None:
        self.receipts = list(receipts)
        self.sent: list[Outgoing] = []

    def send(self, message: Outgoing) -> Receipt:
        self.sent.append(message)
        receipt = self.receipts.pop(0) if self.receipts else Receipt(Status.DELIVERED)
        if isinstance(receipt, BaseException):
            raise receipt
        return receipt

    def close(self) -> None:
        pass


def courier(store: Store, channel: Scripted, tmp_path: Path, **notices: Any) -> Courier:
    quick = {"first_retry": 0.01, "longest_retry": 0.02, "breaker_seconds": 0.05} | notices
    settings = replace(Settings(), channels=(Channel("team", url="json://x"),), notices=NoticeSettings(**quick))
    one = Courier(store, settings, tmp_path)
    one._senders["team"] = channel
    return one


def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = [one for one in compare_metadata(context, tables.metadata) if "procrastinate" not in str(one)]
    assert found == []


def test_a_store_of_a_newer_version_is_left_alone(store: Store, tmp_path: Path) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="a newer policyver made this store") as caught:
        opened(tmp_path, store.engine.url.render_as_string(hide_password=False))
    assert "Install that version" in caught.value.cure


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"this is a letter" * 100)
    with pytest.raises(StoreError, match="this file is no store"):
        opened(tmp_path)


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite://host/x"])
def test_a_url_that_is_no_store_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"store\.url"):
        opened(tmp_path, url)


def test_a_url_with_an_unset_variable_says_which(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="NO_SUCH_VARIABLE"):
        opened(tmp_path, "postgresql://${NO_SUCH_VARIABLE}/x")


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text(f"sqlite:///{tmp_path}/elsewhere.db\n")
    monkeypatch.setenv("STORE_URL_FILE", str(tmp_path / "secret"))
    assert str(opened(tmp_path, "${STORE_URL}").engine.url.database).endswith("elsewhere.db")


def test_a_postgresql_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreBusyError, match="the database does not answer"):
        opened(tmp_path, "postgresql://nobody:secret@127.0.0.1:1/x")
    with pytest.raises(StoreBusyError) as caught:
        opened(tmp_path, "postgresql://nobody:secret@127.0.0.1:1/x")
    assert "secret" not in str(caught.value)


def test_a_locked_store_is_waited_for_and_then_said(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with store.writing() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 100")
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError, match="another process holds the store"), store.writing():
        pass
    other.execute("ROLLBACK")
    assert queued(store) == 1


def test_a_full_disk_is_said_and_what_was_queued_stays(tmp_path: Path) -> None:
    store = opened(tmp_path)
    queued(store)
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        for number in range(500):
            queued(store, policy=f"policy-{number}")

    with pytest.raises(StoreError, match="there is no room"):
        fill()
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert steering.stats(store)["pending"] >= 1


# delivery over both stores


def test_what_fails_is_tried_again_until_it_passes(store: Store, tmp_path: Path) -> None:
    queued(store)
    channel = Scripted(Receipt(Status.DEFERRED, "busy"), Receipt(Status.DEFERRED, "busy"), Receipt(Status.DELIVERED))
    assert courier(store, channel, tmp_path).drain()
    assert len(channel.sent) == 3
    assert len({one.key for one in channel.sent}) == 1
    assert steering.stats(store)["sent"] == 1


def test_what_fails_for_ever_is_parked_with_its_reason(store: Store, tmp_path: Path) -> None:
    id = queued(store)
    channel = Scripted(*[Receipt(Status.DEFERRED, "busy")] * 9)
    assert courier(store, channel, tmp_path, attempts=3).drain()
    [one] = steering.listed(store, ["dead"], None, 10)
    assert (one.id, one.attempts, one.reason) == (id, 3, "gave up after 3 attempts: busy")
    assert len(channel.sent) == 3


def test_a_message_that_breaks_its_channel_is_parked_and_the_others_go_out(store: Store, tmp_path: Path) -> None:
    for number in range(3):
        queued(store, policy=f"policy-{number}")
    poison = steering.listed(store, (), None, 10)[1].key

    class Broken(Scripted):
        def send(self, message: Outgoing) -> Receipt:
            if message.key == poison:
                raise RecursionError("a plugin's own mistake")
            return super().send(message)

    assert courier(store, Broken(), tmp_path, attempts=3).drain()
    assert (steering.stats(store)["sent"], steering.stats(store)["dead"]) == (2, 1)
    assert steering.listed(store, ["dead"], None, 10)[0].reason == (
        "gave up after 3 attempts: it could not be sent: RecursionError"
    )


def test_what_is_refused_is_parked_at_once_and_can_be_sent_again(store: Store, tmp_path: Path) -> None:
    id = queued(store)
    assert courier(store, Scripted(Receipt(Status.REFUSED, "SMTP 550 no")), tmp_path).drain()
    assert steering.listed(store, ["dead"], None, 10)[0].reason == "SMTP 550 no"
    assert steering.steer(store, [State.DEAD], State.PENDING, [id], None, "", nobody_told) == 1
    assert courier(store, Scripted(), tmp_path).drain()
    assert steering.stats(store)["sent"] == 1


@pytest.mark.parametrize(("said", "kept"), [
    ("SMTP 550 5.1.1 <anna@example.org>: no such user", "SMTP 550 5.1.1 <address>: no such user"),
    ("SMTP 554 anna+news@example.org rejected, see https://mx.example/e?to=anna%40example.org",
     "SMTP 554 <address> rejected, see <address>"),
    ("SMTP 451 4.3.0 try again later", "SMTP 451 4.3.0 try again later"),
])  # fmt: skip
def test_a_reason_is_kept_without_the_addresses_that_servers_repeat(
    store: Store, tmp_path: Path, said: str, kept: str
) -> None:
    id = queued(store)
    assert courier(store, Scripted(Receipt(Status.REFUSED, said)), tmp_path).drain()
    [message] = steering.listed(store, (), None, 1, [id])
    assert message.reason == kept
    assert [row.entry.detail for row in evidence.of_message(store, message.key)] == [kept]


def test_a_channel_that_is_down_is_left_alone_for_a_while_and_nothing_counts_as_tried(
    store: Store, tmp_path: Path
) -> None:
    for number in range(4):
        queued(store, policy=f"policy-{number}")
    down = Receipt(Status.DEFERRED, "no connection", channel_down=True)
    channel = Scripted(*[down] * 3)
    waits: list[float] = []
    one = courier(store, channel, tmp_path, breaker_failures=2, breaker_seconds=0.3, attempts=2)
    assert one.drain(pause=lambda count, seconds: waits.append(seconds))
    assert len(channel.sent) == 3 + 4
    assert steering.stats(store)["sent"] == 4
    assert max(waits) > 0.2


def test_a_message_that_waited_for_days_is_given_up(store: Store, tmp_path: Path) -> None:
    queued(store, due=store.clock() - 6 * 86_400_000)
    channel = Scripted(Receipt(Status.DEFERRED, "no connection", channel_down=True))
    assert courier(store, channel, tmp_path).drain()
    assert steering.listed(store, ["dead"], None, 10)[0].reason == "gave up after 5 days: no connection"


def test_an_interrupt_settles_the_batch(store: Store, tmp_path: Path) -> None:
    for number in range(3):
        queued(store, policy=f"policy-{number}")
    channel = Scripted(Receipt(Status.DELIVERED), KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        courier(store, channel, tmp_path).drain()
    found = steering.stats(store)
    assert (found["sent"], found["failed"], found["pending"], found["sending"]) == (1, 1, 1, 0)


def test_a_rate_is_kept(store: Store, tmp_path: Path) -> None:
    for number in range(5):
        queued(store, policy=f"policy-{number}")
    one = courier(store, Scripted(), tmp_path)
    one.settings = replace(one.settings, channels=(Channel("team", url="json://x", rate_per_minute=1200),))
    start = store.clock()
    assert one.drain()
    assert store.clock() - start >= 4 * 50


def test_what_is_scheduled_waits_for_its_time(store: Store, tmp_path: Path) -> None:
    queued(store, due=store.clock() + 3_600_000)
    channel = Scripted()
    assert courier(store, channel, tmp_path).drain()
    assert channel.sent == []
    later = Store(store.engine, store.name, store.keys_if_any, lambda: store.clock() + 3_700_000)
    assert courier(later, channel, tmp_path).drain()
    assert len(channel.sent) == 1


def test_a_clock_that_is_set_back_keeps_nothing_waiting(store: Store, tmp_path: Path) -> None:
    queued(store)
    day = 86_400_000
    ahead = Store(store.engine, store.name, store.keys_if_any, lambda: store.clock() + day)
    one = courier(ahead, Scripted(Receipt(Status.DEFERRED, "busy")), tmp_path, first_retry=100, longest_retry=100)
    assert not one.drain(longest_wait=1)
    assert courier(store, Scripted(), tmp_path).drain(longest_wait=1)
    assert steering.stats(store)["sent"] == 1


def test_a_lease_that_was_taken_over_stops_its_sender(store: Store, tmp_path: Path) -> None:
    queued(store)
    batch = outbox.take(store, "team", 10, 1)
    assert batch is not None
    later = Store(store.engine, store.name, store.keys_if_any, lambda: store.clock() + 60_000)
    assert outbox.take_over(later, nobody_told) == 1
    assert not outbox.renew(store, batch.lease, 1000)
    assert courier(store, Scripted(), tmp_path).drain()
    ended = [outbox.Settled(batch.messages[0].id, State.FAILED, "late")]
    outbox.settle(store, batch, ended, nobody_told)
    assert steering.stats(store)["sent"] == 1


def test_senders_at_once_take_different_messages(store: Store) -> None:
    for number in range(40):
        queued(store, policy=f"policy-{number}")
    taken: list[int] = []

    def take() -> None:
        while batch := outbox.take(store, "team", 4, 60_000):
            taken.extend(one.id for one in batch.messages)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 40


@pytest.mark.slow
def test_a_postgresql_that_goes_in_mid_send_loses_nothing_of_what_was_sent(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "pg")
    try:
        store = opened(tmp_path, server.new_database())
        for number in range(6):
            queued(store, policy=f"policy-{number}")

        class Crashing(Scripted):
            def send(self, message: Outgoing) -> Receipt:
                if len(self.sent) == 3:
                    server.crash()
                    threading.Timer(1.0, server.start).start()
                return super().send(message)

        channel = Crashing()
        assert courier(store, channel, tmp_path).drain()
        assert len(channel.sent) == 6
        assert steering.stats(store)["sent"] == 6
    finally:
        server.stop()


def test_without_a_key_a_store_serves_channels_and_no_subscribers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POLICYVER_SECRET_KEY", raising=False)
    store = open_store(replace(Settings(), store_url="sqlite:///store.db"), tmp_path)
    queued(store)
    assert courier(store, Scripted(), tmp_path).drain()
    with pytest.raises(ConfigurationError, match="policyver subscribers key"):
        _ = store.keys
    assert KEY
