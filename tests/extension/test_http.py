"""Posting for plugs: whom it trusts, and that robots share what they are told once."""

import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import trustme

from svcctl.extension.http import HttpAnswer, HttpClient, judged_by_value
from svcctl.plugin_api import Health, Receipt


class Quiet(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quietly."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def port(authority: trustme.CA) -> Iterator[int]:
    """A server with a certificate for `localhost` that only `authority` vouches for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    server = HTTPServer(("localhost", 0), Quiet)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def outcome(url: str) -> str:
    client = HttpClient(30)
    answer = client.post(url, b"{}", {})
    client.close()
    return str(answer.status) if isinstance(answer, HttpAnswer) else f"{answer.outcome} {answer.code}"


def test_a_certificate_that_nobody_vouches_for_is_refused(port: int) -> None:
    assert outcome(f"https://localhost:{port}/") == "retry tls"
    assert not HttpClient(30).reach(f"https://localhost:{port}/").ok


def test_a_certificate_must_be_for_the_name(
    port: int, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    assert outcome(f"https://localhost:{port}/") == "204"
    assert HttpClient(30).reach(f"https://localhost:{port}/").ok
    assert outcome(f"https://127.0.0.1:{port}/") == "retry tls"


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("nonsense", "no connection to somewhere else: must be an address such as `https://example.org/hook`"),
        ("http://", "no connection to somewhere else: must be an address such as `https://example.org/hook`"),
        ("ftp://x/", "no connection to ftp://x: must be an address such as `https://example.org/hook`"),
        ("http://a..b/", "no connection to http://a..b: must be an address such as `https://example.org/hook`"),
        ("http://li:hunter2@x/", "no connection to http://x: must hold no user or password"),
        ("http://x:99999/", "no connection to http://x:99999: Port out of range 0-65535"),
        ("http://127.0.0.1:9/x?token=1", "no connection to http://127.0.0.1:9: Connection refused"),
        ("http://no.invalid/", "no connection to http://no.invalid: Name or service not known"),
    ],
)
def test_nothing_was_sent_where_there_is_no_connection(url: str, text: str) -> None:
    assert HttpClient(5).post(url, b"", {}) == Receipt.retry(text, code="no-connection")
    assert HttpClient(5).reach(url) == Health(False, text)


def test_why_there_was_no_answer_is_said_in_words(port: int) -> None:
    url = f"http://localhost:{port}"
    receipt = HttpClient(30).post(url, b"", {})
    assert isinstance(receipt, Receipt)
    why = ("Remote end closed connection without response", "Connection reset by peer")
    assert receipt.text in [f"sent to {url}, but no answer came: {words}" for words in why]
    receipt = HttpClient(30).post(url.replace("http:", "https:"), b"", {})
    assert isinstance(receipt, Receipt)
    assert receipt.text == (
        f"no safe connection to https://localhost:{port}: "
        "certificate verify failed: unable to get local issuer certificate"
    )


@pytest.mark.parametrize(
    ("body", "receipt"),
    [
        (b'{"a": {"b": 0}, "c": 1}', Receipt.delivered(text="a.b is 0")),
        (b'{"c": 0}', Receipt.delivered(text="c is 0")),
        (b'{"a": {"b": null}, "c": 0}', Receipt.rejected('refused: {"a": {"b": null}, "c": 0}', code="None")),
        (b'{"a": 1, "c": 7}', Receipt.retry('asked to come back later: {"a": 1, "c": 7}', code="7")),
        (b'{"d": 0}', Receipt.unknown('the answer has no `a.b`: {"d": 0}', code="bad-answer")),
        (None, Receipt.unknown("the answer was cut off", code="no-answer")),
    ],
)
def test_the_first_path_that_an_answer_has_decides(body: bytes | None, receipt: Receipt) -> None:
    assert judged_by_value(HttpAnswer(200, {}, body), ("a.b", "c"), (0,), (7,)) == receipt
