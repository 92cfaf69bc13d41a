"""Messages in the workspace's own words: Jinja2 templates in its folder `templates/`, one for a kind and a language.

A template is a text file: its first line is the subject, what follows a blank line the text. Of `notify.zh.txt`,
`notify.txt`, `message.zh.txt` and `message.txt` the first that is there is used; where none is, svcctl's own words are,
and Jinja2 is not imported, for that takes longer than most commands do. Templates see what `Context` has and nothing
else: they run in Jinja2's sandbox, where a name that is not known is an error.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from svcctl.actions.applier import Notice
from svcctl.actions.wording import LANGUAGES, Due, in_words, name_of, question, word_notice
from svcctl.foundation.errors import Refusal, nearest
from svcctl.foundation.instant import shown
from svcctl.foundation.record import Record
from svcctl.foundation.shipped import shipped
from svcctl.ticket.model import Ticket
from svcctl.ticket.people import Asset, Customer, Engineer, Site

if TYPE_CHECKING:
    from jinja2 import StrictUndefined, Template
    from jinja2.sandbox import SandboxedEnvironment

FOLDER = "templates"
_ENDING = ".txt"
#: What stands for every kind of notice.
_ANY = "message"
#: Names that templates have beside the fields of `Context`.
_BESIDE = ("to", "name", "question")


class Context(Record):
    """What a template may speak of. What the ticket has none of is None; `due` is the promise that falls due next."""

    notice: Notice
    ticket: Ticket
    now: datetime
    due: Due | None = None
    rule: str | None = None
    customer: Customer | None = None
    site: Site | None = None
    asset: Asset | None = None
    assignee: Engineer | None = None


class Worded(Record):
    """A message in words: `template` is the file that gave them, None for svcctl's own; `problem` why one that there
    is did not."""

    subject: str
    text: str
    template: str | None = None
    problem: str | None = None


class Templates:
    """The templates of a folder that may not be there; times are shown in `zone`."""

    def __init__(self, folder: Path, zone: tzinfo) -> None:
        self._folder = folder
        self._zone = zone
        self._parsed: dict[str, Template] = {}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The templates that there are, in order of name."""
        return tuple(sorted(path.name for path in self._folder.glob(f"*{_ENDING}") if path.is_file()))

    def name_for(self, kind: str, language: str) -> str | None:
        """The template for a kind of notice in a language."""
        stems = (f"{kind}.{language}", kind, f"{_ANY}.{language}", _ANY)
        return next((stem + _ENDING for stem in stems if stem + _ENDING in self.names), None)

    def word(self, context: Context, language: str) -> Worded:
        """The message of a notice, by the template for it; in svcctl's own words where that is broken, or is none."""
        name = self.name_for(context.notice.kind, language)
        problem = None
        if name is not None:
            try:
                return Worded(*self.render(name, context, language), name)
            except Exception as failed:
                problem = self.problem(name, failed)
        return Worded(*word_notice(context.notice, context.ticket, context.due, language), problem=problem)

    def render(self, name: str, context: Context, language: str) -> tuple[str, str]:
        """Subject and text by one template. Raises whatever a broken one raises; `problem` puts it in words."""
        environment = self._environment
        environment.filters["words"] = lambda value: in_words(str(value), language)
        rendered = self._template(name).render(
            {**vars(context), "to": context.notice.to, "name": name_of(context.ticket), "question": question(language)}
        )
        subject, _, text = rendered.strip("\n").partition("\n")
        if not subject.strip():
            raise ValueError("its first line, the subject, is empty")
        return subject.strip(), text.strip("\n")

    def problem(self, name: str, failed: Exception) -> str:
        """Where and why a template failed."""
        line = getattr(failed, "lineno", None)
        trace = failed.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == name:
                line = trace.tb_lineno
            trace = trace.tb_next
        where = f"{FOLDER}/{name}" + (f", line {line}" if line else "")
        return f"{where}: {failed}" if str(failed) else f"{where}: {type(failed).__name__}"

    @cached_property
    def _environment(self) -> "SandboxedEnvironment":
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(
            undefined=_strict(),
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=lambda value: "" if value is None else value,
        )
        environment.filters["time"] = lambda moment: shown(moment, self._zone)
        return environment

    def _template(self, name: str) -> "Template":
        if name not in self._parsed:
            source = (self._folder / name).read_text(encoding="utf-8-sig")
            environment = self._environment
            code = environment.compile(source, name, name)
            self._parsed[name] = environment.template_class.from_code(environment, code, environment.globals)
        return self._parsed[name]


def _strict() -> "type[StrictUndefined]":
    """What stands for a name or field that does not exist: an error, in words that authors of templates know."""
    from jinja2 import StrictUndefined
    from jinja2.utils import missing

    class Missing(StrictUndefined):
        @property
        def _undefined_message(self) -> str:
            if self._undefined_hint:
                return self._undefined_hint
            name, owner = str(self._undefined_name), self._undefined_obj
            if owner is None:
                return f"there is nothing that could have `{name}`: ask before, with `{{% if ... %}}`"
            fields = (*Context._fields, *_BESIDE) if owner is missing else getattr(owner, "_fields", ())
            meant = nearest(name, list(fields))
            what = "there is no" if owner is missing else "there is no field"
            return f"{what} `{name}`" + (f", did you mean `{meant}`?" if meant else "")

    return Missing


def kind_and_language(name: str) -> tuple[str, str | None]:
    """The kind of notice that a template is for (`notify` for one that is for any), and the language it names."""
    kind, _, language = name.removesuffix(_ENDING).partition(".")
    return ("notify" if kind == _ANY else kind), language or None


def shipped_template(language: str) -> str:
    """svcctl's own words in a language, as a template. Raises Refusal `unknown-file`."""
    path = shipped(FOLDER) / f"{_ANY}.{language}{_ENDING}"
    if language not in LANGUAGES:
        raise Refusal(
            "unknown-file", f"svcctl has no words in `{language}`", help=f"it has them in {', '.join(LANGUAGES)}"
        )
    return path.read_text(encoding="utf-8")


def told_of(worded: Worded) -> Mapping[str, Any]:
    """What the document of a message says of the template that worded it, or should have."""
    told = {"template": worded.template, "template_problem": worded.problem}
    return {name: value for name, value in told.items() if value}
