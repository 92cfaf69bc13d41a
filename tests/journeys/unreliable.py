"""An ERP and a chat robot that fail at random, a workspace beside them, and processes that deliver and are killed."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from svcctl.desk.desk import Desk
from svcctl.desk.settings import load_settings
from svcctl.desk.starting import create_workspace
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.foundation.instant import parse_instant, stored
from svcctl.testing.receiver import QuietServer
from svcctl.ticket.event import Document

ROOT = Path(__file__).parents[2]
RULES = """
calendar always { zone "Asia/Shanghai"  daily 00:00-24:00 }
form fault { symptom text required  serial text  batch text required }
flow site { new -> assigned -> in_progress -> resolved -> closed }
"""
SETTINGS = """
[workspace]
zone = "Asia/Shanghai"
[rules]
calendar = "always"
[notify]
channel = "group"
[channels.group]
plugin = "dingtalk"
url = "env:ROBOT"
per_minute = 100000
timeout_seconds = {seconds}
[erp.main]
plugin = "example"
url = "{url}"
token = "env:TOKEN"
timeout_seconds = {seconds}
"""
TOKEN = "t0ken-of-the-test"
START = parse_instant("2026-11-23T01:00:00Z")


class Failing:
    """The servers of the ERP and the robot, with a ledger of what each really did.

    Of a request some are lost before anything was done, some after it: the answer comes too late, is cut off, or is
    an error. `kill` is asked now and then, in the middle of a request, to kill whoever delivers.
    """

    def __init__(self, seed: int, share: float) -> None:
        self.chance = random.Random(seed)
        self.share = share
        self.kill: Callable[[], bool] = lambda: False
        self.kills = 0
        #: Effects by key, in the order in which they were had, and what was wrong with any.
        self.effects: dict[str, dict[str, Any]] = {}
        self.wrong: list[str] = []
        self.said: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self._lock = Lock()
        self._requests = 0
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stub.serve(self, b"")

            def do_POST(self) -> None:
                stub.serve(self, self.rfile.read(int(self.headers["Content-Length"] or 0)))

            def log_message(self, format: str, *args: Any) -> None:
                """Quietly."""

        class Patient(QuietServer):
            request_queue_size = 64

        self._server = Patient(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        with self._lock:
            self._requests += 1
            mood = self.chance.random() / self.share if self.share else 2.0
            kills = self._requests % 211 == 0
            late = bool(self.share) and self._requests % 150 == 7
        handler.close_connection = True
        if kills and self.chance.random() < 0.5 and self.kill():
            self.kills += 1  # before anything was done
            return None
        if mood < 0.2:
            return self._meets("refused", lambda: _answer(handler, self.chance.choice((429, 500, 503)), b"later"))
        if mood < 0.35:
            return self._meets("hung up", lambda: None)
        with self._lock:
            content = self._done(handler, body)
        if kills and self.kill():
            self.kills += 1  # after it was done, before anybody was told
            return None
        if late:
            return self._meets("timed out", lambda: self._outwait(handler))
        if mood < 0.7:
            return self._meets("cut off", lambda: _answer(handler, 200, content[: len(content) // 2], len(content)))
        if mood < 1:
            return self._meets("failed afterwards", lambda: _answer(handler, 502, b"gateway"))
        return _answer(handler, 404 if content == b"null" else 200, content)

    def _outwait(self, handler: BaseHTTPRequestHandler) -> None:
        """Say nothing until whoever asked hangs up."""
        with suppress(OSError):
            handler.connection.settimeout(60)
            handler.rfile.read(1)

    def _meets(self, what: str, do: Callable[[], None]) -> None:
        self.met[what] += 1
        do()

    def _done(self, handler: BaseHTTPRequestHandler, body: bytes) -> bytes:
        if handler.path.startswith("/robot"):
            text = json.loads(body)["markdown"]["text"]
            self.said[text[text.index("T-") :][:8]] += 1
            return b'{"errcode": 0, "errmsg": "ok"}'
        if handler.headers["Authorization"] != f"Bearer {TOKEN}":
            self.wrong.append(f"{handler.path} without a token")
        if handler.command == "GET":
            kind, id = handler.path.strip("/").split("/")
            found = {"model": "X200", "batch": f"B{id[-1]}", "customer": "C-1"} if kind == "asset" else {"name": "华北"}
            return json.dumps(found).encode()
        return self._effect(handler.headers["Idempotency-Key"], json.loads(body))

    def _effect(self, key: str, effect: dict[str, Any]) -> bytes:
        known = key in self.effects
        if known and self.effects[key] != effect:
            self.wrong.append(f"{key} came with another effect")
        reserved = effect.get("reservation")
        if reserved is not None and self.effects.get(reserved, {}).get("kind") != "reservation":
            self.wrong.append(f"{effect['kind']} of {effect['ticket']} came before its reservation")
        self.effects.setdefault(key, effect)
        return json.dumps({"id": f"E{list(self.effects).index(key) + 1}", "repeated": known}).encode()


def _answer(handler: BaseHTTPRequestHandler, status: int, content: bytes, length: int | None = None) -> None:
    with suppress(OSError):  # whoever asked may be gone
        handler.send_response_only(status)
        handler.send_header("Content-Length", str(len(content) if length is None else length))
        handler.end_headers()
        handler.wfile.write(content)


class Works:
    """A workspace whose connector and robot speak with `Failing`; time goes on as the test says."""

    def __init__(self, folder: Path, servers: Failing, seconds: float = 30) -> None:
        self.home = folder / "home"
        create_workspace(self.home)
        for standard in (self.home / "rules").rglob("*.rules"):
            standard.unlink()
        (self.home / "rules" / "all.rules").write_text(RULES, encoding="utf-8")
        (self.home / "svcctl.toml").write_text(SETTINGS.format(url=servers.url, seconds=seconds), encoding="utf-8")
        self.site = folder / "site"
        install_example(self.site)
        self.environment = {"ROBOT": f"{servers.url}/robot?access_token={TOKEN}", "TOKEN": TOKEN}
        self.now = START
        self.servers = servers
        self.running: list[subprocess.Popen[bytes]] = []
        servers.kill = self._kill_one

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.home, load_settings(self.home, {}), environment=self.environment)

    def do(self, workspace: Workspace, work: Callable[[Desk], Any]) -> Any:
        return perform(workspace, Turn(self.now, "lin"), work)

    def documents(self, table: str) -> list[Document]:
        return list(self.workspace.store.find(table))

    def left(self) -> int:
        from svcctl.desk.outbox import UNDELIVERED

        return sum(document["status"] in UNDELIVERED for document in self.documents("outbox"))

    def deliver(self, processes: int = 1, limit: int | None = None) -> list[int]:
        """Let so many processes deliver at once what is due, then move on ten minutes, or to when the next is due.
        Their exit codes."""
        words = [sys.executable, "-m", "svcctl", "--home", str(self.home), "--now", stored(self.now)]
        words += ["--actor", "cron", "outbox", "deliver", "-o", "ids", "--lock-timeout", "60"]
        words += ["--limit", str(limit)] if limit else []
        paths = os.pathsep.join([str(self.site), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, **self.environment, "PYTHONPATH": paths}
        self.running = [
            subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(processes)
        ]
        codes = [process.wait(timeout=300) for process in self.running]
        due = [parse_instant(document["next_at"]) for document in self.documents("outbox") if "next_at" in document]
        self.now = max(self.now + timedelta(minutes=10), min(due, default=self.now))
        return codes

    def _kill_one(self) -> bool:
        alive = [process for process in self.running if process.poll() is None]
        if not alive:
            return False
        os.kill(self.servers.chance.choice(alive).pid, signal.SIGKILL)
        return True


def install_example(site: Path) -> None:
    """The connector that `plugin new` begins with, where Python finds it when `site` is on its path."""
    shutil.copytree(ROOT / "samples" / "erp-plugin" / "src" / "svcctl_erp_example", site / "svcctl_erp_example")
    about = site / "svcctl_erp_example-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: svcctl-erp-example\nVersion: 0.1.0\n")
    (about / "entry_points.txt").write_text("[svcctl.erp.v1]\nexample = svcctl_erp_example:ExampleConnector\n")
