"""The figures of notices: kills, faults, rates, a million recipients. Part of ``make bench``; see `tests.bench`.

Senders are processes of their own, made by fork from one that has loaded everything, so that what is measured and
killed is sending.
"""

from __future__ import annotations

import base64
import multiprocessing
import os
import random
import resource
import smtplib
import sqlite3
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from policyver.config import Channel, NoticeSettings, Settings
from policyver.notices import evidence, outbox, steering, subscribers
from policyver.notices.channels import Outgoing
from policyver.notices.channels.mail import Writer
from policyver.notices.composing import Content
from policyver.notices.delivery import Courier, nobody_told
from policyver.notices.outbox import Draft, Queued
from policyver.notices.store import Store, open_store
from tests.noticing import KEY
from tests.peers import Postgres, smtp_server

SENDER = "Bench <privacy@sender.example>"
CONTENT = Content(
    "What changes on 1 January", "A line of text.\n" * 250, "<p>A line of text.</p>\n" * 400, "md", "p", "{}"
)
MARKETS = (("DE", "de"), ("AT", "de"), ("FR", "fr"), ("EG", "ar"), ("US", "en"))
Row = Callable[..., None]
_fork = multiprocessing.get_context("fork")


@dataclass
class Bench:
    """A store with its settings, for one measurement."""

    settings: Settings
    folder: Path

    def store(self) -> Store:
        os.environ["POLICYVER_SECRET_KEY"] = KEY
        assert len(base64.urlsafe_b64decode(KEY)) == 32
        return open_store(self.settings, self.folder)

    def drain(self) -> None:
        """Send until there is nothing left, in this process."""
        store = self.store()
        with Courier(store, self.settings, self.folder) as courier:
            courier.drain()
        store.close()

    def sender(self) -> multiprocessing.process.BaseProcess:
        process = _fork.Process(target=self.drain)
        process.start()
        return process


@contextmanager
def bench(kind: str, url: str = "", **notices: int | float) -> Iterator[Bench]:
    """A bench on an empty store, ``sqlite`` or ``postgresql``."""
    with tempfile.TemporaryDirectory(prefix="policyver-bench-") as name:
        folder = Path(name)
        postgres = Postgres(folder / "pg") if kind == "postgresql" else None
        store_url = postgres.new_database() if postgres else f"sqlite:///{folder}/store.db"
        channels = (Channel("mail", url=url, per_subscriber=True),)
        said = NoticeSettings(sender=SENDER, first_retry=0.05, longest_retry=0.5, breaker_seconds=0.2)
        try:
            yield Bench(replace(Settings(), store_url=store_url, channels=channels,
                                notices=replace(said, **notices)), folder)  # type: ignore[arg-type]  # fmt: skip
        finally:
            if postgres:
                postgres.stop()


def people(one: Bench, count: int, refused: int = 0) -> None:
    """Subscribers of the five markets in turn."""
    path = one.folder / "people.csv"
    with path.open("w") as file:
        file.write("address,territory,language,policies,name\n")
        for n in range(count):
            territory, language = MARKETS[n % len(MARKETS)]
            file.write(f"{'refused' if n < refused else 'reader'}-{n}@example.org,{territory},{language},,\n")
    store = one.store()
    with path.open("rb") as stream:
        subscribers.import_csv(store, stream, "people", consent=False, schemes=(), warn=print)
    store.close()


def queue(one: Bench, version: str, told: Queued = nobody_told) -> int:
    """A notice of a version to each of the markets."""
    store, added = one.store(), 0
    for territory, language in MARKETS:
        audience = f"{territory}/{language}"
        draft = Draft("privacy", version, audience, language, language, "contractual", "2.0", CONTENT)
        with store.writing() as connection:
            notice = outbox.keep_notice(store, connection, draft, store.clock())
        conditions = outbox.audience_of("privacy", territory, language, "mail", consent=False)
        added += sum(outbox.queue_for_subscribers(store, notice, "mail", conditions, store.clock(), told))
    store.close()
    return added


