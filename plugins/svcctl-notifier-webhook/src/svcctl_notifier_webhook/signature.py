"""Signatures that receivers can check with any library for Standard Webhooks (standardwebhooks.com, version 1)."""

import base64
import binascii
import hashlib
import hmac

_PREFIX = "whsec_"


def signature_headers(secret: str, key: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers: HMAC-SHA256 over `key.timestamp.body`, in base64. `timestamp` is in Unix seconds.

    A secret that starts with `whsec_` holds its key in base64, as the standard has it; any other is the key.
    """
    signed = f"{key}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return {
        "Webhook-Id": key,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": "v1," + base64.b64encode(digest).decode(),
    }


def _key(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
