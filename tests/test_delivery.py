"""Delivery end to end, over both stores and real servers: nothing lost, nothing twice, everything said."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.noticing import KEY, changed_repo, configure, run, subscribers_csv
from tests.peers import Postgres, SmtpServer, smtp_server
from tests.support import ROOT, GitRepo

pytestmark = pytest.mark.slow
SPAN = "privacy@1.0.0..privacy@2.0.0"


def mail_channel(server: SmtpServer, more: str = "") -> str:
    return f'[channels.mail]\nurl = "{server.url}"\nper_subscriber = true\n{more}'


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.new_database()


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[SmtpServer]:
    with smtp_server(tmp_path) as server:
        yield server


def people(count: int, name: str = "reader", market: str = "DE,de") -> list[str]:
    return [f"{name}-{number}@example.org,{market},," for number in range(count)]


def test_a_notice_reaches_every_subscriber_of_the_markets_that_it_concerns_once(
    repo: GitRepo, tmp_path: Path, smtp: SmtpServer, store_url: str
) -> None:
    configure(changed_repo(repo), mail_channel(smtp), store_url)
    rows = [*people(5), *people(3, "lecteur", "FR,fr"), *people(2, "qari", "EG,ar")]
    assert run(repo, "subscribers", "import", subscribers_csv(tmp_path / "s.csv", rows)).status == 0
    first = run(repo, "notify", SPAN)
    again = run(repo, "notify", SPAN)
    assert (first.status, again.status) == (0, 0), first.err + again.err
    assert "7 messages queued" in first.out
    assert "0 messages queued; 7 were there already" in again.out
    taken = Counter(one.recipient for one in smtp.taken())
    assert taken == {
        **{f"reader-{n}@example.org": 1 for n in range(5)},
        **{f"qari-{n}@example.org": 1 for n in range(2)},
    }
    assert run(repo, "outbox", "stats", "--format", "json").json["sent"] == 7
    assert "The evidence holds: 7 rows" in run(repo, "evidence", "verify").out


def test_two_runs_at_once_add_nothing_twice(repo: GitRepo, tmp_path: Path, smtp: SmtpServer, store_url: str) -> None:
    configure(changed_repo(repo), mail_channel(smtp), store_url)
    run(repo, "subscribers", "import", subscribers_csv(tmp_path / "s.csv", people(300)))
    command = [sys.executable, "-m", "policyver", "notify", SPAN]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "POLICYVER_SECRET_KEY": KEY}
    both = [subprocess.Popen(command, cwd=repo.path, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    assert [one.wait(timeout=100) for one in both] == [0, 0]
    taken = Counter(one.recipient for one in smtp.taken())
    assert len(taken) == 300
    assert set(taken.values()) == {1}
    assert "The evidence holds: 300 rows" in run(repo, "evidence", "verify").out


def test_a_killed_sender_loses_nothing_and_repeats_at_most_its_batch_under_the_same_message_id(
    repo: GitRepo, tmp_path: Path, smtp: SmtpServer, store_url: str
) -> None:
    configure(changed_repo(repo), "batch_size = 20\n" + mail_channel(smtp), store_url)
    run(repo, "subscribers", "import", subscribers_csv(tmp_path / "s.csv", people(400)))
    assert run(repo, "notify", SPAN, "--queue-only").status == 0
    kills, chance = 6, random.Random(5)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "POLICYVER_SECRET_KEY": KEY}
    for _ in range(kills):
        before = len(smtp.taken())
        sender = subprocess.Popen([sys.executable, "-m", "policyver", "outbox", "run"], cwd=repo.path, env=environment)
        until = time.monotonic() + 20
        while len(smtp.taken()) < before + chance.randint(1, 50) and time.monotonic() < until:
            time.sleep(0.005)
        sender.send_signal(signal.SIGKILL)
        sender.wait()
    assert run(repo, "outbox", "run").status == 0
    ids: dict[str, set[str]] = {}
    for one in smtp.taken():
        ids.setdefault(one.recipient, set()).add(one.message_id)
    assert len(ids) == 400
    assert {len(several) for several in ids.values()} == {1}
    assert len(smtp.taken()) - 400 <= kills * 20
    assert run(repo, "outbox", "stats", "--format", "json").json == {
        "pending": 0, "sending": 0, "sent": 400, "failed": 0, "dead": 0, "cancelled": 0,
    }  # fmt: skip
    assert run(repo, "evidence", "verify").status == 0


def test_with_a_fifth_of_all_messages_failing_each_that_can_arrive_does_and_each_refused_one_is_listed(
    repo: GitRepo, tmp_path: Path, store_url: str
) -> None:
    with smtp_server(tmp_path, faults=0.2) as server:
        configure(changed_repo(repo), mail_channel(server), store_url)
        rows = [*people(150), *people(10, "refused")]
        run(repo, "subscribers", "import", subscribers_csv(tmp_path / "s.csv", rows))
        done = run(repo, "notify", SPAN)
        assert done.status == 0, done.err
        taken = {one.recipient for one in server.taken()}
        assert taken == {f"reader-{n}@example.org" for n in range(150)}
        dead = run(repo, "outbox", "list", "--state", "dead", "--format", "json").json["messages"]
        assert {one["address"] for one in dead} == {f"refused-{n}@example.org" for n in range(10)}
        assert {one["reason"] for one in dead} == {"SMTP 550 5.1.1 nobody of that name here"}
    assert "10 messages could not be delivered" in done.err