def killed(row: Row, kind: str, kills: int = 200, messages: int = 2000, batch: int = 20) -> None:
    """``kill -9`` of the sender at random moments."""
    draw = random.Random(11)
    with smtp_folder() as folder, smtp_server(folder) as server, bench(kind, server.url, batch_size=batch) as one:
        people(one, messages)
        queue(one, "v1")
        done = 0
        for n in range(kills):
            if n % 40 == 0 and n:
                queue(one, f"v{n}")  # the send goes on until all kills are done
            sender = one.sender()
            time.sleep(draw.uniform(0.02, 0.25))
            sender.kill()
            sender.join()
            done += 1
        one.drain()
        taken = server.taken()
        ids = Counter(each.message_id for each in taken)
        store = one.store()
        stats = steering.stats(store)
        holds = not evidence.verify(store).problems
        total = sum(stats.values())
        by_person: dict[str, set[str]] = {}
        for each in taken:
            by_person.setdefault(each.recipient, set()).add(each.message_id)
        versions = total // messages
        same = all(len(several) == versions for several in by_person.values())
        lost, repeats = total - len(ids), len(taken) - len(ids)
        figure = f"{lost} lost, {repeats} repeats, ids {'same' if same else 'DIFFER'}"
        met = lost == 0 and repeats <= done * batch and same and stats["sent"] == total and holds
        row(f"{kind}: {done} kills over {total} messages", figure, f"0 lost, ≤ {done * batch}", met=met)
        store.close()


@contextmanager
def smtp_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="policyver-smtp-") as name:
        yield Path(name)


def faulty(row: Row, kind: str, messages: int = 1000, refused: int = 50) -> None:
    """A server that fails on a fifth of all messages in five ways."""
    with smtp_folder() as folder, smtp_server(folder, faults=0.2) as server, bench(kind, server.url) as one:
        people(one, messages, refused)
        queue(one, "v1")
        one.drain()
        store = one.store()
        stats, dead = steering.stats(store), steering.listed(store, ["dead"], None, messages)
        arrived = len({each.recipient for each in server.taken()})
        reasons = sum(bool(each.reason and "550" in each.reason) for each in dead)
        figure = f"{arrived} arrived, {reasons} refused, listed"
        met = arrived == messages - refused and reasons == len(dead) == refused and stats["sent"] == arrived
        row(f"{kind}: faults at 20 %", figure, f"{messages - refused} and {refused}", met=met)
        store.close()


def rates(row: Row, kind: str, messages: int = 2000, rounds: int = 3) -> None:
    """One sender and two against a plain loop over smtplib; the server takes 5 ms for a message, as one that writes."""
    with smtp_folder() as folder, smtp_server(folder, delay=0.005) as server, bench(kind, server.url) as one:
        people(one, messages)
        writer, found = Writer(SENDER), []
        written = [(f"reader-{n}@example.org", writer.write(_outgoing(n))) for n in range(messages)]
        for number in range(rounds):
            start = time.perf_counter()
            with smtplib.SMTP("127.0.0.1", server.port) as connection:
                for address, message in written:
                    connection.sendmail("privacy@sender.example", [address], message)
            plain = time.perf_counter() - start
            times = []
            for senders in (1, 2):
                queue(one, f"v{number}-{senders}")
                start = time.perf_counter()
                for sender in [one.sender() for _ in range(senders)]:
                    sender.join()
                times.append(time.perf_counter() - start)
            found.append((plain, *times))
        store = one.store()
        assert steering.stats(store)["sent"] == messages * 2 * rounds
        store.close()
        ratio = statistics.median(plain / single for plain, single, _ in found)
        gain = statistics.median(single / double for _, single, double in found)
        rate = messages / statistics.median(single for _, single, _ in found)
        row(f"{kind}: mail rate / plain smtplib ({rate:.0f} a second)", f"{ratio:.2f}", "≥ 0.5", met=ratio >= 0.5)
        row(f"{kind}: two senders / one", f"{gain:.2f}", "≥ 1.6", met=gain >= 1.6)


