"""The tables of the store. Times are milliseconds since 1970 in UTC; hashes are hexadecimal.

Changes come as migrations (`migrations/versions`); a test holds the two together.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite gives ids of its own to INTEGER alone

facts = Table(
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""What is true of the whole store: the fingerprint of its key."""

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("lookup", String(64), nullable=False, unique=True),
    Column("address", LargeBinary, nullable=False),
    Column("name", LargeBinary),
    Column("kind", String(8), nullable=False),
    Column("territory", String(3), nullable=False),
    Column("language", String(35), nullable=False),
    Column("policies", Text, nullable=False),
    Column("consented_at", BigInteger),
    Column("unsubscribed_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
"""`kind` is ``mail`` or ``apprise``; `policies` are padded with blanks, one blank for all."""
Index("ix_subscribers_market", subscribers.c.territory, subscribers.c.language, subscribers.c.id)

suppressions = Table(
    "suppressions",
    metadata,
    Column("lookup", String(64), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""Addresses to which nothing is sent any more, because they bounced or were erased."""

notices = Table(
    "notices",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("policy", String(200), nullable=False),
    Column("version", String(64), nullable=False),
    Column("audience", String(200), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("language", String(35), nullable=False),
    Column("duty", String(16), nullable=False),
    Column("label", String(200), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("markdown", Text, nullable=False),
    Column("push", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("policy", "version", "audience"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("notice_id", _Id, nullable=False),
    Column("channel", String(64), nullable=False),
    Column("recipient", String(80), nullable=False),
    Column("subscriber_id", _Id),
    Column("state", String(9), nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease", String(36)),
    Column("reason", Text),
    UniqueConstraint("recipient", "notice_id", "channel"),
)
"""The outbox. `recipient` is a keyed hash, or ``channel:NAME`` for a channel that has one receiver."""
WAITING = text("messages.state IN ('pending', 'failed')")
FAILED = text("messages.state = 'failed'")
SENDING = text("messages.state = 'sending'")
"""Conditions in the very words of the partial indices: with bound values a database cannot know that they apply."""
_where = {one: text(one.text.replace("messages.", "")) for one in (WAITING, FAILED, SENDING)}
Index(
    "ix_messages_due", messages.c.channel, messages.c.due_at,
    sqlite_where=_where[WAITING], postgresql_where=_where[WAITING],
)  # fmt: skip
Index("ix_messages_failed", messages.c.due_at, sqlite_where=_where[FAILED], postgresql_where=_where[FAILED])
Index("ix_messages_lease", messages.c.lease, sqlite_where=_where[SENDING], postgresql_where=_where[SENDING])


leases = Table(
    "leases",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Float, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
"""Who is sending. A lease whose process is gone, or that ran out, is taken over."""

channels = Table(
    "channels",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("next_slot_at", BigInteger, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("open_until", BigInteger, nullable=False, server_default="0"),
)
"""Rate limit (the time of the next free slot) and breaker of each channel, shared by all senders."""

evidence = Table(
    "evidence",
    metadata,
    Column("seq", _Id, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("message", String(32), nullable=False),
    Column("policy", String(200), nullable=False),
    Column("version", String(64), nullable=False),
    Column("audience", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("recipient", String(80), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("result", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""The chain: `hash` covers the row and the hash before it. Rows are only ever added."""

Index("ix_evidence_message", evidence.c.message)
Index("ix_evidence_recipient", evidence.c.recipient)

evidence_head = Table(
    "evidence_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("mac", String(64), nullable=False),
)
"""How far the chain goes, signed with the key: without it, rows cut off at the end would not be missed."""
