"""Workers on PostgreSQL: as many as wanted, killed or not, each message once."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from tests.noticing import KEY, changed_repo, configure, run, subscribers_csv
from tests.peers import Postgres, SmtpServer, smtp_server
from tests.support import ROOT, GitRepo

SPAN = "privacy@1.0.0..privacy@2.0.0"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "POLICYVER_SECRET_KEY": KEY}


def worker(repo: GitRepo, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "policyver", "worker", *options]
    return subprocess.Popen(
        command, cwd=repo.path, env=ENVIRONMENT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )


def wait_until_sent(repo: GitRepo, server: SmtpServer, count: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        everybody = len({one.recipient for one in server.taken()}) >= count
        if everybody and run(repo, "outbox", "stats", "--format", "json").json["sent"] == count:
            return
        time.sleep(0.2)
    raise AssertionError(run(repo, "outbox", "stats").out)


def queued(repo: GitRepo, tmp_path: Path, server: SmtpServer, url: str, count: int, *options: str) -> None:
    channel = f'batch_size = 20\nlease_seconds = 20\n[channels.mail]\nurl = "{server.url}"\nper_subscriber = true\n'
    configure(changed_repo(repo), channel, url)
    rows = [f"reader-{n}@example.org,DE,de,," for n in range(count)]
    run(repo, "subscribers", "import", subscribers_csv(tmp_path / "s.csv", rows))
    done = run(repo, "notify", SPAN, "--queue-only", *options)
    assert f"{count} messages queued" in done.out, done.err


@pytest.mark.slow
def test_workers_share_the_batches_and_a_killed_one_leaves_its_to_the_others(
    repo: GitRepo, tmp_path: Path, postgres: Postgres
) -> None:
    with smtp_server(tmp_path, delay=0.005) as server:
        queued(repo, tmp_path, server, postgres.new_database(), 300)
        workers = [worker(repo) for _ in range(2)]
        try:
            until = time.monotonic() + 30
            while len(server.taken()) < 60 and time.monotonic() < until:
                time.sleep(0.01)
            workers[0].send_signal(signal.SIGKILL)
            wait_until_sent(repo, server, 300, 60)
        finally:
            for one in workers:
                one.terminate()
            for one in workers:
                one.wait(timeout=30)
        taken = Counter(one.recipient for one in server.taken())
        assert len(taken) == 300
        assert sum(taken.values()) - 300 <= 20
        assert run(repo, "evidence", "verify").status == 0


@pytest.mark.slow
def test_a_scheduled_notice_is_a_scheduled_job_that_a_worker_sends_when_it_is_due(
    repo: GitRepo, tmp_path: Path, postgres: Postgres
) -> None:
    url = postgres.new_database()
    with smtp_server(tmp_path) as server:
        at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=9)
        queued(repo, tmp_path, server, url, 25, "--send-at", at.isoformat())
        with psycopg.connect(url) as database:
            jobs = database.execute("SELECT status, scheduled_at FROM procrastinate_jobs").fetchall()
        assert [(status, abs(when - at) < dt.timedelta(seconds=1)) for status, when in jobs] == [("todo", True)] * 2
        one = worker(repo)
        try:
            wait_until_sent(repo, server, 25, 40)
            assert dt.datetime.now(dt.UTC) >= at
        finally:
            one.terminate()
            one.wait(timeout=30)


@pytest.mark.slow
def test_the_embedded_worker_keeps_delivering_and_ends_politely(repo: GitRepo, tmp_path: Path) -> None:
    with smtp_server(tmp_path) as server:
        one: subprocess.Popen[bytes] | None = None
        try:
            queued(repo, tmp_path, server, "sqlite:///store/store.db", 25)
            one = worker(repo)
            wait_until_sent(repo, server, 25, 30)
        finally:
            if one is not None:
                one.terminate()
                assert one.wait(timeout=30) == 130


def test_jobs_are_written_with_the_messages_or_not_at_all(repo: GitRepo, tmp_path: Path, postgres: Postgres) -> None:
    from policyver.notices import outbox
    from policyver.notices.jobs import deferring
    from tests.noticing import opened
    from tests.test_store import CONTENT

    store = opened(tmp_path, postgres.new_database())
    draft = outbox.Draft("privacy", "c" * 40, "channel:team", "de", "de", "contractual", "2", CONTENT)

    def queue_and_fail() -> None:
        with store.writing() as connection:
            notice = outbox.keep_notice(store, connection, draft, 0)
            outbox.queue_for_channel(store, connection, notice, "team", 1, deferring(store, 100))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        queue_and_fail()
    with store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM procrastinate_jobs").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM messages").scalar() == 0