def _outgoing(n: int) -> Outgoing:
    return Outgoing(f"{n:032x}", CONTENT, f"reader-{n}@example.org", "", "de", False, "", 0)


def many(row: Row, kind: str, count: int = 1_000_000) -> None:
    """Queueing for a million, in a process of its own, against a bare INSERT of the same rows."""
    with bench(kind) as one:
        start = time.perf_counter()
        people(one, count)
        imported = time.perf_counter() - start
        queue_end: multiprocessing.SimpleQueue[tuple[float, int, int]] = _fork.SimpleQueue()

        def measure() -> None:
            before = time.perf_counter()
            told: Queued = nobody_told
            if kind == "postgresql":
                from policyver.notices.jobs import deferring

                opened = one.store()
                told = deferring(opened, 100)
            added = queue(one, "v1", told)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            queue_end.put((time.perf_counter() - before, added, peak))

        process = _fork.Process(target=measure)
        process.start()
        seconds, added, peak = queue_end.get()
        process.join()
        bare = _bare_insert(one)
        figure = f"{seconds:.1f} s / {bare:.1f} s = {seconds / bare:.1f}"
        row(f"{kind}: queue {added:,} / bare INSERT", figure, "≤ 15", met=seconds / bare <= 15 and added == count)
        row(f"{kind}: memory of queueing them", f"{peak} MB", "≤ 300 MB", met=peak <= 300)
        print(f"      {kind}: importing {count:,} subscribers took {imported:.0f} s ({count / imported:.0f} a second)")


_COLUMNS = "id, notice_id, channel, recipient, subscriber_id, state, queued_at, due_at, updated_at, attempts"


def _bare_insert(one: Bench) -> float:
    """Seconds to insert the same rows into a table without further indices, 20,000 a transaction."""
    store = one.store()
    database = str(store.engine.url.database)
    is_postgresql = store.is_postgresql
    url = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    store.close()
    if is_postgresql:
        import psycopg

        with psycopg.connect(url) as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM messages").fetchall()
            connection.execute("CREATE TABLE bare AS SELECT * FROM messages LIMIT 0")
            connection.execute("ALTER TABLE bare ADD PRIMARY KEY (id)")
            connection.commit()
            start = time.perf_counter()
            for at in range(0, len(rows), 20_000):
                marks = ", ".join(["%s"] * 10)
                connection.cursor().executemany(
                    f"INSERT INTO bare ({_COLUMNS}) VALUES ({marks})", rows[at : at + 20_000]
                )
                connection.commit()
            return time.perf_counter() - start
    source = sqlite3.connect(database)
    rows = source.execute(f"SELECT {_COLUMNS} FROM messages").fetchall()
    target = sqlite3.connect(one.folder / "bare.db")
    target.execute("PRAGMA journal_mode = WAL")
    target.execute("PRAGMA synchronous = FULL")
    target.execute(f"CREATE TABLE bare ({_COLUMNS.replace('id,', 'id INTEGER PRIMARY KEY,', 1)})")
    start = time.perf_counter()
    for at in range(0, len(rows), 20_000):
        target.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * 10)})", rows[at : at + 20_000])
        target.commit()
    return time.perf_counter() - start


def at_once(row: Row, kind: str, messages: int = 2000) -> None:
    """Two runs that queue the same at once, and one repeated."""
    with bench(kind) as one:
        people(one, messages)
        one.store().close()
        both = [_fork.Process(target=queue, args=(one, "v1")) for _ in range(2)]
        for process in both:
            process.start()
        for process in both:
            process.join()
        again = queue(one, "v1")
        store = one.store()
        total = sum(steering.stats(store).values())
        store.close()
        figure = f"{total - messages} duplicates, {again} at the third run"
        row(f"{kind}: two runs at once and one more", figure, "0", met=total == messages and again == 0)


def run(row: Row) -> None:
    """All figures of notices, over both stores."""
    for kind in ("sqlite", "postgresql"):
        at_once(row, kind)
        faulty(row, kind)
        rates(row, kind)
        many(row, kind)
        killed(row, kind)
