"""Posts a card with Markdown to a Feishu or Lark group by its custom robot (飞书自定义机器人)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from svcctl.plugin_api import ChatRobot, Message, SecretStr


class FeishuRobot(ChatRobot):
    """The robot's security setting may be a secret (签名校验), keywords or addresses."""

    class Config(ChatRobot.Config):
        secret: SecretStr | None = None
        per_minute: int = Field(default=100, gt=0)

    answer_paths: ClassVar[tuple[str, ...]] = ("code", "StatusCode")
    #: Too many calls, of this robot and of the tenant.
    busy: ClassVar[Mapping[int, int]] = {11232: 60, 99991400: 60}
    config: Config

    def payload(self, message: Message, title: str, text: str) -> Mapping[str, Any]:
        user = message.to.address.get("feishu") or message.to.address.get("lark")
        called = f"<at id={user}></at>" if user and user.replace("_", "").isalnum() else ""
        content = "\n".join(part for part in (text, called) if part)
        return {
            "msg_type": "interactive",
            "card": {
                "config": {"wide_screen_mode": True},
                "header": {
                    "title": {"tag": "plain_text", "content": title or message.ticket},
                    "template": "red" if message.urgent else "blue",
                },
                "elements": [{"tag": "markdown", "content": content or "…"}],
            },
        }

    def signed(self, body: str, now: float) -> tuple[str, str]:
        if self.config.secret is None:
            return self._url, body
        at = str(int(now))
        proof = {"timestamp": at, "sign": sign(self.config.secret.get_secret_value(), at)}
        return self._url, json.dumps({**proof, **json.loads(body)}, ensure_ascii=False)


def sign(secret: str, seconds: str) -> str:
    """HMAC-SHA256 keyed by `"{s}\\n{secret}"` over nothing, in base64."""
    digest = hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
