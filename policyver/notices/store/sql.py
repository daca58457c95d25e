"""The few statements that SQLite and PostgreSQL spell differently."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from policyver.notices.store import Store


def insert_new(store: Store, table: Table) -> Any:
    """An INSERT that leaves rows alone whose key is there already."""
    return _insert(store, table).on_conflict_do_nothing()


def upsert(store: Store, table: Table, key: str, changed: list[str]) -> Any:
    """An INSERT that changes the columns `changed` of the row whose `key` is there already."""
    statement = _insert(store, table)
    return statement.on_conflict_do_update(
        index_elements=[key], set_={name: statement.excluded[name] for name in changed}
    )


def _insert(store: Store, table: Table) -> Any:
    return postgresql.insert(table) if store.is_postgresql else sqlite.insert(table)
