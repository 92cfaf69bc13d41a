"""Places in the texts of care that are filled in when it comes: `{asset.serial}`."""

import re
from collections.abc import Iterator

#: What stands in braces.
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
#: The day of the occasion, beside the fields of the asset or ticket.
DUE = "due"


def placeholders(text: str | None) -> Iterator[str]:
    """What stands in braces in a text."""
    return (match[1] for match in PLACEHOLDER.finditer(text or ""))
