"""The command tree as a table: noun, verb, one line of help, and the module that is imported when it is called.

Help and completion of nouns are answered from here, so they import no command. The function of a verb is
named after it (`check-in` is `check_in`); where that is a name of Python's, with an underscore after it.
"""

from collections.abc import Mapping
from keyword import iskeyword

from svcctl.foundation.record import Record


class Verb(Record):
    """A command: what `--help` says of it in one line, and `svcctl.cli.MODULE`, which has it."""

    help: str
    module: str


class Noun(Record):
    """What commands are about, with its verbs by name."""

    help: str
    verbs: Mapping[str, Verb]


def function_name(verb: str) -> str:
    """The name of a verb's function in its module."""
    name = verb.replace("-", "_")
    return f"{name}_" if iskeyword(name) or name in ("help", "list", "set", "eval") else name


def _of(module: str, /, **helps: str) -> dict[str, Verb]:
    return {name.rstrip("_").replace("_", "-"): Verb(help, module) for name, help in helps.items()}


def _records(noun: str, plural: str, what: str) -> Noun:
    return Noun(
        what,
        _of(
            noun,
            import_=f"bring {plural} in from a CSV or JSON file",
            list=f"list {plural}",
            show=f"show one {noun}",
            set=f"set fields of one {noun}, or add it",
            history=f"show who changed one {noun}, when, and how",
        ),
    )


