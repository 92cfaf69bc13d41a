"""Forms: what a ticket of a type must bring."""

from svcctl.foundation.diagnostic import Label
from svcctl.foundation.source import Span
from svcctl.language.blocks import FormBlock, FormField
from svcctl.language.checks.findings import described
from svcctl.language.checks.known import Known, field_type
from svcctl.language.checks.literals import known_unit
from svcctl.language.tree import place_of
from svcctl.language.types import Kind, Type

_WORDS = frozenset({Kind.TEXT, Kind.CHOICE, Kind.PERSON})


def check_form(known: Known, form: FormBlock) -> FormBlock:
    seen: dict[str, FormField] = {}
    for field in form.fields:
        first = seen.setdefault(field.name, field)
        if first is not field:
            known.findings.error(
                "duplicate-field",
                f"form `{form.id}` has the field `{field.name}` already",
                place_of(field.name, field),
                related=[Label(place_of(first.name, first), "first here")],
                help=["leave one of the two out"],
            )
        elif field.kind != "quantity" or field.unit is None or known_unit(known, field.unit, _unit_place(field)):
            _agrees(known, field)
    return form


def _unit_place(field: FormField) -> Span:
    return place_of(field.unit, field)


def _agrees(known: Known, field: FormField) -> None:
    """A name means one thing: in every form, and where the catalog of facts has it too."""
    own, first = field_type(field), known.form_fields[field.name]
    if first is not field and field_type(first) != own:
        known.findings.error(
            "field-type-differs",
            f"`{field.name}` is {described(own)} here and {described(field_type(first))} in another form",
            place_of(field.name, field),
            related=[Label(place_of(first.name, first), described(field_type(first)))],
            help=["give one of them another name"],
        )
        return
    term = known.vocabulary.scopes.get("ticket", {}).get(field.name)
    if term is not None and not _alike(own, term.type):
        known.findings.error(
            "field-type-differs",
            f"`{field.name}` is {described(own)} here, and every ticket has it as {described(term.type)}",
            place_of(field.name, field),
            help=["give the field another name"],
        )


def _alike(own: Type, other: Type) -> bool:
    return own.kind is other.kind or (own.kind in _WORDS and other.kind in _WORDS)
