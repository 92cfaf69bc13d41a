"""The tables of a workspace: who gives the ids, and which fields queries may use cheaply."""

from collections.abc import Mapping

from svcctl.store.contract import TableSchema

TICKETS = "tickets"
ASSETS = "assets"
POLICIES = "policies"
CARE = "care"
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
    ASSETS: TableSchema(None, ("customer", "site", "model", "batch", "care_wake_at")),
    "products": TableSchema(None, ("line",)),
    "engineers": TableSchema(None, ("team",)),
    "teams": TableSchema(None),
    CARE: TableSchema(None),
    "outbox": TableSchema("M", ("status", "next_at", "ticket", "channel", "group", "tried_at")),
    "erp": TableSchema(None),
    "erp_records": TableSchema(None, ("erp", "kind", "asked_at")),
    POLICIES: TableSchema(None),
    "silences": TableSchema("S", ("ends_at",)),
}
#: Where the instants stand at which a sweep looks at a document, in the order in which it does.
WAKES = ((TICKETS, "wake_at"), (ASSETS, "care_wake_at"), (TICKETS, "care_wake_at"))
#: By their field, the document (table and id) that says for which rules such instants hold.
HOLDS_FOR: Mapping[str, tuple[str, str]] = {"wake_at": (POLICIES, "in-force"), "care_wake_at": (CARE, "rules")}