COMMANDS: Mapping[str, Noun | Verb] = {
    "init": Verb("make a workspace, empty or with a sample", "start"),
    "ticket": Noun(
        "complaints and requests, from their report to their closing",
        {
            **_of("ticket_new", new="take in a complaint or request"),
            **_of("ticket_set", set="correct what was said of tickets when they came in"),
            **_of(
                "ticket_read",
                show="show one ticket with everything about it",
                list="list tickets",
                clocks="show the clocks of one ticket: what ran, what was paused, what is due when",
            ),
            **_of(
                "ticket_work",
                move="move tickets to another state",
                assign="give tickets to an engineer or a team",
                accept="take the job, as the engineer",
                ack="say that one has it in hand, so that nobody need be reminded",
                decline="give the job back, with a reason",
                comment="say something about tickets",
                repromise="ask anew what is promised for tickets, with the reason",
            ),
            **_of(
                "ticket_record",
                measure="record readings",
                attach="attach photos, videos and other evidence",
                cause="record the root cause",
                plan="plan a corrective action, or mark one as done",
                part="record a spare part used",
                cost="record a cost",
                survey="record what the customer said when asked",
            ),
            **_of("ticket_work", link="link tickets to another one"),
            **_of("ticket_undo", undo="take the last change of one ticket back"),
            **_of(
                "ticket_read",
                history="show who changed one ticket, when, how and by which rule",
                export="write tickets out whole, with their events if asked",
            ),
        },
    ),
    "import": Verb("bring tickets in from another system's CSV or JSON file", "intake"),
    "dispatch": Verb("let the rules decide who does which ticket", "rounds"),
    "sweep": Verb("fire escalations, see to care that is due, deliver messages; one pass, for cron", "rounds"),
    "acceptance": Noun(
        "whether what was done is good enough",
        _of(
            "acceptance",
            show="show the checklist of a ticket",
            check="evaluate the checklist, and let the ticket pass when all of it holds",
            sign="sign a ticket's acceptance, as verifier or for a role",
        ),
    ),
    "calendar": Noun(
        "working hours, holidays, and due times on them",
        {
            **_of("calendar", list="list calendars", show="draw a month of a calendar as a grid of days"),
            **_of(
                "calendar_time",
                due="tell when a duration will have passed, and why then",
                between="tell how much open time lies between two times",
                subtract="tell when a duration must begin to have passed by a time",
                compute="answer many questions about time: JSON lines in, JSON lines out",
            ),
            **_of(
                "calendar",
                verify="find what is doubtful about calendars: overlaps, dead clauses, years without notice",
                import_="print an iCalendar or JSON holiday file as clauses of a calendar",
            ),
        },
    ),
    "rules": Noun(
        "calendars, forms, flows, service levels, dispatch, escalation and acceptance as text",
        {
            **_of("rules", check="find every mistake in the rules"),
            **_of("rules_fmt", fmt="put rule files in the one form that all have"),
            **_of("rules_lsp", lsp="serve editors: findings, completion, meanings, new names, form"),
            **_of(
                "rules_test",
                test="run the tests of the rules",
                mutate="find what could be wrong in the rules without a test noticing",
            ),
            **_of("rules_replay", replay="tell what changed rules would have decided about the tickets on record"),
            **_of("rules_diff", diff="tell which tickets two sets of rules decide differently"),
            **_of("rules_eval", eval="decide about tickets: JSON lines in, JSON lines out, no store needed"),
            **_of(
                "rules_why",
                explain="tell why a ticket is where it is, what a rule says, or what a code means",
                why_not="tell what would have to change for a rule to decide about a ticket",
            ),
            **_of(
                "rules",
                timeline="foretell what is to come for a ticket if nothing happens",
                list="list every block and rule",
            ),
        },
    ),
    "engineer": _records("engineer", "engineers", "those who do the work, and their managers"),
    "team": _records("team", "teams", "teams of engineers"),
    "customer": _records("customer", "customers", "customers, their service levels and contacts"),
    "product": _records("product", "products", "models of assets, with their rated values"),
    "site": _records("site", "sites", "places where assets stand"),
    "asset": Noun(
        "installed things, by serial number",
        {
            **_records("asset", "assets", "").verbs,
            **_of("asset", meter="record readings of one asset's meters"),
        },
    ),
    "care": Noun(
        "maintenance, expiry, consumables and call-backs by rule",
        _of("care", list="list the rules of care", preview="list what is to come by the rules of care"),
    ),
    "report": Verb("figures of the service, each with its definition", "report"),
    "outbox": Noun(
        "messages that are to leave, and what became of them",
        _of(
            "outbox",
            list="list messages",
            deliver="deliver the messages that are due",
            retry="make messages due again",
            drop="give messages up",
        ),
    ),
    "silence": Noun(
        "times in which escalations are recorded and not sent",
        _of(
            "silence",
            add="mute what escalations say about some tickets, for a while",
            list="list silences",
            expire="end a silence now",
        ),
    ),
    "plugin": Noun(
        "notifiers and ERP connectors",
        {
            **_of("plugin", list="list installed plugins, and what is wrong"),
            **_of(
                "plugin_author",
                check="tell whether a channel, an ERP or a plugin would work",
                docs="show how a plugin is configured, and what it does",
                new="begin a plugin of your own",
            ),
        },
    ),
    "template": Noun(
        "the words of messages",
        _of(
            "template",
            check="try every template of the workspace on a ticket",
            show="show svcctl's own words as a template to begin with",
        ),
    ),
    "erp": Noun(
        "the ERP beside this workspace",
        _of(
            "erp",
            lookup="ask the ERP for one customer, asset or part",
            pull="bring in what changed in the ERP",
            status="show what is out of step with the ERP",
        ),
    ),
    "store": Noun(
        "the store: proofs, backups, and its way out and in",
        _of(
            "store",
            verify="find everything in the store that is not as it was written",
            adopt="record as a change what was edited by hand",
            head="print the number and hash of the last commit",
            backup="copy the store while others write",
            restore="make the store what it was when it was backed up",
            archive="compress full segments of the journal and pages of closed tickets",
            export="write the whole store out as JSON lines",
            import_="fill an empty store from JSON lines",
            copy="move a whole store into another one, such as PostgreSQL, or back",
            migrate="store every document in its newest version",
            stats="show how much there is, and where it lies",
        ),
    ),
    "config": Noun("settings", _of("config", show="show the settings in force")),
    "demo": Verb("play six weeks of a service through these commands", "demo"),
    "help": Verb("explain a command, or list every error code (`help errors`)", "guide"),
    "completion": Verb("print the completion script of a shell", "guide"),
}
