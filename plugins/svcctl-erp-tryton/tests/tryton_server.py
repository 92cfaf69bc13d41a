"""A real Tryton server for the tests, with the demo company in a database of its own.

`python tryton_server.py` builds the database beforehand; `SVCCTL_TEST_TRYTON` names the virtual environment in which
trytond is, and built databases are kept beside it.
"""

import fcntl
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path

import tryton_company
from svcctl_erp_tryton.rpc import RpcDoor
from tryton_connect import ADMIN_PASSWORD, connect

MODULES = ("sale_complaint", "stock_lot", "account_invoice")


def environment() -> Path | None:
    """The virtual environment with trytond, None where the tests have none."""
    named = os.environ.get("SVCCTL_TEST_TRYTON")
    return Path(named).absolute() if named else None


def built(trytond: Path) -> Path:
    """The file of the demo database; builds it where it is not there for these versions, this script and this year."""
    installed = sorted(path.name for path in (trytond / "lib").glob("python*/site-packages/trytond*.dist-info"))
    script = Path(tryton_company.__file__).read_bytes() + Path(__file__).read_bytes()
    name = sha256(script + f"{installed} {date.today().year}".encode()).hexdigest()[:16]
    folder = trytond / "svcctl-demo" / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "demo.sqlite").exists():
            shutil.rmtree(folder / "work", ignore_errors=True)
            (folder / "work").mkdir()
            build(trytond, sqlite(folder / "work"))
            # One file in place of a database and its log, and only a whole one under its name.
            with closing(sqlite3.connect(folder / "work" / "demo.sqlite")) as database:
                database.execute("VACUUM INTO ?", [str(folder / "work" / "whole.sqlite")])
            (folder / "work" / "whole.sqlite").rename(folder / "demo.sqlite")
            shutil.rmtree(folder / "work")
    return folder / "demo.sqlite"


def sqlite(folder: Path) -> Mapping[str, str]:
    """Settings of trytond for a database `demo` in a folder."""
    (folder / "demo.sqlite").touch()
    return {"TRYTOND_DATABASE__URI": "sqlite://", "TRYTOND_DATABASE__PATH": str(folder)}


def build(trytond: Path, settings: Mapping[str, str]) -> None:
    """Make the demo company in the empty database `demo`."""
    password = Path(settings.get("TRYTOND_DATABASE__PATH", trytond)) / "password"
    password.write_text(ADMIN_PASSWORD, encoding="utf-8")
    arguments = ["-d", "demo", "--email", "admin@example.org", "-u", *MODULES, "--activate-dependencies"]
    subprocess.run(
        [trytond / "bin" / "trytond-admin", *arguments],
        env={**os.environ, **settings, "TRYTONPASSFILE": str(password)},
        check=True,
        capture_output=True,
        timeout=900,
    )
    with served(trytond, settings) as url:
        tryton = connect(url, user="admin", password="env:ADMIN", timeout_seconds=60)
        door = RpcDoor(tryton.call, f"{url}/demo", "admin", ADMIN_PASSWORD, {}, "en")
        tryton_company.Company(door).build(date.today())
        door.close()
        tryton.close()


@contextmanager
def served(trytond: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """The address of a server that runs for so long."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listen = {"TRYTOND_WEB__LISTEN": f"127.0.0.1:{port}"}
    with subprocess.Popen(
        [trytond / "bin" / "trytond", "-d", "demo"],
        env={**os.environ, **settings, **listen},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            _await(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _await(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if server.poll() is not None:
                raise RuntimeError("trytond ended at once") from None
            time.sleep(0.1)
    raise RuntimeError("trytond does not answer")


if __name__ == "__main__":
    folder = environment()
    if folder is None:
        sys.exit("SVCCTL_TEST_TRYTON is not set")
    print(built(folder))
