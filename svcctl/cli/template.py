"""`svcctl template`: the words of messages."""

import click

from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Exit
from svcctl.report.columns import TEMPLATES
from svcctl.report.output import Answer


@verb("template show")
@click.argument("language", default="en")
def show(call: Call, language: str) -> Answer:
    """What svcctl says itself, in LANGUAGE (en or zh), as a template: where one's own begins.

    \b
    svcctl template show zh > templates/message.zh.txt
    """
    from svcctl.desk.templates import shipped_template

    text = shipped_template(language)
    return Answer({"id": f"message.{language}.txt", "text": text}, page=lambda looks: text)


@verb("template check")
@click.argument("ticket", required=False)
def check(call: Call, ticket: str | None) -> Answer:
    """With a ticket that has next to nothing, and with TICKET; says what is broken, and shows each subject."""
    from svcctl.desk.notices import checked_templates
    from svcctl.desk.reading_desk import reading_desk

    rows = checked_templates(reading_desk(call.workspace, call.now), ticket)
    return Answer(rows, TEMPLATES, exit=Exit.NO if any(row["problem"] for row in rows) else Exit.DONE)
