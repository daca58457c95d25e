"""Batches of the outbox as jobs of Procrastinate on PostgreSQL, for as many workers as wanted.

A job names a range of messages; the outbox alone says what is still to be done there. Jobs are deferred in the
transaction that writes the messages, scheduled ones with their time; those of a worker that was killed are retried
once its heartbeat has stopped.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import procrastinate
from procrastinate.types import JSONDict
from sqlalchemy import select
from sqlalchemy.engine import Connection

from policyver.notices.outbox import Queued
from policyver.notices.store import Store, tables

if TYPE_CHECKING:
    from policyver.notices.delivery import Courier

QUEUE = "policyver"
_DELIVER = "policyver.deliver"
_HEARTBEAT = 3.0
_STALLED = 15.0
"""Seconds after which a worker without heartbeat counts as dead."""


def _raw(connection: Connection) -> Any:
    """psycopg's connection, whose transaction is SQLAlchemy's."""
    return connection.connection.driver_connection


def deferring(store: Store, batch_size: int) -> Queued:
    """What tells workers of messages: jobs for batches of them, in the transaction that writes them."""
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

    def told(connection: Connection, channel: str, ids: list[int], due: int) -> None:
        ordered = sorted(ids)
        batches = [ordered[at : at + batch_size] for at in range(0, len(ordered), batch_size)]
        later = dt.datetime.fromtimestamp(due / 1000, dt.UTC) if due > store.clock() else None
        job = app.configure_task(_DELIVER, queue=QUEUE, schedule_at=later, connection=_raw(connection))
        arguments: list[JSONDict] = [{"channel": channel, "first": one[0], "last": one[-1]} for one in batches]
        job.batch_defer(*arguments)

    return told


def run_worker(courier: Courier, *, until_empty: bool = False) -> None:
    """Work on jobs until a signal ends it, or until there are none. Each batch is finished before it ends."""
    store = courier.store
    conninfo = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=4))

    # Whatever keeps a batch from being delivered here, its job comes back: the messages are still in the outbox.
    @app.task(name=_DELIVER, queue=QUEUE, retry=procrastinate.RetryStrategy(max_attempts=1000, wait=5))
    def deliver(channel: str, first: int, last: int) -> None:
        deliver_range(courier, channel, first, last)

    @app.periodic(cron="*/5 * * * * *")
    @app.task(name="policyver.rescue", queue=QUEUE, queueing_lock="policyver.rescue")
    async def rescue(timestamp: int) -> None:
        """Retry the jobs of workers that have died."""
        for job in await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=_STALLED):
            await app.job_manager.retry_job(job)

    with app.open():
        app.run_worker(
            queues=[QUEUE], concurrency=1, wait=not until_empty, delete_jobs="successful",
            listen_notify=not until_empty,
            fetch_job_polling_interval=1.0, update_heartbeat_interval=_HEARTBEAT, stalled_worker_timeout=_STALLED,
        )  # fmt: skip


def deliver_range(courier: Courier, channel: str, first: int, last: int) -> None:
    """Deliver what is due in a range of messages, and see to it that what is left is not forgotten."""
    from policyver.notices import outbox

    store = courier.store
    outbox.take_over(store, courier.told)
    is_known = any(one.name == channel for one in courier.settings.channels)
    while is_known and courier.deliver(channel, (first, last)):
        pass
    _defer_the_rest(store, courier.told, channel, first, last, 1_000 if is_known else 60_000)


def _defer_the_rest(store: Store, told: Queued, channel: str, first: int, last: int, pause: int) -> None:
    """New jobs for messages of the range that are due but could not be taken (a breaker is open, the channel is not
    configured here), after `pause` milliseconds at least, and for those that another sender holds."""
    m, leases, channels = tables.messages.c, tables.leases.c, tables.channels.c
    now = store.clock()
    here = (m.channel == channel, m.id.between(first, last))
    with store.writing() as connection:
        open_until = connection.execute(select(channels.open_until).where(channels.name == channel)).scalar() or 0
        due = list(connection.execute(select(m.id).where(*here, tables.WAITING, m.due_at <= now)).scalars())
        if due:
            told(connection, channel, due, max(open_until, now + pause))
        held = connection.execute(
            select(m.id, leases.expires_at)
            .join_from(tables.messages, tables.leases, leases.id == m.lease)
            .where(*here, tables.SENDING)
        ).all()
        if held:
            told(connection, channel, [id for id, _ in held], max(expires for _, expires in held))
