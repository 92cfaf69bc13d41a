"""What thirty installed plugins, none of them in use, add to the start of svcctl."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

PLUGINS, ROUNDS = 30, 25
ROOT = Path(__file__).parents[2]
PROGRAM = "import svcctl.cli, svcctl.plugin_api; from svcctl.cli.boundary import run; run(['--version'])"


def install(site: Path, number: int) -> None:
    """A plugin whose import would take a tenth of a second."""
    (site / f"bench_plug_{number}.py").write_text("import time; time.sleep(0.1)\n")
    about = site / f"svcctl_notifier_bench{number}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: svcctl-notifier-bench{number}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[svcctl.notifiers.v1]\nbench{number} = bench_plug_{number}:Plug\n")


def milliseconds(site: Path) -> float:
    """Of processor time, which what else goes on changes less than what a clock shows."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}
    before = os.times()
    subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return (after.children_user + after.children_system - before.children_user - before.children_system) * 1000


def main() -> None:
    with TemporaryDirectory() as folder:
        without, with_all = Path(folder, "none"), Path(folder, "thirty")
        for site in (without, with_all):
            site.mkdir()
        for number in range(PLUGINS):
            install(with_all, number)
        times: dict[Path, list[float]] = {without: [], with_all: []}
        for _ in range(ROUNDS):
            for site, taken in times.items():
                taken.append(milliseconds(site))
    none, thirty = (sum(sorted(times[site])[: ROUNDS // 2]) / (ROUNDS // 2) for site in (without, with_all))
    print(f"start: {none:.1f} ms with no plugin installed, {thirty:.1f} ms with {PLUGINS}: {thirty - none:+.1f} ms")


if __name__ == "__main__":
    main()
