"""The store of subscribers, notices, the outbox and the evidence: SQLite by default, PostgreSQL by URL.

One path of code for both (SQLAlchemy Core); the tables come by migrations (Alembic). A `Store` gives transactions
and turns what goes wrong with the database into sentences. Nothing secret is ever in it in clear: addresses and
names are encrypted, secrets of channels stay in the environment.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, exc, select
from sqlalchemy.engine import URL, Connection, Engine, make_url

from policyver.errors import ConfigurationError, PolicyverError
from policyver.notices.environment import expanded, from_environment
from policyver.notices.store import tables
from policyver.notices.store.keys import Keys

if TYPE_CHECKING:
    from policyver.config import Settings

REVISION = "0001"
"""The newest migration."""

Clock = Callable[[], int]
"""Milliseconds since 1970 in UTC."""


def system_clock() -> int:
    return time.time_ns() // 1_000_000


class StoreError(PolicyverError):
    """The store cannot be opened, read or written; what was committed before is safe."""


class StoreBusyError(StoreError):
    """The store does not answer for now; the same can be tried again."""


class Store:
    """An opened store. `keys` is None where no key is set: then it cannot hold subscribers."""

    def __init__(self, engine: Engine, name: str, keys: Keys | None, clock: Clock = system_clock) -> None:
        self.engine = engine
        self.name = name
        """Where it is, without password."""
        self._keys = keys
        self.clock = clock

    @property
    def keys(self) -> Keys:
        """The key. Raises `ConfigurationError` where none is set."""
        if self._keys is None:
            raise Keys.missing()
        return self._keys

    @property
    def keys_if_any(self) -> Keys | None:
        return self._keys

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes. Raises `StoreError`, `StoreBusyError` where trying again can help."""
        with self._sentences(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads and keeps nobody waiting. Raises `StoreError`."""
        with self._sentences(), self.engine.connect() as connection:
            yield connection.execution_options(reads_only=True, stream_results=True)

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except exc.DBAPIError as error:
            raise self._sentence(error) from error

    def _sentence(self, error: exc.DBAPIError) -> StoreError:
        said = " ".join(str(error.orig).split())
        if "database is locked" in said or "database table is locked" in said:
            return StoreBusyError("another process holds the store", where=self.name,
                             cure="Try again when it is done; nothing is lost.")  # fmt: skip
        if "disk is full" in said or "No space left" in said or "disk I/O error" in said:
            return StoreError("there is no room to write the store", where=self.name,
                              cure="Make room and run the command again; what was queued before is safe.")  # fmt: skip
        if "not a database" in said or "malformed" in said:
            return StoreError("this file is no store, or damaged", where=self.name,
                              cure="Restore it from a backup, or name another file in `store.url`.")  # fmt: skip
        if "readonly database" in said or "unable to open" in said:
            return StoreError("the store's file cannot be written", where=self.name,
                              cure="Check the rights of the file and its folder.")  # fmt: skip
        if isinstance(error, exc.OperationalError | exc.InterfaceError) or error.connection_invalidated:
            cure = "Start it, or correct `store.url`, and run the command again; nothing is lost."
            return StoreBusyError(f"the database does not answer: {said[:200]}", where=self.name, cure=cure)
        return StoreError(
            f"the database refused: {said[:200]}", where=self.name, cure="This is a bug: please report it."
        )

    def close(self) -> None:
        self.engine.dispose()


def open_store(settings: Settings, root: Path, clock: Clock = system_clock) -> Store:
    """The store that the configuration names, relative paths from `root`, with its tables brought up to date.

    Raises `ConfigurationError` for a URL that is none or a key that is another, `StoreError` for a store that cannot
    be used, or that a newer policyver made.
    """
    url = _url(expanded(settings.store_url, "store.url"), root)
    shown = url.render_as_string(hide_password=True)
    engine = _engine(url)
    store = Store(engine, shown, Keys.from_environment(), clock)
    with store._sentences():
        _migrate(engine, shown)
    _check_key(store)
    return store


def store_exists(settings: Settings, root: Path) -> bool:
    """Whether there is a store to open: opening a SQLite store makes it, and an address may be kept from this place."""
    names = re.findall(r"\$\{(\w+)\}", settings.store_url)
    if any(from_environment(name, os.environ) is None for name in names):
        return False
    url = expanded(settings.store_url, "store.url")
    return not url.startswith("sqlite:///") or (root / url.removeprefix("sqlite:///")).exists()


def _url(written: str, root: Path) -> URL:
    wrong = ConfigurationError(
        "`store.url` is no address of a store", where="store.url",
        cure='Write "sqlite:///path/to/store.db" or "postgresql://user@host/database".',
    )  # fmt: skip
    try:
        url = make_url(written)
    except (exc.ArgumentError, ValueError):
        raise wrong from None
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite") or not url.database or url.host:
        raise wrong
    path = root / url.database
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, mode=0o700)
            (path.parent / ".gitignore").write_text("*\n")  # a store is nothing to commit
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.close(descriptor)
    except OSError as error:
        raise StoreError(f"the store cannot be made: {error.strerror}", where=str(path),
                         cure="Name another file in `store.url`, or correct the rights.") from None  # fmt: skip
    return URL.create("sqlite+pysqlite", database=str(path))


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        try:
            return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})
        except ModuleNotFoundError:
            raise ConfigurationError("PostgreSQL needs psycopg, which is not installed", where="store.url",
                                     cure="pip install 'policyver[all]'") from None  # fmt: skip
    engine = create_engine(url, connect_args={"timeout": 60, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None  # transactions begin where SQLAlchemy says so, see below
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -65536")  # KiB; keys are random, so their index is best in memory

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that will write takes its lock at once: one that takes it late can only fail.
        reads = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _migrate(engine: Engine, shown: str) -> None:
    """Bring the tables up to date; once, whoever comes first. Raises `StoreError` for those of a newer version."""
    current = _revision(engine)
    if current == REVISION:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(724001)")
        config = Config()
        config.set_main_option("script_location", "policyver.notices.store:migrations")
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise StoreError(
                f"a newer policyver made this store (its tables are {current})", where=shown,
                cure="Install that version; this one leaves the store alone.",
            ) from None  # fmt: skip
        if engine.dialect.name == "postgresql":
            from policyver.notices.store.queue import prepare

            prepare(connection)


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        names = engine.dialect.get_table_names(connection)
        if "alembic_version" not in names:
            return None
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return str(found) if found else None


def _check_key(store: Store) -> None:
    """Refuse a key other than the one that the store was filled with: it would find and read nobody."""
    keys = store.keys_if_any
    if keys is None:
        return
    with store.reading() as connection:
        known = connection.execute(select(tables.facts.c.value).where(tables.facts.c.name == "key")).scalar()
    if known is None:
        from policyver.notices.store.sql import insert_new

        with store.writing() as connection:
            connection.execute(insert_new(store, tables.facts), {"name": "key", "value": keys.fingerprint})
            known = connection.execute(select(tables.facts.c.value).where(tables.facts.c.name == "key")).scalar()
    if known != keys.fingerprint:
        raise ConfigurationError(
            "this is another key than the one that the store was filled with", where="POLICYVER_SECRET_KEY",
            cure="Set the old key: nothing in the store can be found or read with this one.",
        )  # fmt: skip
