"""The columns that tables of each thing have."""

from svcctl.report.output import columns

TICKETS = columns(
    "id", "state", "priority", "type", "assignee", "customer", "reported_at=reported", "title", flexible="title"
)
EXPORTED = columns(
    *("id", "external", "type", "state", "priority", "urgency", "impact", "channel", "mode", "customer", "site"),
    *("asset", "product_line", "product_model", "batch", "region", "assignee", "team", "queue", "reported_at"),
    *("occurred_at", "expected_at", "created_at", "title", "description", "tags", "fields", "environment"),
)
CHANGED = columns("id", "state", "priority", "assignee", "team", "queue", "revision", "title", flexible="title")
HISTORY = columns("at", "actor", "kind", "rule", "change", flexible="change")
REPORT = columns("section", "group", "figure", "value", "unit", "numerator", "denominator")
IMPORTED = columns("line", "id", "outcome", "error", flexible="error")
SWEPT = columns("did", "ticket", "rule", "step", "due_at=due", "actions", "to", "channel", "text", flexible="text")
DELIVERED = columns("id", "ticket", "to", "channel", "status", "attempts", "text", flexible="text")
PULLED = columns("id", "kind", "erp", "outcome")
OUT_OF_STEP = columns("erp", "what", "id", "ticket", "at", "attempts", "next_at=next", "text", flexible="text")
SILENCES = columns(
    "id", "status", "starts_at=from", "ends_at=until", "author", "condition", "comment", flexible="comment"
)
MESSAGES = columns(
    "id", "status", "kind", "channel", "to.id=to", "ticket", "subject", "receipt.text=answer", flexible="receipt.text"
)
FORESEEN = columns("at", "what", "clock", "rule", "step", "actions", "to", flexible="actions")
CLOCKS = columns(
    "kind", "due_at=due", "used", "remaining_seconds=left", "paused", "breached", "within", "calendar", "sla"
)
RULES = columns("id", "kind", "title", "place", flexible="title")
CALENDARS = columns("id", "zone", "week", "holidays", "in_force=in force", "place", flexible="week")
DAYS = columns("date", "weekday", "kind", "holiday", "hours", "open_seconds=open s", "projected")
FINDINGS = columns("severity", "code", "calendar", "message", "place", flexible="message")
IMPORTED_DAYS = columns("first", "last", "kind", "name", flexible="name")
SETTINGS = columns("id=setting", "value", "meaning", flexible="meaning")
CHECKED = columns("id=what", "check", "ok", "text", flexible="text")
CONFIG_KEYS = columns("id=key", "takes", "needed", "default")
TEMPLATES = columns("id=template", "ticket", "subject", "problem", flexible="problem")
PLUGINS = columns("kind", "id=name", "version", "distribution", "active", "problem", flexible="problem")
CARE = columns("id", "for", "when", "actions", "title", flexible="for")
OCCASIONS = columns("at", "due_at=due", "rule", "asset", "ticket", "customer", "actions", "text", flexible="text")
RECORDS = {
    "customer": columns("id", "name", "tier", "region"),
    "site": columns("id", "name", "customer", "region", "address", flexible="address"),
    "product": columns("id", "name", "line", "ratings"),
    "asset": columns("id", "model", "product_line=line", "batch", "customer", "site", "warranty_until=warranty"),
    "engineer": columns("id", "name", "team", "skills", "regions", "capacity", "roles", flexible="skills"),
    "team": columns("id", "name", "manager", "calendar"),
}
