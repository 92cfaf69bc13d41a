"""The checklist of acceptance as a page."""

from collections.abc import Mapping
from typing import Any

from svcctl.report.table import Looks, cell, lay_out, paint

_MARKS = {True: ("yes", "32"), False: ("NO", "31"), None: ("missing", "33")}


def checklist_page(item: Mapping[str, Any], looks: Looks) -> str:
    """Each check with what it came to, and what is missing; then whether all hold."""
    if not item["checks"]:
        return f"{item['id']}: no acceptance rule asks anything of this ticket\n"
    rows = [
        [
            paint(_MARKS[check["holds"]][0], _MARKS[check["holds"]][1], looks),
            check["kind"],
            cell(check["title"] or check["id"]),
            cell(check["text"]),
            cell(check.get("actual")),
            cell(check.get("missing")),
        ]
        for check in item["checks"]
    ]
    table = lay_out(rows, ["holds", "asks for", "what", "criterion", "found", "missing"], looks)
    held = sum(check["holds"] is True for check in item["checks"])
    verdict = paint("accepted", "1;32", looks) if item["accepted"] else paint("not accepted yet", "1;31", looks)
    blocks = ", ".join(item["blocks"])
    return f"{item['id']} by {blocks}\n\n{table}\n{verdict}: {held} of {len(rows)} hold\n"
