"""Real Tryton servers for the tests, with the demo company in a database of their own.

`SVCCTL_TEST_TRYTON` names the virtual environment in which trytond is; what is built once is kept there, for the
versions in it, the script of the company and the year. `python tryton_server.py` builds it all beforehand.
"""

import fcntl
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import tryton_company
from svcctl_erp_tryton.rpc import RpcDoor
from svcctl_store_postgres.testing import drop_database, fresh_database, server_url
from tryton_connect import ADMIN_PASSWORD, connect

MODULES = ("sale_complaint", "stock_lot", "account_invoice")
Settings = Mapping[str, str]


def environment() -> Path | None:
    """The virtual environment with trytond, None where the tests have none."""
    named = os.environ.get("SVCCTL_TEST_TRYTON")
    return Path(named).absolute() if named else None


def in_sqlite(trytond: Path, folder: Path) -> Settings:
    """A database `demo` in a folder."""
    shutil.copy(sqlite_file(trytond), folder / "demo.sqlite")
    return _sqlite(folder)


def has_dumps() -> bool:
    """Whether PostgreSQL's own programs are here."""
    return all(shutil.which(_program(name)) for name in ("pg_dump", "pg_restore"))


def sqlite_file(trytond: Path) -> Path:
    """The database as a file."""
    return _kept(trytond, "demo.sqlite", lambda file: _build_sqlite(trytond, file))


def postgres_dump(trytond: Path, server: str) -> Path:
    """The database as a dump; it is built in the PostgreSQL server."""
    return _kept(trytond, "demo.dump", lambda file: _build_dump(trytond, server, file))


@contextmanager
def in_postgres(trytond: Path, server: str) -> Iterator[tuple[Settings, str]]:
    """A database in a PostgreSQL server, and its name."""
    dump = postgres_dump(trytond, server)
    url = fresh_database(server)
    try:
        arguments = ["--no-owner", "--jobs", "2", "--dbname", url, str(dump)]
        subprocess.run([_program("pg_restore"), *arguments], check=True, capture_output=True, timeout=300)
        yield _postgres(server), _name(url)
    finally:
        drop_database(server, url)


@contextmanager
def served(trytond: Path, settings: Settings, database: str = "demo") -> Iterator[str]:
    """The address of a server that runs for so long."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listen = {"TRYTOND_WEB__LISTEN": f"127.0.0.1:{port}"}
    with subprocess.Popen(
        [trytond / "bin" / "trytond", "-d", database],
        env={**os.environ, **settings, **listen},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            _await(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _kept(trytond: Path, name: str, make: Callable[[Path], None]) -> Path:
    """The file that was made before, by whichever process, or is made now; only whole ones have their name."""
    installed = sorted(path.name for path in (trytond / "lib").glob("python*/site-packages/trytond*.dist-info"))
    script = Path(tryton_company.__file__).read_bytes()
    made_of = f"{installed} {MODULES} {ADMIN_PASSWORD} {date.today().year}".encode()
    folder = trytond / "svcctl-demo" / sha256(script + made_of).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name).exists():
            make(folder / f"{name}.new")
            (folder / f"{name}.new").rename(folder / name)
    return folder / name


def _build_sqlite(trytond: Path, file: Path) -> None:
    file.unlink(missing_ok=True)
    work = file.with_suffix(".work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    (work / "demo.sqlite").touch()
    _build(trytond, _sqlite(work), "demo", work)
    # One file in place of a database and its log.
    with closing(sqlite3.connect(work / "demo.sqlite")) as database:
        database.execute("VACUUM INTO ?", [str(file)])
    shutil.rmtree(work)


def _build_dump(trytond: Path, server: str, file: Path) -> None:
    url = fresh_database(server)
    try:
        _build(trytond, _postgres(server), _name(url), file.parent)
        arguments = ["--format", "custom", "--no-owner", "--file", str(file), "--dbname", url]
        subprocess.run([_program("pg_dump"), *arguments], check=True, capture_output=True, timeout=300)
    finally:
        drop_database(server, url)


def _build(trytond: Path, settings: Settings, database: str, folder: Path) -> None:
    """Make the demo company in an empty database."""
    password = folder / "password"
    password.write_text(ADMIN_PASSWORD, encoding="utf-8")
    arguments = ["-d", database, "--email", "admin@example.org", "-u", *MODULES, "--activate-dependencies"]
    subprocess.run(
        [trytond / "bin" / "trytond-admin", *arguments],
        env={**os.environ, **settings, "TRYTONPASSFILE": str(password)},
        check=True,
        capture_output=True,
        timeout=900,
    )
    with served(trytond, settings, database) as url:
        tryton = connect(url, user="admin", password="env:ADMIN", timeout_seconds=60)
        door = RpcDoor(tryton.call, f"{url}/{database}", "admin", ADMIN_PASSWORD, "en")
        tryton_company.Company(door).build(date.today())
        door.close()
        tryton.close()


def _sqlite(folder: Path) -> Settings:
    return {"TRYTOND_DATABASE__URI": "sqlite://", "TRYTOND_DATABASE__PATH": str(folder)}


def _postgres(server: str) -> Settings:
    parts = urlsplit(server)
    return {"TRYTOND_DATABASE__URI": f"postgresql://{parts.netloc}/"}


def _name(url: str) -> str:
    """The database's name in what libpq takes as an address."""
    words = dict(word.split("=", 1) for word in url.split() if "=" in word)
    return words.get("dbname") or urlsplit(url).path.lstrip("/")


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(found[-1]) if found else name


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
    chosen = environment()
    if chosen is None:
        sys.exit("SVCCTL_TEST_TRYTON is not set")
    print(sqlite_file(chosen))
    postgres = server_url(os.getpid())
    if postgres is None or not has_dumps():
        sys.exit("there is no PostgreSQL: nothing was built for the tests that need it")
    print(postgres_dump(chosen, postgres))
