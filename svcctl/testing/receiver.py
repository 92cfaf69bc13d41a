"""A real HTTP server for the tests of plugs."""

from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Self

Answer = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
    """A whole answer, as it should be; its headers may be replaced."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return give


class QuietServer(ThreadingHTTPServer):
    """Takes requests side by side, and says nothing of those that break off."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side hanging up is what these tests are about."""


class Receiver:
    """A server on this machine that keeps what it got (path, headers, body) and answers as it is told.

    `closed` is set when it closes: an answer that never comes waits for that.
    """

    def __init__(self) -> None:
        self.answer = answer(204)
        self.closed = Event()
        self.got: list[tuple[str, Mapping[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                receiver.got.append((self.path, dict(self.headers.items()), body))
                receiver.answer(self)
                self.close_connection = True

            do_GET = do_PUT = do_DELETE = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                """Quietly."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?token=hunter2"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.closed.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
