"""What a rule test is given is there to be decided on: people, a ticket, readings."""

import pytest

from tests.desk.floor import rulebook
from tests.desk.stage import RULES, failures, played


@pytest.mark.parametrize(
    ("people", "assignee"),
    [
        ("given engineer li { team north skill screens 3 region beijing capacity 2 open_tickets 2 }", None),
        ("given engineer li { team north skill screens 3 region beijing capacity 2 open_tickets 1 }", "li"),
        ("given engineer li { team north skill screens 1 region beijing capacity 2 }", None),
        ("given engineer li { team north skill screens 3 region shanghai capacity 2 }", None),
        ("given engineer li { team north skill screens 3 region beijing capacity 2 on_leave true }", None),
        (
            "given engineer li { team north skill screens 3 region beijing capacity 9 open_tickets 3 }"
            " given engineer zhao { team north skill screens 2 region beijing capacity 9 }",
            "zhao",
        ),
    ],
)
def test_people_are_as_given(people: str, assignee: str | None) -> None:
    ticket = "given ticket { type fault  site.region beijing }"
    expected = f"expect assignee {assignee}" if assignee else "expect queue north, state triaged"
    assert failures(people + ticket + expected) == []


@pytest.mark.parametrize(
    ("fields", "condition"),
    [
        ("customer.tier gold  customer acme", "customer.tier == gold and customer.id == acme"),
        ("asset.under_warranty true", "asset.under_warranty"),
        ("asset.under_warranty false", "not asset.under_warranty"),
        ("asset.serial s1  product.line door", 'asset.serial == "s1" and product.line == door'),
        ("plan.cost 5000 CNY", "plan.cost >= 5000 CNY"),
        ("cost.total 10 CNY", "cost.total == 10 CNY"),
        ("plan 2", "plan == 2"),
        ("age.elapsed 2h", "age.elapsed >= 2h"),
        ("environment.humidity 83 %", "environment.humidity > 80 %"),
        ("survey.csat satisfied", "survey.csat >= satisfied"),
        ('tags "a"  tags "b"', 'tags contains "b"'),
        ("site.name tower", 'site.name == "tower"'),
        ("serial s2", 'serial == "s2"'),
        ("expected_at 2026-11-24T09:00+08:00", "expected_at < 2026-11-25T09:00+08:00"),
        ("level 40 dB", "level < 45 dB"),
        ("lasted 3h", "lasted > 2h"),
    ],
)
def test_what_a_ticket_is_given_rules_can_ask(fields: str, condition: str) -> None:
    rules = f"""
      form fault {{ serial text  level quantity dB  lasted duration }}
      dispatch intake first {{ rule yes {{ when {condition}  queue right }}  otherwise {{ queue wrong }} }}
    """
    assert failures(f"given ticket {{ type fault  {fields} }} expect queue right", rules) == []
    assert failures("given ticket { type fault } expect queue right", rules) == [("queue right", "wrong")]


def test_what_cannot_be_given_fails_the_test_and_no_other() -> None:
    assert failures("given ticket { reopened 2 } expect queue triage") == [
        ("the givens make a ticket", "`reopened` is worked out, so a test cannot give it")
    ]
    [(_, found)] = failures(
        "given ticket { type noise } given measurement noise { at 2026-11-23T09:00+08:00 } expect accepted"
    )
    assert found == "the given `noise` does not say its `value`"


def test_readings_are_spread_as_given() -> None:
    rules = """
      form noise { }
      acceptance quiet { for type == noise
        require low { max(measured.noise) < 45 dB over 24h coverage >= 95% }
        require runs { measured.failures == 0 in 20 runs } }
    """
    body = """
      given ticket { type noise }
      given measurement noise { value 43 dB  at 2026-11-21T09:00+08:00  until 2026-11-22T09:00+08:00  every 15m }
      given measurement failures { value 0  count COUNT  every 1m }
      expect accepted
    """
    assert failures(body.replace("COUNT", "20"), rules) == []
    assert len(failures(body.replace("COUNT", "19"), rules)) == 1


def test_tests_do_not_see_each_other() -> None:
    given = "given engineer li { team north  skill screens 3 }"
    one = f'test "one" {{ at 2026-11-23T09:00+08:00  {given}  expect queue triage }}'
    two = one.replace('"one"', '"two"')
    assert [result.passed for result in played(rulebook(RULES + one + two))] == [True, True]
