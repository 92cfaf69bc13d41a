"""Rule tests: what is expected and there passes; what is not fails with words that say what was there instead."""

import pytest

from tests.desk.stage import GIVEN, RULES, failures, play, rows


@pytest.mark.parametrize(
    "body",
    [
        GIVEN + "expect rule black, assignee li, priority high, state assigned, team north, tags screen",
        GIVEN + "expect notify assignee",
        GIVEN + "expect respond due 2026-11-23T09:30+08:00, resolve due 2026-11-23T14:30+08:00",
        GIVEN + "at +30m expect remind assignee  at +1h expect notify manager of assignee  at +61m expect nothing",
        GIVEN + "at +90m expect notify manager of assignee  at +2h expect notify manager of assignee",
        GIVEN + "at +10m move accepted expect state accepted  at +1h expect nothing",
        "expect rule otherwise, queue triage, notify team triage",
        "given ticket { type noise } expect rule otherwise, queue desk, notify team north",
        "given ticket { type noise  urgency high  impact high } given team north { } expect rule loud, team north",
        "given ticket { type noise } expect not accepted",
        "given ticket { type noise  assignee li } given measurement noise { value 40 dB }"
        " given survey { csat satisfied } expect not accepted",
        "given ticket { type noise  assignee li } given measurement noise { value 40 dB }"
        " given survey { csat satisfied } given signature verifier { by zhao } expect accepted",
        "given ticket { type noise  assignee li } given measurement noise { value 40 dB }"
        " given survey { csat satisfied } given signature verifier { by li } expect not accepted",
        "given ticket { type noise  priority high } given message { at 2026-11-23T08:50+08:00 }"
        " expect update due 2026-11-23T09:50+08:00",
    ],
)
def test_what_is_expected_and_there_passes(body: str) -> None:
    assert failures(body) == []


@pytest.mark.parametrize(
    ("body", "expected", "found"),
    [
        (GIVEN + "expect rule soft", "rule soft", "black"),
        ("given ticket { assignee li } expect rule black", "rule black", "no rule"),
        (GIVEN + "expect rule otherwise", "rule otherwise", "black"),
        (GIVEN + "expect priority low", "priority low", "high"),
        (GIVEN + "expect queue triage", "queue triage", "missing"),
        (GIVEN + "expect tags other", "tags other", "screen"),
        (GIVEN + "at +30m expect nothing", "nothing", "remind assignee"),
        (GIVEN + "at +40m expect nothing", "nothing", "remind assignee at 2026-11-23T09:30:00+08:00"),
        (GIVEN + "at +31m expect remind assignee", "remind assignee", "remind assignee at 2026-11-23T09:30:00+08:00"),
        (GIVEN + "at +29m expect remind assignee", "remind assignee", None),
        (GIVEN + "at +10m expect queue triage", "queue triage", "missing"),
        (
            GIVEN + "expect respond due 2026-11-23T10:00+08:00",
            "respond due 2026-11-23T10:00:00+08:00",
            "2026-11-23T09:30:00+08:00",
        ),
        ("expect resolve due 2026-11-23T10:00+08:00", "resolve due 2026-11-23T10:00:00+08:00", "no such target"),
        (
            GIVEN + "at +10m move resolved expect state assigned",
            "move resolved",
            "flow `site` has no move from `assigned` to `resolved`",
        ),
        ("given ticket { type noise } expect accepted", "accepted", None),
    ],
)
def test_what_is_not_there_fails_in_words(body: str, expected: str, found: str | None) -> None:
    [failure] = failures(body)
    assert failure[0] == expected
    assert found is None or failure[1].endswith(found)


def test_what_acceptance_lacks_is_said_line_by_line() -> None:
    [(_, found)] = failures(
        "given ticket { type noise  assignee li } given survey { csat dissatisfied } expect accepted"
    )
    assert "quiet.low: " in found
    assert "quiet.glad: survey.csat is dissatisfied" in found or "quiet.glad: " in found
    assert "quiet.verifier-is-not-assignee: " in found


def test_accepted_where_it_should_not_be_fails() -> None:
    rules = RULES.replace("verifier is not assignee", "")
    body = "given ticket { type noise } given measurement noise { value 40 dB } given survey { csat satisfied }"
    assert failures(body + " expect accepted", rules) == []
    assert failures(body + " expect not accepted", rules) == [("not accepted", "accepted")]


