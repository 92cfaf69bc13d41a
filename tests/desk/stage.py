"""Rules that rule tests are about, and how one is played."""

from pathlib import Path

from svcctl.decision.rulebook import Rulebook
from svcctl.desk.scenario import TestResult, run_tests
from svcctl.desk.settings import load_settings
from tests.desk.floor import rulebook

RULES = """
form fault { serial text  photo evidence }
form noise { }
flow site {
  new -> triaged -> assigned -> accepted -> in_progress -> resolved -> closed
  to resolved require cause.root
}
dispatch intake first {
  rule black {
    when type == fault
    set priority high
    assign engineer from team north having skill screens >= 2
      where region == site.region and open_tickets < capacity and not on_leave
      prefer fewest open_tickets
    or team north
    tag "screen"
    notify assignee
  }
  rule soft { when type == noise  delegate desk }
  otherwise { queue triage  notify team triage }
}
dispatch desk first { rule loud { when priority == urgent  assign team north  notify assignee }
                      otherwise { queue desk  notify team north } }
sla high { for priority == high  respond within 30m  resolve within 4bh  update within 1h }
escalation unanswered {
  while state in [new, triaged, assigned]
  after 30m { remind assignee }
  after 1h  { notify manager of assignee  repeat every 30m up to 4 times }
}
acceptance quiet { for type == noise  require low { max(measured.noise) < 45 dB }
                   require glad { survey.csat >= satisfied }
                   verifier is not assignee }
"""
GIVEN = """
  given engineer li { team north  skill screens 3  region beijing  capacity 3 }
  given ticket { type fault  site.region beijing  description "black" }
"""


def played(book: Rulebook) -> list[TestResult]:
    """The results of all tests of a rulebook."""
    settings = load_settings(None, {"SVCCTL_WORKSPACE_ZONE": "Asia/Shanghai"})
    return list(run_tests(book, book.rules.tests, Path("nowhere"), settings))


def rows(body: str, rules: str = RULES, at: str = "2026-11-23T09:00+08:00") -> list[TestResult]:
    """The results of a test of these rules: one for each row of its table."""
    return played(rulebook(f'{rules}\ntest "it" {{ at {at} {body} }}'))


def play(body: str, rules: str = RULES, **when: str) -> TestResult:
    """The result of a test that has no table."""
    [result] = rows(body, rules, **when)
    assert result.title == "it"
    return result


def failures(body: str, rules: str = RULES, **when: str) -> list[tuple[str, str]]:
    """What a test expected, and what it found in its stead."""
    return [(failure.expected, failure.found) for failure in play(body, rules, **when).failures]
