"""Decisions and ledger: the first tables, and the triggers that keep the ledger append-only.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_APPEND_ONLY = ("ledger_entry", "tree_head")


def upgrade() -> None:
    _record_table("authority", _text("valid_from_utc"), _text("valid_until_utc"))
    _record_table(
        "suspension",
        _text("authority_id", "authority"),
        _text("suspended_utc"),
        _text("resumed_utc", nullable=True),
    )
    _record_table("sortie", _text("authority_id", "authority"), _text("status"), _text("opened_utc"))
    _record_table("source_record", _text("source_id"), _text("sortie_id", "sortie"), _text("ingested_utc"))
    _record_table("site", _text("status"), _text("proposed_utc"))
    _record_table("derivative", _text("content"), _text("made_utc"))
    _record_table("dossier", _text("site_id", "site"), _text("built_utc"))
    _record_table("recipient", _text("nation"))
    _record_table(
        "release",
        _text("site_id", "site"),
        _text("dossier_id", "dossier"),
        _text("recipient_id", "recipient"),
        _text("status"),
        _text("proposed_utc"),
    )
    _record_table("receipt", _text("release_id", "release"), _text("recorded_utc"))
    _record_table("outcome", _text("release_id", "release"), _text("site_id", "site"), _text("recorded_utc"))
    _ledger_tables()
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_triggers()
    else:
        _postgresql_triggers()


def _text(name: str, references: str | None = None, *, nullable: bool = False) -> sa.Column[str]:
    target = [sa.ForeignKey(f"{references}.identity")] if references else []
    return sa.Column(name, sa.Text, *target, nullable=nullable, index=True)


def _record_table(name: str, *keys: sa.Column[str]) -> None:
    op.create_table(
        name,
        sa.Column("sequence", _BIG_INTEGER, primary_key=True, autoincrement=True),
        sa.Column("identity", sa.Text, nullable=False, unique=True),
        *keys,
        sa.Column("body", sa.Text, nullable=False),
    )


def _ledger_tables() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("index", _BIG_INTEGER, primary_key=True, autoincrement=False),
        sa.Column("leaf", sa.Text, nullable=False),
        sa.Column("previous_leaf_hash", sa.Text, nullable=False),
        sa.Column("leaf_hash", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "tree_head",
        sa.Column("sequence", _BIG_INTEGER, primary_key=True, autoincrement=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("size", _BIG_INTEGER, nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("root_hash", "at_utc", "key_id", "signature")
        ),
    )


def _sqlite_triggers() -> None:
    for table in _APPEND_ONLY:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.execute(
        "CREATE TRIGGER ledger_entry_in_order BEFORE INSERT ON ledger_entry "
        'WHEN NEW."index" <> (SELECT COALESCE(MAX("index"), -1) + 1 FROM ledger_entry) '
        "BEGIN SELECT RAISE(ABORT, 'ledger_entry is appended without gaps'); END"
    )


def _postgresql_triggers() -> None:
    op.execute(
        "CREATE FUNCTION atalaya_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        "CREATE FUNCTION atalaya_in_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        'IF NEW."index" <> (SELECT COALESCE(MAX("index"), -1) + 1 FROM ledger_entry) THEN '
        "RAISE EXCEPTION 'ledger_entry is appended without gaps' USING ERRCODE = 'serialization_failure'; "
        "END IF; RETURN NEW; END $$"
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION atalaya_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION atalaya_append_only()"
        )
    op.execute(
        "CREATE TRIGGER ledger_entry_in_order BEFORE INSERT ON ledger_entry "
        "FOR EACH ROW EXECUTE FUNCTION atalaya_in_order()"
    )
