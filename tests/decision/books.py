"""Rulebooks from text, and what a case needs: small enough to be read beside the test."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from svcctl.actions.catalog import ACTIONS, SETTABLE
from svcctl.decision.rulebook import Rulebook, compile_rules
from svcctl.facts.case import Case
from svcctl.facts.facts import Facts, collect_facts
from svcctl.facts.vocabulary import fact_vocabulary
from svcctl.foundation.instant import parse_instant, zone_named
from svcctl.foundation.source import Source
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules
from svcctl.ticket.model import StateEntry, Ticket

SHANGHAI = zone_named("Asia/Shanghai")

SERVICE = """
  zone "Asia/Shanghai"
  mon..fri 09:00-12:00, 13:30-18:00
"""
OTHERS = """
calendar round-the-clock { zone "Asia/Shanghai"  daily 00:00-24:00 }
calendar berlin { zone "Europe/Berlin"  daily 00:00-24:00 }
"""
CHINA = 'calendar china { zone "Asia/Shanghai"  mon..fri 09:00-12:00, 13:30-18:00  holidays CN }'


def book(text: str, service: str = SERVICE) -> Rulebook:
    """The rulebook of a text without mistakes; `cn-service`, with the hours given, is in force."""
    calendars = f"calendar cn-service {{ {service} }}{OTHERS}"
    module, mistakes = parse_rules(Source("test.rules", calendars + text))
    rules, findings = check_rules([module], fact_vocabulary(ACTIONS, SETTABLE, default_calendar="cn-service"))
    wrong = [finding for finding in (*mistakes, *findings) if finding.is_error]
    assert not wrong, [finding.message for finding in wrong]
    return compile_rules(rules)


def at(text: str) -> datetime:
    """An instant, in Shanghai where it has no offset."""
    return parse_instant(text, SHANGHAI)


def ticket(reported: str, states: str = "", **fields: Any) -> Ticket:
    """A ticket new at `reported`; `states` is the rest of its log, such as `assigned 10:00, accepted 2026-11-24T09:00`.

    A time alone is on the day of the report.
    """
    log = [StateEntry("new", at(reported))]
    for entry in filter(None, states.split(", ")):
        state, moment = entry.split()
        log.append(StateEntry(state, at(moment if "-" in moment else f"{reported[:10]}T{moment}")))
    return Ticket("T-1", 1, log[-1].state, at(reported), at(reported), states=tuple(log), **fields)


def case(rules: Rulebook, of: Ticket, now: str | datetime, **parts: Any) -> Case:
    moment = now if isinstance(now, datetime) else at(now)
    meaning = {"calendar": rules.calendar(None), "calendars": rules.calendars, "milestones": rules.milestones(of.flow)}
    return Case(of, moment, **{**meaning, **parts})


def facts(rules: Rulebook, of: Ticket, now: str | datetime, **parts: Any) -> Facts:
    return collect_facts(case(rules, of, now, **parts))


def known(values: Mapping[str, Any]) -> Facts:
    """Facts that are just these."""
    return Facts(None, values)
