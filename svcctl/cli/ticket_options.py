"""The options by which one says what a ticket is about."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from svcctl.cli.batch import key_values, text_given
from svcctl.cli.call import Call
from svcctl.report.output import Answer

_FIELDS = {
    "title": "One line.",
    "description": "The symptom in the customer's words; `-` reads it from stdin.",
    "type": "What sort of request it is; its form is of this name.",
    "channel": "How it came in, such as phone, email or wechat.",
    "mode": "on_site, remote or mail_in.",
    "urgency": "low, medium or high.",
    "impact": "low, medium or high.",
    "priority": "low, normal, high or urgent; from urgency and impact as if not given.",
    "occurred-at": "When the fault occurred.",
    "reported-at": "When it was reported; now as if not given.",
    "expected-at": "When the customer expects it done.",
    "customer": "The customer's id.",
    "site": "The site's id.",
    "asset": "The serial number; it gives product, batch, site and customer.",
    "product-line": "Where no asset gives it.",
    "product-model": "Where no asset gives it.",
    "batch": "Where no asset gives it.",
    "region": "Where no site gives it.",
    "external": "The id that it has in another system.",
}

_MORE = (
    click.option("--contact", metavar="NAME", help="Whom to speak to."),
    click.option("--reach", multiple=True, metavar="CHANNEL=ADDRESS", help="How to reach them, such as phone=138..."),
    click.option("--field", "fields", multiple=True, metavar="NAME=VALUE", help="An answer to the form of the type."),
    click.option("--environment", multiple=True, metavar="NAME=VALUE", help="A condition on site: humidity=83%."),
    click.option("--tag", "tags", multiple=True, metavar="TAG", help="A word to find it by; may be repeated."),
)


def said_of_it(*left_out: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Gives a command these options, but for those left out; `said` reads them."""

    def decorate(function: Callable[..., Answer]) -> Callable[..., Answer]:
        for option in reversed(_MORE):
            function = option(function)
        for name, help in reversed(_FIELDS.items()):
            if name not in left_out:
                metavar = "TIME" if name.endswith("-at") else "VALUE"
                function = click.option(f"--{name}", metavar=metavar, help=help)(function)
        return function

    return decorate


def said(call: Call, options: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What was said, in the words of the door; it goes before what `before` says."""
    values = dict(before or {})
    for name, value in options.items():
        if name.replace("_", "-") in _FIELDS and value is not None:
            values[name] = call.instant(value).isoformat() if name.endswith("_at") and value else value
    if "description" in options and options["description"] is not None:
        values["description"] = text_given(options["description"])
    address = key_values(options["reach"], "--reach")
    if options["contact"] is not None:
        values["contact"] = {"name": options["contact"], "address": address}
    elif address:
        known = values.get("contact")
        reached = known.get("address") if isinstance(known, Mapping) else None
        values["contact"] = _with(known, {"address": _with(reached, address)})
    for name, option in (("fields", "--field"), ("environment", "--environment")):
        if options[name]:
            values[name] = _with(values.get(name), key_values(options[name], option))
    if options["tags"]:
        before_them = values.get("tags") or []
        values["tags"] = [*before_them, *options["tags"]] if isinstance(before_them, list) else before_them
    return values


def _with(before: Any, more: dict[str, Any]) -> Any:
    """`more` beside what is there; what is no mapping is for the door to refuse."""
    return {**(before or {}), **more} if isinstance(before or {}, Mapping) else before
