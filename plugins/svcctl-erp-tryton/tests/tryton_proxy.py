"""A server between a connector and a real Tryton that loses what it is told to lose."""

import json
import socket
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from svcctl.testing.receiver import QuietServer

#: `lost`: done, but no answer comes; `busy`: not done, 503; `failed`: done, but 500.
Mishap = Literal["lost", "busy", "failed"]
_READS = ("search_read", "login", "logout", "get_preferences")


class Proxy:
    """Counts the requests that change something, from 1; the one with the number `at` meets the `mishap`."""

    def __init__(self, target: str) -> None:
        self.count = 0
        self.at = 0
        self.mishap: Mishap = "lost"
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                proxy.serve(self, target)
                self.close_connection = True

            do_POST = do_PUT = do_DELETE = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Quietly."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def expect(self, at: int, mishap: Mishap = "lost") -> None:
        """Count from 1 again."""
        self.count, self.at, self.mishap = 0, at, mishap

    def serve(self, handler: BaseHTTPRequestHandler, target: str) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.count += _changes(str(handler.command), body)
        now = self.count == self.at and _changes(str(handler.command), body)
        if now and self.mishap == "busy":
            _give(handler, 503, {"Retry-After": "7"}, b"")
            return
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "connection")}
        try:
            with urlopen(Request(target + handler.path, body or None, headers, method=str(handler.command))) as answer:
                status, answered, content = answer.status, dict(answer.headers.items()), answer.read()
        except HTTPError as refused:
            status, answered, content = refused.code, dict(refused.headers.items()), refused.read()
        if now and self.mishap == "lost":
            handler.connection.shutdown(socket.SHUT_RDWR)
        elif now:
            _give(handler, 500, {}, b"it broke")
        else:
            kept = {
                name: value for name, value in answered.items() if name.lower() in ("content-type", "content-encoding")
            }
            _give(handler, status, kept, content)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _changes(method: str, body: bytes) -> bool:
    if method != "POST" or not body.startswith(b'{"id": 1, "method"'):
        return method != "GET"
    return not str(json.loads(body)["method"]).endswith(_READS)


def _give(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes) -> None:
    handler.send_response_only(status)
    for name, value in {**headers, "Content-Length": str(len(content))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)
