"""Posts Markdown to a DingTalk group by its custom robot (钉钉自定义机器人)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from svcctl.plugin_api import ChatRobot, Message, SecretStr, mobile_of


class DingTalkRobot(ChatRobot):
    """The robot's security setting may be a secret (加签), keywords or addresses."""

    class Config(ChatRobot.Config):
        secret: SecretStr | None = None

    #: The robot is busy, and two words for having sent too fast: it is then deaf for ten minutes.
    busy: ClassVar[Mapping[int, int]] = {-1: 60, 130101: 600, 410100: 600}
    config: Config

    def payload(self, message: Message, title: str, text: str) -> Mapping[str, Any]:
        address = message.to.address
        users = [address["dingtalk"]] if address.get("dingtalk") else []
        mobile = mobile_of(message.to)
        mobiles = [mobile] if mobile and not users else []
        # DingTalk calls somebody only where the text names them, too.
        called = " ".join(f"@{each}" for each in (*users, *mobiles))
        mark = "❗ " if message.urgent else ""
        # A line ends with two spaces, or Markdown joins it to the next.
        lines = [f"### {mark}{title}" if title else mark, text.replace("\n", "  \n"), called]
        return {
            "msgtype": "markdown",
            "markdown": {"title": title or message.ticket, "text": "\n\n".join(line for line in lines if line)},
            "at": {"atUserIds": users, "atMobiles": mobiles, "isAtAll": False},
        }

    def signed(self, body: str, now: float) -> tuple[str, str]:
        if self.config.secret is None:
            return self._url, body
        at = str(int(now * 1000))
        signature = sign(self.config.secret.get_secret_value(), at)
        joint = "&" if "?" in self._url else "?"
        return f"{self._url}{joint}timestamp={at}&sign={quote(signature, safe='')}", body


def sign(secret: str, milliseconds: str) -> str:
    """The signature before it is encoded for the address: HMAC-SHA256 over `"{ms}\\n{secret}"`, in base64."""
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
