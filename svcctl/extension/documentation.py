"""What is known of a plug without opening it: the page of its distribution, and the keys of its configuration."""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from svcctl.extension.registry import PluginEntry
from svcctl.foundation.record import Record

_WORDS: Mapping[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true or false"}
_NAMES = {"SecretStr": "secret reference", "Path": "path"}


class ConfigKey(Record):
    """One key of a configuration: what it takes in words, and its default where it is not needed."""

    id: str
    takes: str
    needed: bool
    default: Any = None


def page_of(entry: PluginEntry) -> str:
    """The README of the distribution that a plug came with, or empty."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        found = metadata(entry.distribution)
    except PackageNotFoundError:
        return ""
    return found["Description"].strip() if "Description" in found else ""


def config_keys(plug: type[Any]) -> tuple[ConfigKey, ...]:
    """The keys that a plug's configuration has, in its order."""
    fields = getattr(getattr(plug, "Config", None), "model_fields", {})
    return tuple(
        ConfigKey(
            name, _in_words(field.annotation), field.is_required(), _shown(field.get_default(call_default_factory=True))
        )
        if not field.is_required()
        else ConfigKey(name, _in_words(field.annotation), True)
        for name, field in fields.items()
    )


def _in_words(annotation: Any) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return " or ".join(_in_words(part) for part in parts if part is not NoneType)
    if origin is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin in (list, tuple):
        return f"list of {_in_words(parts[0])}"
    if origin is dict:
        return f"table of {_in_words(parts[1])}"
    return _WORDS.get(annotation, _NAMES.get(getattr(annotation, "__name__", ""), str(annotation)))


def _shown(default: Any) -> Any:
    """A default as JSON has it."""
    if isinstance(default, tuple):
        return list(default)
    return default if isinstance(default, str | int | float | list | dict | NoneType) else str(default)
