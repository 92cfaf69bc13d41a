"""A new plug: a copy of the sample of its kind, under another name."""

from collections.abc import Mapping
from pathlib import Path

from svcctl.desk.starting import expect_room
from svcctl.foundation.errors import Refusal
from svcctl.foundation.shipped import shipped

#: The sample that a plug of a kind begins as; each is a project whose plug is called `example`.
SAMPLES: Mapping[str, str] = {"notifier": "notifier-plugin", "erp": "erp-plugin"}


def create_plug(name: str, kind: str, folder: Path, *, dry_run: bool = False) -> tuple[str, ...]:
    """Write the project of a new plug into `folder`; its files, relative to it.

    Raises Refusal `bad-argument` for a name that no package can have, `already-exists` where a file is in the way.
    """
    if not (name.isascii() and name.replace("-", "").isalnum() and name[0].isalpha() and name == name.lower()):
        raise Refusal(
            "bad-argument",
            f"`{name}` cannot be the name of a plug",
            help="small letters, digits and hyphens, such as `pager`",
        )
    files = {_renamed(path, name): _renamed(text, name) for path, text in _sample(SAMPLES[kind])}
    expect_room(folder, files)
    if not dry_run:
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    return tuple(sorted(files))


def _sample(sample: str) -> list[tuple[str, str]]:
    root = shipped("samples") / sample
    found = (path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file())
    kept = (path for path in found if not any(part.startswith((".", "__pycache__")) for part in path.parts))
    return [(path.as_posix(), (root / path).read_text(encoding="utf-8")) for path in kept]


def _renamed(text: str, name: str) -> str:
    camel = "".join(part.capitalize() for part in name.split("-"))
    module = f"_{name.replace('-', '_')}"
    upper = name.upper().replace("-", "_")
    renamed = text.replace("_example", module).replace("EXAMPLE", upper)
    return renamed.replace("Example", camel).replace("example", name)
