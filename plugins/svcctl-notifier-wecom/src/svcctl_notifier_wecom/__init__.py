"""Posts Markdown or text to a WeCom group by its robot (企业微信群机器人)."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from svcctl.plugin_api import ChatRobot, Message, mobile_of


class WeComRobot(ChatRobot):
    """The key in the address is all the proof that there is."""

    class Config(ChatRobot.Config):
        format: Literal["markdown", "text"] = "markdown"

    #: The system is busy; calls over the limit of a minute.
    busy: ClassVar[Mapping[int, int]] = {-1: 60, 45009: 60}
    config: Config

    @property
    def most_bytes(self) -> int:
        """Of the content alone."""
        return 4096 if self.config.format == "markdown" else 2048

    def size(self, payload: Mapping[str, Any]) -> int:
        return len(payload[payload["msgtype"]]["content"].encode())

    def payload(self, message: Message, title: str, text: str) -> Mapping[str, Any]:
        user = message.to.address.get("wecom")
        mark = "❗ " if message.urgent else ""
        if self.config.format == "text":
            mobile = mobile_of(message.to)
            called = {
                "mentioned_list": [user] if user else [],
                "mentioned_mobile_list": [mobile] if mobile and not user else [],
            }
            return {"msgtype": "text", "text": {"content": _joined(mark + title, text), **called}}
        content = _joined(f"**{mark}{title}**" if mark + title else "", text, f"<@{user}>" if user else "")
        return {"msgtype": "markdown", "markdown": {"content": content}}


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part) or "…"
