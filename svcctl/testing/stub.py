"""A server that plays an ERP, for the tests of connectors, and faults that may be put in its way."""

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from threading import Event, Thread
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from svcctl.foundation.record import Record
from svcctl.testing.receiver import QuietServer

#: `busy`, `limited`, `denied`, `moved` and `dropped` come instead of the work. The others hide what was done: `failed`
#: answers 500, `lost` nothing, `cut` half of the answer, `garbage` no JSON, `slow` too late.
Fault = Literal["busy", "limited", "denied", "moved", "dropped", "failed", "lost", "cut", "garbage", "slow"]
INSTEAD: tuple[Fault, ...] = ("busy", "limited", "denied", "moved", "dropped")
AFTER: tuple[Fault, ...] = ("failed", "lost", "cut", "garbage", "slow")


class StubRequest(Record):
    """A request as it came: `headers` by lower-case name, `query` the last of each name, `body` undecoded."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return json.loads(self.body)


class StubAnswer(Record):
    """An answer whose `content` is sent as JSON."""

    status: int
    content: Any
    headers: Mapping[str, str] = {}


class StubServer:
    """Answers by `play`; the request of each number in `faults`, counted from 1, meets its fault. `seen` keeps all."""

    def __init__(self, play: Callable[[StubRequest], StubAnswer]) -> None:
        self.faults: dict[int, Fault] = {}
        self.seen: list[StubRequest] = []
        self._play = play
        self._closed = Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stub.serve(self)
                self.close_connection = True

            do_POST = do_PUT = do_DELETE = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Quietly."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def meet(self, faults: Mapping[int, Fault]) -> None:
        """Count requests from 1 again, with these faults."""
        self.seen.clear()
        self.faults = dict(faults)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        request = StubRequest(str(handler.command), parts.path, query, headers, body)
        self.seen.append(request)
        fault = self.faults.get(len(self.seen))
        answer = _INSTEAD.get(fault) if fault else None
        if fault == "dropped":
            return
        answer = answer or self._play(request)
        if fault == "lost":
            return
        if fault == "failed":
            # What a careless server shows on its error page is what it was asked with.
            answer = StubAnswer(500, {"error": "it broke", "headers": dict(headers), "url": handler.path})
        if fault == "slow":
            self._closed.wait(60)
        sent = b"<html>\xff" if fault == "garbage" else json.dumps(answer.content, ensure_ascii=False).encode()
        handler.send_response_only(answer.status)
        for name, value in {"Content-Length": str(len(sent)), **answer.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(sent[: len(sent) // 2] if fault == "cut" else sent)

    def close(self) -> None:
        self._closed.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


_INSTEAD: Mapping[Fault, StubAnswer] = {
    "busy": StubAnswer(503, {}, {"Retry-After": "7"}),
    "limited": StubAnswer(429, {}, {"Retry-After": "7"}),
    "denied": StubAnswer(401, {}),
    "moved": StubAnswer(307, {}, {"Location": "https://evil.example/steal?token=1"}),
}