def test_each_failure_has_the_place_of_its_expectation() -> None:
    result = play(GIVEN + "expect priority low, queue triage")
    assert not result.passed
    first, second = result.failures
    assert first.span.start < second.span.start


def test_rules_that_refuse_to_decide_fail_the_test_at_that_moment() -> None:
    rules = """
      calendar closed { zone "UTC"  on 2020-01-01 09:00-10:00 }
      form fault { }
      sla never { for priority == high  resolve within 9bh on closed }
      escalation up { after 1h { set priority high } }
    """
    found = failures("given ticket { type fault } at +30m expect nothing  at +2h expect nothing", rules)
    assert [expected for expected, _ in found] == ["the rules decide"]


BUSINESS = """
form fault { }
sla all { resolve within 6bh }
escalation risk { at 50% of resolve { tag "half" }  when resolve breached { tag "late" } }
"""


@pytest.mark.parametrize(
    "body",
    [
        # Nine o'clock and six hours of open time are half past four: the lunch break does not count.
        """given ticket { type fault } at +3bh expect tag "half"  at +449m expect nothing
           at +6bh expect tag "late"  at +1bd expect nothing""",
        # The calendar of the site is open at noon, and `resolve` runs on it.
        """given site s { calendar always } given ticket { type fault  site s }
           at +3h expect tag "half"  at +359m expect nothing  at +6bh expect tag "late" """,
    ],
)
def test_offsets_may_be_in_the_open_time_of_the_ticket(body: str) -> None:
    assert failures(body, BUSINESS) == []


# ----------------------------------------------------------------------- why


def why(body: str) -> list[str]:
    [failure] = play(body).failures
    return list(failure.why)


def test_a_failed_rule_is_told_with_the_decision_and_what_came_nearest() -> None:
    assert why(GIVEN + "expect rule soft") == [
        "dispatch `intake` decided by `black`",
        "  type == fault: type is fault",
        '`soft`: `type == noise` does not hold: type is "fault"',
    ]
    told = why("given ticket { type noise  priority urgent } expect rule black")
    assert told[0] == "dispatch `desk` decided by `loud`"
    assert told[-1] == '`black`: `type == fault` does not hold: type is "noise"'


def test_a_failed_assignment_tells_why_it_was_not_the_one_expected() -> None:
    people = "given engineer wu { team north  skill screens 1  region beijing }"
    told = why(GIVEN + people + "expect assignee wu")
    assert told[-2].endswith(": li")
    assert told[-1] == "  not wu: skill screens is 1, and must be >= 2"
    both = "given engineer wu { team north  skill screens 3  region beijing  open_tickets 1  capacity 9 }"
    assert why(GIVEN + both + "expect assignee wu")[-1] == "  wu is number 2 of those who qualify: li, wu"
    assert why(GIVEN + people + "expect queue triage")[-1].startswith("  not wu")


def test_a_failed_step_tells_what_comes_next() -> None:
    told = why(GIVEN + "at +10m expect remind assignee")
    assert told[-2:] == [
        "`unanswered` comes at 2026-11-23T09:30:00+08:00: remind assignee",
        "`unanswered` comes at 2026-11-23T10:00:00+08:00: notify manager of assignee",
    ]


# -------------------------------------------------------------------- tables


TABLE = """
  given engineer li { team north  skill screens 3  region beijing  capacity 3 }
  table type, site.region, priority -> rule, assignee, queue {
    fault, beijing, missing -> black, li, missing
    fault, tokyo, missing -> black, missing, north
    noise, missing, urgent -> loud, missing, north
    missing, missing, missing -> otherwise, missing, triage
  }
"""


def test_a_table_plays_the_test_once_for_each_row() -> None:
    results = rows(TABLE)
    assert [result.title for result in results] == [
        "it: type fault, site.region beijing",
        "it: type fault, site.region tokyo",
        "it: type noise, priority urgent",
        "it: nothing said",
    ]
    assert [result.failures for result in results] == [()] * 4
    assert len({result.span for result in results}) == 4


def test_a_row_that_fails_fails_alone_at_its_cell() -> None:
    results = rows(TABLE.replace("black, li, missing", "black, missing, missing"))
    assert [len(result.failures) for result in results] == [1, 0, 0, 0]
    [failure] = results[0].failures
    assert (failure.expected, failure.found) == ("assignee missing", "li")


def test_what_happens_later_holds_for_every_row() -> None:
    assert all(result.passed for result in rows(TABLE + "at +30m expect remind assignee"))
    assert not any(result.passed for result in rows(TABLE + "at +20m expect remind assignee"))
