"""Configurations of plugs: pydantic models that refuse unknown keys, and secrets given by reference.

A field that holds a `SecretStr` is written as `env:NAME` or `file:PATH` in the configuration; a field
that may be text as well (`str | SecretStr`) takes either. The secret itself is never written down.
A field that holds a `Path` is relative to the workspace.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, ValidationInfo, field_validator

from svcctl.foundation.errors import Refusal, nearest

C = TypeVar("C", bound="PluginConfig")

_REFERENCES = ("env:", "file:")
#: What pydantic's types are called in TOML.
_WANTED: Mapping[str, str] = {
    "bool": "true or false",
    "dict": "a table, as in `{ NAME = ... }`",
    "float": "a number",
    "int": "a whole number",
    "int_from_float": "a whole number",
    "list": "a list, as in `[...]`",
    "mapping": "a table, as in `{ NAME = ... }`",
    "string": "text in quotes",
    "tuple": "a list, as in `[...]`",
}


class PluginConfig(BaseModel):
    """Subclass it as `Config` in a plug."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _resolve_references(cls, value: Any, info: ValidationInfo) -> Any:
        annotation = cls.model_fields[str(info.field_name)].annotation
        if info.context is None:
            return value
        if _mentions(annotation, Path) and isinstance(value, str):
            return info.context["home"] / Path(value).expanduser()
        if not _mentions(annotation, SecretStr):
            return value
        return _resolved(value, _mentions(annotation, str), info.context["resolve"])


def read_config(
    kind: type[C], values: Mapping[str, Any], *, place: str, home: Path, environment: Mapping[str, str]
) -> C:
    """The valid configuration. `place` names it in errors (`channels.ops`); relative `file:` paths start at `home`.

    Raises Refusal `bad-configuration` that names the key, and never shows its value.
    """
    try:
        return kind.model_validate(dict(values), context={"home": home, "resolve": _Resolver(home, environment)})
    except ValidationError as invalid:
        raise _refusal(kind, values, invalid, place) from None


def secrets_in(values: Any, home: Path, environment: Mapping[str, str]) -> list[SecretStr]:
    """The secrets to which a table refers anywhere, before anybody has checked it; what cannot be had is left out."""
    if isinstance(values, Mapping):
        values = list(values.values())
    if isinstance(values, list):
        return [secret for value in values for secret in secrets_in(value, home, environment)]
    if not (isinstance(values, str) and values.startswith(_REFERENCES)):
        return []
    try:
        return [SecretStr(_Resolver(home, environment)(values))]
    except ValueError:
        return []


class _Resolver:
    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self._home = home
        self._environment = environment

    def __call__(self, reference: str) -> str:
        scheme, _, name = reference.partition(":")
        if scheme == "env":
            secret = self._environment.get(name, "")
            if not secret:
                raise ValueError(f"the environment variable `{name}` is not set")
            return secret
        path = self._home / Path(name).expanduser()
        try:
            secret = path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise ValueError(f"the file `{path}` is not text in UTF-8") from None
        except OSError as failed:
            raise ValueError(f"the file `{path}` cannot be read: {failed.strerror}") from None
        if not secret:
            raise ValueError(f"the file `{path}` is empty")
        return secret


def _resolved(value: Any, may_be_text: bool, resolve: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _resolved(item, may_be_text, resolve) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_resolved(item, may_be_text, resolve) for item in value]
    if not isinstance(value, str):
        return value
    if value.startswith(_REFERENCES):
        return SecretStr(resolve(value))
    if may_be_text:
        return value
    raise ValueError("a secret must be a reference: write `env:NAME` or `file:PATH`, and keep the secret there")


def _mentions(annotation: Any, kind: type) -> bool:
    """Whether values of `kind` may stand in the annotation; the keys of mappings do not count."""
    if annotation is kind:
        return True
    parts = get_args(annotation)
    is_mapping = isinstance(getattr(annotation, "__origin__", None), type) and issubclass(
        annotation.__origin__, Mapping
    )
    return any(_mentions(part, kind) for part in (parts[1:] if is_mapping else parts))


def _refusal(kind: type[PluginConfig], values: Mapping[str, Any], invalid: ValidationError, place: str) -> Refusal:
    said: dict[str, list[str]] = {}
    for error in invalid.errors(include_input=False, include_url=False, include_context=False):
        message = error["msg"].removeprefix("Value error, ").removeprefix("Input should ")
        message = message[:1].lower() + message[1:]
        if message.startswith("be "):
            kind_of = error["type"].removesuffix("_type").removesuffix("_parsing")
            message = "must be " + _WANTED.get(kind_of, message.removeprefix("be "))
        if error["type"] == "extra_forbidden":
            meant = nearest(str(error["loc"][-1]), list(kind.model_fields))
            message = "there is no such key" + (f"; did you mean `{meant}`?" if meant else "")
        elif error["type"] == "missing":
            message = "this key is needed"
        said.setdefault(".".join([place, *_keys(error["loc"], values)]), []).append(message)
    problems = {key: _joined(messages) for key, messages in said.items()}
    first, message = next(iter(problems.items()))
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return Refusal(
        "bad-configuration",
        f"`{first}`: {message}{more}",
        help="keys: " + ", ".join(f"`{key}`" for key in kind.model_fields),
        details={"problems": [{"key": key, "message": message} for key, message in problems.items()]},
    )


def _joined(messages: list[str]) -> str:
    """A union reports each of its branches: what it must be is any of them, else the first is enough."""
    if not all(message.startswith("must be ") for message in messages):
        return messages[0]
    return "must be " + " or ".join(dict.fromkeys(message.removeprefix("must be ") for message in messages))


def _keys(location: tuple[int | str, ...], values: Any) -> list[str]:
    """The steps of a location that are the user's own keys; the others name types of pydantic's."""
    keys = []
    for step in location:
        try:
            values = values[step]
        except (KeyError, IndexError, TypeError):
            if step is not location[-1] or not isinstance(values, Mapping):
                continue
        keys.append(str(step))
    return keys
