"""A small vocabulary, and checking of rule texts in which «» marks the place of the mistake."""

from collections.abc import Callable, Mapping

import pytest

from svcctl.foundation.diagnostic import Diagnostic
from svcctl.foundation.source import Source, Span
from svcctl.language.blocks import Rules
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules
from svcctl.language.types import BUSINESS, ELAPSED, INSTANT, NUMBER, PERSON, TEXT, TRUTH, Kind, Type, choice, list_of
from svcctl.language.types import quantity as quantity_type
from svcctl.language.vocabulary import Term, Verb, Vocabulary

LEVELS = ("low", "normal", "high", "urgent")
EVERYWHERE = frozenset({"dispatch", "escalation"})
DISPATCH = frozenset({"dispatch"})


def term(type: Type, optional: bool = False) -> Term:
    return Term(type, "", optional)


TICKET: Mapping[str, Term] = {
    "type": term(choice(name="type")),
    "state": term(choice(name="state")),
    "priority": term(choice(*LEVELS, ordered=True)),
    "urgency": term(choice(*LEVELS, ordered=True)),
    "mode": term(choice("on_site", "remote", "mail_in")),
    "description": term(TEXT),
    "title": term(TEXT),
    "tags": term(list_of(Kind.TEXT)),
    "product.line": term(choice(name="product line"), True),
    "product.model": term(choice(name="model"), True),
    "asset.serial": term(TEXT, True),
    "asset.under_warranty": term(TRUTH, True),
    "customer.tier": term(choice(name="tier"), True),
    "site.region": term(choice(name="region"), True),
    "assignee": term(choice(name="engineer"), True),
    "owner": term(PERSON, True),
    "team": term(choice(name="team"), True),
    "queue": term(choice(name="queue"), True),
    "reported_at": term(INSTANT),
    "age.elapsed": term(ELAPSED),
    "age.business": term(BUSINESS),
    "reopened": Term(NUMBER, "", count=True),
    "check_in": term(TEXT, True),
    "cause.root": term(TEXT, True),
    "plan": term(NUMBER, True),
    "plan.cost": term(quantity_type("money"), True),
    "survey.csat": term(choice("dissatisfied", "neutral", "satisfied", "very_satisfied", ordered=True), True),
    "environment.*": term(quantity_type(""), True),
}
CANDIDATE: Mapping[str, Term] = {
    "region": term(list_of(Kind.CHOICE, "region")),
    "on_shift": term(TRUTH),
    "open_tickets": term(NUMBER),
    "capacity": term(NUMBER),
}
ACCEPTANCE: Mapping[str, Term] = {"measured.*": term(Type(Kind.LIST, of=Kind.QUANTITY), True)}

VOCABULARY = Vocabulary(
    scopes={"ticket": TICKET, "candidate": CANDIDATE, "acceptance": ACCEPTANCE},
    verbs={
        **{word: Verb(EVERYWHERE, "") for word in ("assign", "set", "notify", "remind", "tag", "queue")},
        **{word: Verb(DISPATCH, "") for word in ("delegate", "attach")},
    },
    names={
        "team": frozenset({"site-hardware", "customer-care", "现场硬件组"}),
        "engineer": frozenset({"li", "wang"}),
        "skill": frozenset({"access-control", "firmware"}),
        "role": frozenset({"service-director", "technical-director"}),
        "region": frozenset({"beijing", "shanghai"}),
        "queue": frozenset({"triage"}),
        "evidence": frozenset({"photo", "video"}),
    },
    settable=frozenset({"priority", "urgency", "mode", "queue"}),
)

Found = tuple[Rules, tuple[Diagnostic, ...], Source]


def checked(*texts: str, vocabulary: Vocabulary = VOCABULARY) -> tuple[Rules, tuple[Diagnostic, ...]]:
    """The rules and findings of some files, which are called `a.rules`, `b.rules`, ...; all must parse."""
    modules = []
    for name, text in zip("abcdefgh", texts, strict=False):
        module, found = parse_rules(Source(f"{name}.rules", text))
        assert not found, found
        modules.append(module)
    return check_rules(modules, vocabulary)


@pytest.fixture
def check() -> Callable[..., tuple[Rules, tuple[Diagnostic, ...]]]:
    return checked


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return VOCABULARY


@pytest.fixture
def finding() -> Callable[[str], Diagnostic]:
    """The only finding in a file whose text has «» around the place where it must stand."""

    def only(marked: str) -> Diagnostic:
        start = marked.index("«")
        end = marked.index("»") - 1
        _, found = checked(marked.replace("«", "").replace("»", ""))
        assert len(found) == 1, [(one.code, one.message, one.primary.span) for one in found]
        assert found[0].primary.span == Span("a.rules", start, end), (
            found[0].code,
            marked.replace("«", "").replace("»", "")[found[0].primary.span.start : found[0].primary.span.end],
        )
        return found[0]

    return only
