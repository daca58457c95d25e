"""The first tables of the store."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _c(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], *, null: bool = False, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, **more)


def upgrade() -> None:
    op.create_table(
        "facts", _c("name", sa.String(64)), _c("value", sa.Text), sa.PrimaryKeyConstraint("name", name="pk_facts")
    )
    op.create_table(
        "subscribers",
        _c("id", _Id),
        _c("lookup", sa.String(64)),
        _c("address", sa.LargeBinary),
        _c("name", sa.LargeBinary, null=True),
        _c("kind", sa.String(8)),
        _c("territory", sa.String(3)),
        _c("language", sa.String(35)),
        _c("policies", sa.Text),
        _c("consented_at", sa.BigInteger, null=True),
        _c("unsubscribed_at", sa.BigInteger, null=True),
        _c("created_at", sa.BigInteger),
        _c("updated_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_subscribers"),
        sa.UniqueConstraint("lookup", name="uq_subscribers_lookup"),
    )
    op.create_index("ix_subscribers_market", "subscribers", ["territory", "language", "id"])
    op.create_table(
        "suppressions",
        _c("lookup", sa.String(64)),
        _c("reason", sa.Text),
        _c("at", sa.BigInteger),
        sa.PrimaryKeyConstraint("lookup", name="pk_suppressions"),
    )
    op.create_table(
        "notices",
        _c("id", _Id),
        _c("policy", sa.String(200)),
        _c("version", sa.String(64)),
        _c("audience", sa.String(200)),
        _c("locale", sa.String(35)),
        _c("language", sa.String(35)),
        _c("duty", sa.String(16)),
        _c("label", sa.String(200)),
        _c("subject", sa.Text),
        _c("text", sa.Text),
        _c("html", sa.Text),
        _c("markdown", sa.Text),
        _c("push", sa.Text),
        _c("payload", sa.Text),
        _c("digest", sa.String(64)),
        _c("created_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("policy", "version", "audience", name="uq_notices_policy_version_audience"),
    )
    op.create_table(
        "messages",
        _c("id", _Id),
        _c("notice_id", _Id),
        _c("channel", sa.String(64)),
        _c("recipient", sa.String(80)),
        _c("subscriber_id", _Id, null=True),
        _c("state", sa.String(9)),
        _c("queued_at", sa.BigInteger),
        _c("due_at", sa.BigInteger),
        _c("updated_at", sa.BigInteger),
        _c("attempts", sa.Integer, server_default="0"),
        _c("lease", sa.String(36), null=True),
        _c("reason", sa.Text, null=True),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("recipient", "notice_id", "channel", name="uq_messages_recipient_notice_id_channel"),
    )
    waiting = sa.text("state IN ('pending', 'failed')")
    op.create_index(
        "ix_messages_due", "messages", ["channel", "due_at"], sqlite_where=waiting, postgresql_where=waiting
    )
    failed = sa.text("state = 'failed'")
    op.create_index("ix_messages_failed", "messages", ["due_at"], sqlite_where=failed, postgresql_where=failed)
    leased = sa.text("state = 'sending'")
    op.create_index("ix_messages_lease", "messages", ["lease"], sqlite_where=leased, postgresql_where=leased)
    op.create_table(
        "leases",
        _c("id", sa.String(36)),
        _c("host", sa.String(200)),
        _c("pid", sa.Integer),
        _c("started", sa.Float),
        _c("expires_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_leases"),
    )
    op.create_table(
        "channels",
        _c("name", sa.String(64)),
        _c("next_slot_at", sa.BigInteger, server_default="0"),
        _c("failures", sa.Integer, server_default="0"),
        _c("open_until", sa.BigInteger, server_default="0"),
        sa.PrimaryKeyConstraint("name", name="pk_channels"),
    )
    op.create_table(
        "evidence",
        _c("seq", _Id, autoincrement=False),
        _c("at", sa.BigInteger),
        _c("message", sa.String(32)),
        _c("policy", sa.String(200)),
        _c("version", sa.String(64)),
        _c("audience", sa.String(200)),
        _c("digest", sa.String(64)),
        _c("recipient", sa.String(80)),
        _c("channel", sa.String(64)),
        _c("result", sa.String(16)),
        _c("detail", sa.Text),
        _c("hash", sa.String(64)),
        sa.PrimaryKeyConstraint("seq", name="pk_evidence"),
    )
    op.create_index("ix_evidence_message", "evidence", ["message"])
    op.create_index("ix_evidence_recipient", "evidence", ["recipient"])
    op.create_table(
        "evidence_head",
        _c("id", sa.Integer),
        _c("seq", sa.BigInteger),
        _c("hash", sa.String(64)),
        _c("mac", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_evidence_head"),
    )
