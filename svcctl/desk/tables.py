"""The tables of a workspace: who gives the ids, and which fields queries may use cheaply."""

from collections.abc import Mapping

from svcctl.store.contract import TableSchema

TICKETS = "tickets"
#: Every table of svcctl, by name.
TABLES: Mapping[str, TableSchema] = {
    TICKETS: TableSchema(
        "T",
        (
            "state",
            "open",
            "priority",
            "type",
            "assignee",
            "team",
            "queue",
            "customer",
            "site",
            "asset",
            "product_line",
            "product_model",
            "batch",
            "region",
            "reported_at",
            "created_at",
            "wake_at",
            "care_wake_at",
            "external",
        ),
    ),
    "customers": TableSchema(None, ("tier", "region")),
    "sites": TableSchema(None, ("customer", "region")),
    "assets": TableSchema(None, ("customer", "site", "model", "batch", "care_wake_at")),
    "products": TableSchema(None, ("line",)),
    "engineers": TableSchema(None, ("team",)),
    "teams": TableSchema(None),
    "care": TableSchema(None),
    "outbox": TableSchema("M", ("status", "next_at", "ticket", "channel", "group", "tried_at")),
    "erp": TableSchema(None),
    "erp_records": TableSchema(None, ("erp", "kind", "asked_at")),
    "policies": TableSchema(None),
    "silences": TableSchema("S", ("ends_at",)),
}
