"""The tables as SQLAlchemy Core sees them: columns for what SQL asks, canonical JSON for what only travels.

The indexes and constraints carry rules that no race can get around. The migrations make the same tables; a test
compares the two.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from engine.lifecycle import ACTING, LIVE_REMEDIATION, OPEN_INCIDENT

HEAD = "0001"
VERSION_TABLE = "medicus_version"

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

INCIDENT = Table(
    "incident",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("target", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("severity", String(2), nullable=False),
    Column("title", Text, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("diagnosis", Text),
    Column("times", Integer, nullable=False),
    Column("merged_into", ForeignKey("incident.id")),
    Column("note", Text),
    Column("instruction", Text),
)

REMEDIATION = Table(
    "remediation",
    METADATA,
    Column("id", String(60), primary_key=True),
    Column("incident", ForeignKey("incident.id"), nullable=False),
    Column("target", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("digest", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("proposed_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False, index=True),
    Column("verdict", Text),
    UniqueConstraint("id", "digest"),
)

APPROVAL = Table(
    "approval",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("remediation", String(60), nullable=False, index=True),
    Column("digest", String(200), nullable=False),
    Column("by", Text, nullable=False),
    Column("via", String(20), nullable=False),
    Column("at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    # the pair: an approval of any other digest than the remediation's own cannot be kept
    ForeignKeyConstraint(["remediation", "digest"], ["remediation.id", "remediation.digest"]),
)

ATTEMPT = Table(
    "attempt",
    METADATA,
    Column("begun", Integer, primary_key=True),
    Column("remediation", ForeignKey("remediation.id"), nullable=False),
    Column("step", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("undoing", Boolean, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("outcome", Text),
    UniqueConstraint("remediation", "step", "number", "undoing"),
    CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended_whole"),
)

PAUSE = Table(
    "pause",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("paused", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Double, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

PULSE = Table(
    "pulse",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("beats", Integer, nullable=False),
    Column("room", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("event", String(100), nullable=False),
    Column("incident", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False, unique=True),
    Column("seal", String(64), nullable=False),
    CheckConstraint("number >= 1", name="from_one"),
)

Index(
    "uq_incident_open",
    INCIDENT.c.target,
    INCIDENT.c.problem,
    unique=True,
    sqlite_where=INCIDENT.c.state.in_(sorted(OPEN_INCIDENT)),
    postgresql_where=INCIDENT.c.state.in_(sorted(OPEN_INCIDENT)),
)
Index(
    "uq_remediation_live",
    REMEDIATION.c.incident,
    unique=True,
    sqlite_where=REMEDIATION.c.state.in_(sorted(LIVE_REMEDIATION)),
    postgresql_where=REMEDIATION.c.state.in_(sorted(LIVE_REMEDIATION)),
)
Index(
    "uq_remediation_acting",
    REMEDIATION.c.target,
    unique=True,
    sqlite_where=REMEDIATION.c.state.in_(sorted(ACTING)),
    postgresql_where=REMEDIATION.c.state.in_(sorted(ACTING)),
)
