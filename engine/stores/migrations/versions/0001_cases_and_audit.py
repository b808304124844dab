"""The first tables: cases, their audit log, and the kill switch."""

import sqlalchemy as sa
from alembic import op

from engine.stores.dialect import audit_triggers

revision = "0001"
down_revision = None

_OPEN = "state IN ('diagnosed', 'escalated', 'merged', 'opened', 'remediating', 'reopened')"
_LIVE = "state IN ('approved', 'executing', 'proposed', 'unknown', 'verifying')"
_ACTING = "state IN ('executing', 'unknown', 'verifying')"


def upgrade() -> None:
    """Make every table, index and trigger, and the two rows that are only ever updated."""
    _cases()
    _remediations()
    _switch()
    _audit()


def _cases() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("severity", sa.String(2), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Double, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.Column("diagnosis", sa.Text),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("merged_into", sa.String(40)),
        sa.Column("note", sa.Text),
        sa.Column("instruction", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sa.ForeignKeyConstraint(["merged_into"], ["incident.id"], name="fk_incident_merged_into"),
    )
    _one_at_a_time("uq_incident_open", "incident", ["target", "problem"], _OPEN)


def _remediations() -> None:
    op.create_table(
        "remediation",
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("incident", sa.String(40), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("digest", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("proposed_at", sa.Double, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.Column("verdict", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_remediation"),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name="fk_remediation_incident"),
        sa.UniqueConstraint("id", "digest", name="uq_remediation_id"),
    )
    op.create_index("ix_remediation_changed_at", "remediation", ["changed_at"])
    _one_at_a_time("uq_remediation_live", "remediation", ["incident"], _LIVE)
    _one_at_a_time("uq_remediation_acting", "remediation", ["target"], _ACTING)
    op.create_table(
        "approval",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("remediation", sa.String(60), nullable=False),
        sa.Column("digest", sa.String(200), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("via", sa.String(20), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_approval"),
        sa.ForeignKeyConstraint(
            ["remediation", "digest"], ["remediation.id", "remediation.digest"], name="fk_approval_remediation"
        ),
    )
    op.create_index("ix_approval_remediation", "approval", ["remediation"])
    op.create_table(
        "attempt",
        sa.Column("begun", sa.Integer, nullable=False),
        sa.Column("remediation", sa.String(60), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("undoing", sa.Boolean, nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.Column("outcome", sa.Text),
        sa.PrimaryKeyConstraint("begun", name="pk_attempt"),
        sa.ForeignKeyConstraint(["remediation"], ["remediation.id"], name="fk_attempt_remediation"),
        sa.UniqueConstraint("remediation", "step", "number", "undoing", name="uq_attempt_remediation"),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_attempt_ended_whole")),
    )


def _switch() -> None:
    pause = op.create_table(
        "pause",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pause"),
        sa.CheckConstraint("id = 1", name=op.f("ck_pause_one_row")),
    )
    op.bulk_insert(pause, [{"id": 1, "paused": False, "by": "", "why": "", "at": 0.0}])
    pulse = op.create_table(
        "pulse",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("beats", sa.Integer, nullable=False),
        sa.Column("room", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pulse"),
        sa.CheckConstraint("id = 1", name=op.f("ck_pulse_one_row")),
    )
    op.bulk_insert(pulse, [{"id": 1, "beats": 0, "room": ""}])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("event", sa.String(100), nullable=False),
        sa.Column("incident", sa.String(40), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
        sa.UniqueConstraint("previous", name="uq_audit_previous"),
        sa.CheckConstraint("number >= 1", name=op.f("ck_audit_from_one")),
    )
    for statement in audit_triggers(op.get_bind().dialect.name):
        op.execute(statement)


def _one_at_a_time(name: str, table: str, columns: list[str], state: str) -> None:
    op.create_index(name, table, columns, unique=True, sqlite_where=sa.text(state), postgresql_where=sa.text(state))
