"""The tables of the job queue on PostgreSQL, which are Procrastinate's."""

from __future__ import annotations

from procrastinate.schema import SchemaManager
from sqlalchemy.engine import Connection


def prepare(connection: Connection) -> None:
    """Make Procrastinate's tables, in the transaction that makes ours."""
    there = connection.exec_driver_sql("SELECT to_regclass('procrastinate_jobs')").scalar()
    if there is None:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute(SchemaManager.get_schema())
