"""The first schema."""

import sqlalchemy as sa
from alembic import op

from migrations.dialect import (
    BIG_ID,
    DOCUMENT,
    INSTANT,
    add_area,
    add_position,
    announce_inserts,
    create_functions,
    drop_functions,
    drop_rtree,
    forbid_changes,
)

POSITIONED = ("alerts", "calls", "incidents", "cameras")
APPEND_ONLY = (
    "alert_revisions",
    "call_revisions",
    "verdict_changes",
    "rules_uses",
    "events",
    "audit_entries",
)

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_functions()
    op.create_table(
        "audit_entries",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("detail", DOCUMENT, nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_entries_target", "audit_entries", ["target"], unique=False)
    op.create_table(
        "backgrounds",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("fitted_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_backgrounds"),
    )
    op.create_table(
        "cameras",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("direction_deg", sa.Double(), nullable=True),
        sa.Column("field_of_view_deg", sa.Double(), nullable=True),
        sa.Column("range_m", sa.Double(), nullable=True),
        sa.Column("retention_h", sa.Double(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("properties", DOCUMENT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_cameras"),
        sa.UniqueConstraint("external_id", name="uq_cameras_external_id"),
    )
    op.create_table(
        "changes",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("through_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.create_table(
        "number_series",
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_number_series"),
    )
    op.create_table(
        "sources",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("require_signature", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.Column("last_received_at", INSTANT, nullable=True),
        sa.Column("pushed_from", INSTANT, nullable=True),
        sa.Column("pushed_through", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sa.UniqueConstraint("name", name="uq_sources_name"),
    )
    op.create_table(
        "zones",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("geometry", DOCUMENT, nullable=False),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("south", sa.Double(), nullable=False),
        sa.Column("east", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("properties", DOCUMENT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_zones"),
        sa.UniqueConstraint("kind", "name", name="uq_zones_kind_name"),
    )
    op.create_table(
        "calls",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("source_id", BIG_ID, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("fields_revision", sa.BigInteger(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("revised_at", INSTANT, nullable=True),
        sa.Column("uncertainty_m", sa.Double(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("nature_code", sa.Text(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("responders", DOCUMENT, nullable=True),
        sa.Column("backup_requested", sa.Boolean(), nullable=True),
        sa.Column("dispatched_at", INSTANT, nullable=True),
        sa.Column("arrived_at", INSTANT, nullable=True),
        sa.Column("cleared_at", INSTANT, nullable=True),
        sa.Column("narrative", sa.Text(), nullable=True),
        sa.Column("caller", DOCUMENT, nullable=True),
        sa.Column("warnings", DOCUMENT, nullable=True),
        sa.Column("stored_at", INSTANT, nullable=False),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_calls_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.UniqueConstraint("source_id", "external_id", name="uq_calls_source_id_external_id"),
    )
    op.create_index("ix_calls_received_at_id", "calls", ["received_at", "id"], unique=False)
    op.create_index("ix_calls_source_id_received_at", "calls", ["source_id", "received_at"], unique=False)
    op.create_table(
        "covered_stretches",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("source_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("through_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_covered_stretches_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_covered_stretches"),
    )
    op.create_index("ix_covered_stretches_source_id", "covered_stretches", ["source_id"], unique=False)
    op.create_table(
        "imports",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("source_id", BIG_ID, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("counts", DOCUMENT, nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_imports_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
    )
    op.create_index("ix_imports_source_id", "imports", ["source_id"], unique=False)
    op.create_table(
        "keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("source_id", BIG_ID, nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_keys_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
    )
    op.create_table(
        "rejects",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("source_id", BIG_ID, nullable=False),
        sa.Column("stored_at", INSTANT, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("errors", DOCUMENT, nullable=False),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_rejects_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rejects"),
    )
    op.create_index("ix_rejects_source_id_digest", "rejects", ["source_id", "digest"], unique=True)
    op.create_index("ix_rejects_stored_at", "rejects", ["stored_at"], unique=False)
    op.create_table(
        "rules",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("background_id", BIG_ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["background_id"], ["backgrounds.id"], name="fk_rules_background_id"),
        sa.PrimaryKeyConstraint("version", name="pk_rules"),
    )
    op.create_table(
        "rules_uses",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["version"], ["rules.version"], name="fk_rules_uses_version"),
        sa.PrimaryKeyConstraint("id", name="pk_rules_uses"),
    )
    op.create_table(
        "source_secrets",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("source_id", BIG_ID, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_source_secrets_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_source_secrets"),
    )
    op.create_index("ix_source_secrets_source_id", "source_secrets", ["source_id"], unique=False)
    op.create_table(
        "call_revisions",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("stored_at", INSTANT, nullable=False),
        sa.Column("record", DOCUMENT, nullable=False),
        sa.Column("raw", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_call_revisions_call_id"),
        sa.PrimaryKeyConstraint("id", name="pk_call_revisions"),
        sa.UniqueConstraint(
            "call_id", "revision", "fingerprint", name="uq_call_revisions_call_id_revision_fingerprint"
        ),
    )
    op.create_table(
        "incidents",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("founding_alert_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_into_id", BIG_ID, nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("probability_reported", sa.Double(), nullable=True),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("closes_at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("uncertainty_m", sa.Double(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("rounds", sa.BigInteger(), nullable=True),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.Column("full_auto", sa.Boolean(), nullable=True),
        sa.Column("high_capacity", sa.Boolean(), nullable=True),
        sa.Column("multiple_shooters", sa.Boolean(), nullable=True),
        sa.Column("first_call_lag_s", sa.Double(), nullable=True),
        sa.Column("alert_count", sa.BigInteger(), nullable=False),
        sa.Column("call_count", sa.BigInteger(), nullable=False),
        sa.Column("cad_record_count", sa.BigInteger(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("window_covered", sa.Boolean(), nullable=False),
        sa.Column("revisit_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["merged_into_id"], ["incidents.id"], name="fk_incidents_merged_into_id"),
        sa.ForeignKeyConstraint(["rules_version"], ["rules.version"], name="fk_incidents_rules_version"),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        sa.UniqueConstraint("number", name="uq_incidents_number"),
    )
    op.create_index("ix_incidents_revisit_at", "incidents", ["revisit_at"], unique=False)
    op.create_index("ix_incidents_started_at_id", "incidents", ["started_at", "id"], unique=False)
    op.create_index("ix_incidents_updated_at", "incidents", ["updated_at"], unique=False)
    op.create_index(
        "ix_incidents_verdict_started_at_id", "incidents", ["verdict", "started_at", "id"], unique=False
    )
    op.create_index(
        "ix_incidents_window_covered_started_at", "incidents", ["window_covered", "started_at"], unique=False
    )
    op.create_table(
        "alerts",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("source_id", BIG_ID, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("fields_revision", sa.BigInteger(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("revised_at", INSTANT, nullable=True),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("uncertainty_m", sa.Double(), nullable=True),
        sa.Column("rounds", sa.BigInteger(), nullable=True),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.Column("vendor_classification", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("full_auto", sa.Boolean(), nullable=True),
        sa.Column("high_capacity", sa.Boolean(), nullable=True),
        sa.Column("multiple_shooters", sa.Boolean(), nullable=True),
        sa.Column("direction_deg", sa.Double(), nullable=True),
        sa.Column("speed_mps", sa.Double(), nullable=True),
        sa.Column("audio_url", sa.Text(), nullable=True),
        sa.Column("shots", DOCUMENT, nullable=True),
        sa.Column("shots_provenance", sa.Text(), nullable=True),
        sa.Column("warnings", DOCUMENT, nullable=True),
        sa.Column("stored_at", INSTANT, nullable=False),
        sa.Column("incident_id", BIG_ID, nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_alerts_incident_id"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_alerts_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("source_id", "external_id", name="uq_alerts_source_id_external_id"),
    )
    op.create_index("ix_alerts_incident_id", "alerts", ["incident_id"], unique=False)
    op.create_index("ix_alerts_started_at_id", "alerts", ["started_at", "id"], unique=False)
    op.create_table(
        "cad_records",
        sa.Column("incident_id", BIG_ID, nullable=False),
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_cad_records_call_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_cad_records_incident_id"),
        sa.PrimaryKeyConstraint("incident_id", "call_id", name="pk_cad_records"),
    )
    op.create_index("ix_cad_records_call_id", "cad_records", ["call_id"], unique=False)
    op.create_table(
        "events",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("incident_id", BIG_ID, nullable=True),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_events_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_at", "events", ["at"], unique=False)
    op.create_index("ix_events_incident_id", "events", ["incident_id"], unique=False)
    op.create_table(
        "incident_zones",
        sa.Column("incident_id", BIG_ID, nullable=False),
        sa.Column("zone_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_incident_zones_incident_id"),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.id"], name="fk_incident_zones_zone_id"),
        sa.PrimaryKeyConstraint("incident_id", "zone_id", name="pk_incident_zones"),
    )
    op.create_index("ix_incident_zones_zone_id", "incident_zones", ["zone_id"], unique=False)
    op.create_table(
        "links",
        sa.Column("incident_id", BIG_ID, nullable=False),
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("lag_s", sa.Double(), nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=False),
        sa.Column("prior", sa.Double(), nullable=False),
        sa.Column("time", sa.Double(), nullable=False),
        sa.Column("distance", sa.Double(), nullable=False),
        sa.Column("nature", sa.Double(), nullable=False),
        sa.Column("background", sa.Double(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_links_call_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_links_incident_id"),
        sa.PrimaryKeyConstraint("incident_id", "call_id", name="pk_links"),
    )
    op.create_index("ix_links_call_id", "links", ["call_id"], unique=False)
    op.create_table(
        "verdict_changes",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("incident_id", BIG_ID, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("probability_reported", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_verdict_changes_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_verdict_changes"),
    )
    op.create_index(
        "ix_verdict_changes_incident_id_id", "verdict_changes", ["incident_id", "id"], unique=False
    )
    op.create_table(
        "alert_revisions",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("alert_id", BIG_ID, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("stored_at", INSTANT, nullable=False),
        sa.Column("record", DOCUMENT, nullable=False),
        sa.Column("raw", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_alert_revisions_alert_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_revisions"),
        sa.UniqueConstraint(
            "alert_id", "revision", "fingerprint", name="uq_alert_revisions_alert_id_revision_fingerprint"
        ),
    )
    for table in POSITIONED:
        add_position(table)
    add_area("zones")
    for table in APPEND_ONLY:
        forbid_changes(table)
    announce_inserts("changes")


def downgrade() -> None:
    for table in (*POSITIONED, "zones"):
        drop_rtree(table)
    op.drop_table("alert_revisions")
    op.drop_table("verdict_changes")
    op.drop_table("links")
    op.drop_table("incident_zones")
    op.drop_table("events")
    op.drop_table("cad_records")
    op.drop_table("alerts")
    op.drop_table("incidents")
    op.drop_table("call_revisions")
    op.drop_table("source_secrets")
    op.drop_table("rules_uses")
    op.drop_table("rules")
    op.drop_table("rejects")
    op.drop_table("keys")
    op.drop_table("imports")
    op.drop_table("covered_stretches")
    op.drop_table("calls")
    op.drop_table("zones")
    op.drop_table("sources")
    op.drop_table("number_series")
    op.drop_table("changes")
    op.drop_table("cameras")
    op.drop_table("backgrounds")
    op.drop_table("audit_entries")
    drop_functions()
