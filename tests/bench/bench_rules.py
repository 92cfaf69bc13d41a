"""What it takes to parse and to check a thousand rules, as a ratio in one run."""

from time import perf_counter

from svcctl.desk.rulefiles import check_sources
from svcctl.foundation.source import Source
from svcctl.language.parser import parse_rules

RULES = 1000
ROUNDS = 5


def main() -> None:
    rules = "\n".join(
        f"rule r{number} {{ when product.model == M{number % 250} and site.region in [beijing, shanghai]"
        f' and description contains any ["leak {number}", "漏水"] and reopened > {number % 7}'
        f" assign engineer from team site-hardware having skill firmware >= 3 where region == site.region }}"
        for number in range(RULES)
    )
    source = Source("a.rules", f"dispatch d first {{ {rules} otherwise {{ queue triage }} }}")
    parse_rules(source)
    for _ in range(ROUNDS):
        start = perf_counter()
        parse_rules(source)
        parsed = perf_counter()
        check_sources([source])
        checked = perf_counter()
        print(
            f"{RULES} rules: parsed in {parsed - start:.2f} s, parsed and checked in {checked - parsed:.2f} s, "
            f"{(checked - parsed) / (parsed - start):.2f} times as long"
        )


if __name__ == "__main__":
    main()
