"""A small editor: it starts the language server as editors do, and talks to it on its stdin and stdout."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Editor:
    """Requests wait for their answer; notifications that came meanwhile are kept in `told`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[dict[str, Any]] = []
        self._number = 0

    def __enter__(self) -> Self:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SVCCTL_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "svcctl", "rules", "lsp", "--stdio"],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        folders = [{"uri": self.folder.as_uri(), "name": "desk"}]
        self.capabilities = self.ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": self.folder.as_uri(),
                "capabilities": {},
                "workspaceFolders": folders,
            },
        )["capabilities"]
        self.tell("initialized", {})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.kill()
        else:
            assert self.ask("shutdown", None) is None
            self.tell("exit", None)
        self._process.communicate(timeout=60)
        self.code = self._process.returncode

    # ------------------------------------------------------------------ talking

    def ask(self, method: str, params: Any) -> Any:
        """The result of a request; its error as a dict with `error` where it failed."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._number and "method" not in message:
                return message["result"] if "error" not in message else {"error": message["error"]}
            self.told.append(message)

    def tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def findings(self, name: str) -> list[dict[str, Any]]:
        """What the server says next of a file."""
        uri = self.uri(name)
        while True:
            for message in self.told:
                if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
                    self.told.remove(message)
                    found: list[dict[str, Any]] = message["params"]["diagnostics"]
                    return found
            self.told.append(self._receive())

    # -------------------------------------------------------------------- files

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str | None = None) -> None:
        text = (self.folder / name).read_text(encoding="utf-8") if text is None else text
        document = {"uri": self.uri(name), "languageId": "svcctl-rules", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})

    def change(self, name: str, text: str) -> None:
        document = {"uri": self.uri(name), "version": 2}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def at(self, name: str, line: int, character: int, **more: Any) -> dict[str, Any]:
        """The parameters of a question about a place."""
        position = {"line": line, "character": character}
        return {"textDocument": {"uri": self.uri(name)}, "position": position, **more}

    # ------------------------------------------------------------------ framing

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the server has ended"
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message
