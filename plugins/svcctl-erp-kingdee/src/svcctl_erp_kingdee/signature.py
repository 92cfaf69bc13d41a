"""The headers that the Web API of Kingdee K3Cloud (金蝶云星空) asks for, version 2.0 of its signature.

Held by a test to those of the vendor's own Python SDK, `kingdee.cdp.webapi.sdk` 8.2.0.
"""

import base64
import binascii
import hmac
from hashlib import sha256
from urllib.parse import quote, urlsplit

from svcctl.plugin_api import Record

#: With what the second half of an application's id is veiled: the same for every client, so no secret.
_VEIL = b"0054f397c6234378b09ca7d3e5debce7"
_VEILED_LENGTH = 32


class Access(Record):
    """Who asks: the data centre (账套), its user, and a third-party application (第三方系统登录授权) with its secret.
    `language` is a Windows locale id; `organization` a number, 0 for the user's own."""

    account: str
    user: str
    app_id: str
    app_secret: str
    language: int = 2052
    organization: int = 0


def signed_headers(access: Access, url: str, timestamp: int, nonce: str) -> dict[str, str]:
    """The headers of a POST to `url` at `timestamp`, in Unix seconds."""
    path = quote(urlsplit(url).path).replace("/", "%2F")
    client, veiled = halves(access.app_id)
    signed = f"POST\n{path}\n\nx-api-nonce:{nonce}\nx-api-timestamp:{timestamp}\n"
    data = f"{access.account},{access.user},{access.language},{access.organization}"
    return {
        "X-Api-ClientID": client,
        "X-Api-Auth-Version": "2.0",
        "x-api-timestamp": str(timestamp),
        "x-api-nonce": nonce,
        "x-api-signheaders": "x-api-timestamp,x-api-nonce",
        "X-Api-Signature": _signature(unveiled(veiled), signed),
        "X-Kd-Appkey": access.app_id,
        "X-Kd-Appdata": base64.b64encode(data.encode()).decode(),
        "X-Kd-Signature": _signature(access.app_secret, access.app_id + data),
    }


def halves(app_id: str) -> tuple[str, str]:
    """The id of the client and its veiled secret; both empty where an id has not two parts."""
    parts = app_id.split("_")
    return (parts[0], parts[1]) if len(parts) == 2 else ("", "")


def unveiled(veiled: str) -> str:
    """The client's secret, in base64; empty for what is none."""
    try:
        data = base64.b64decode(veiled, validate=True) if len(veiled) == _VEILED_LENGTH else b""
    except binascii.Error:
        data = b""
    return base64.b64encode(bytes(one ^ other for one, other in zip(data, _VEIL, strict=False))).decode()


def _signature(secret: str, text: str) -> str:
    """The hexadecimal digits of the HMAC, in base64."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), sha256).hexdigest().encode()).decode()
