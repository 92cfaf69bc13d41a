"""SHA-256 for short texts, without what `hashlib` loads: OpenSSL takes longer to load than such texts to digest. The
standard library does likewise in `random`. What digests megabytes should ask `hashlib`, whose code is the faster."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import sha256
else:
    try:
        from _sha2 import sha256  # Python 3.12 and later
    except ImportError:
        try:
            from _sha256 import sha256
        except ImportError:
            from hashlib import sha256

__all__ = ["sha256"]
