"""Why something outside did not work, in words for people."""

import re

#: What the ssl module puts around its words.
_NOISE = re.compile(r"^\[[^\]]*\] | \(_ssl\.c:\d+\)$")


def reason(failed: BaseException) -> str:
    """Why, without error numbers and places in source files; `it took too long` for a time-out."""
    if isinstance(failed, TimeoutError):
        return "it took too long"
    words = failed.strerror if isinstance(failed, OSError) and failed.strerror else str(failed)
    return " ".join(_NOISE.sub("", words).split())
