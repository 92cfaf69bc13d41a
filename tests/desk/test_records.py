"""Records: cells of a CSV file, what changed and what did not, rows that are refused."""

from functools import partial
from typing import Any

import pytest

from svcctl.desk.queries import find_records
from svcctl.desk.records import import_records, record_of, save_record
from svcctl.foundation.errors import Refusal
from svcctl.ticket.document import from_document
from svcctl.ticket.people import Engineer
from tests.desk.floor import MONDAY, Floor, refusal_of


def saved(noun: str, **fields: Any) -> dict[str, Any]:
    floor = Floor()
    floor.save(noun, "x", **fields)
    document = record_of(floor.workspace.store, noun, "x")
    return {field: value for field, value in document.items() if field not in ("id", "revision")}


@pytest.mark.parametrize(
    ("noun", "field", "cell", "kept"),
    [
        ("engineer", "regions", "beijing; shanghai", ["beijing", "shanghai"]),
        ("engineer", "regions", "北京；上海", ["北京", "上海"]),
        ("engineer", "skills", "屏幕＝３；主板=2", {"屏幕": 3, "主板": 2}),
        ("engineer", "location", "３９.９，116.4", [39.9, 116.4]),
        ("engineer", "skills", "welding=3; network = 1", {"welding": 3, "network": 1}),
        ("engineer", "roles", "chief", ["chief"]),
        ("engineer", "address", "email=a@b.c; phone=1=2", {"email": "a@b.c", "phone": "1=2"}),
        ("engineer", "location", "39.91, 116.46", [39.91, 116.46]),
        ("engineer", "capacity", " 5 ", 5),
        ("engineer", "active", "no", False),
        (
            "engineer",
            "leave",
            "2026-12-01..2026-12-02",
            [{"start": "2026-11-30T16:00:00Z", "end": "2026-12-02T16:00:00Z"}],
        ),
        ("engineer", "leave", "2026-12-01", [{"start": "2026-11-30T16:00:00Z", "end": "2026-12-01T16:00:00Z"}]),
        (
            "engineer",
            "leave",
            "2026-12-01T09:00 .. 2026-12-01T12:00; 2026-12-03",
            [
                {"start": "2026-12-01T01:00:00Z", "end": "2026-12-01T04:00:00Z"},
                {"start": "2026-12-02T16:00:00Z", "end": "2026-12-03T16:00:00Z"},
            ],
        ),
        ("asset", "installed_at", "2026-01-05", "2026-01-04T16:00:00Z"),
        ("asset", "warranty_until", "2027-01-05T00:00:00+00:00", "2027-01-05T00:00:00Z"),
        ("asset", "meters", "filter_hours=120 h", {"filter_hours": "120 h"}),
        ("site", "address", "Gate 3; Tower B", "Gate 3; Tower B"),
        ("customer", "name", "007", "007"),
        (
            "customer",
            "contacts",
            [{"name": "Wu", "address": {"phone": "1"}}],
            [{"name": "Wu", "address": {"phone": "1"}}],
        ),
    ],
)
def test_a_cell_is_read_as_its_field(noun: str, field: str, cell: Any, kept: Any) -> None:
    assert saved(noun, **{field: cell}) == {field: kept}


@pytest.mark.parametrize(
    ("noun", "fields", "says"),
    [
        ("engineer", {"skills": "welding=good"}, "`skills.welding` must be a whole number, not `good`"),
        ("engineer", {"skills": "welding"}, "`skills` must be pairs, in a cell `a=3; b=2`, not `welding`"),
        ("engineer", {"capacity": "-1"}, "`capacity` must be greater than or equal to 0, not `-1`"),
        ("engineer", {"active": "perhaps"}, "`active` must be true or false, not `perhaps`"),
        ("engineer", {"location": "north"}, "`location` must be latitude and longitude"),
        ("engineer", {"location": "116.4, 39.9"}, "`location` must be latitude and longitude"),
        ("customer", {"contacts": [{"name": ""}]}, "`contacts.0.name` is empty"),
        ("customer", {"contacts": "Wu"}, "`contacts` must be a list, not `Wu`"),
        ("engineer", {"leave": "2026-12-05..2026-12-01"}, "it ends before it starts"),
        ("engineer", {"leave": "soon"}, "`soon` is not a time"),
        ("engineer", {"reigons": "beijing"}, "did you mean `regions`?"),
        ("asset", {"installed_at": "spring"}, "`spring` is not a time"),
        ("customer", {"contacts": [{"address": {}}]}, "`contacts.0.name` is missing"),
    ],
)
def test_a_cell_that_cannot_be_is_refused(noun: str, fields: dict[str, Any], says: str) -> None:
    assert says in refusal_of(lambda: saved(noun, **fields)).message


def test_what_is_empty_stays_as_it_was() -> None:
    floor = Floor()
    floor.save("engineer", "li", team="north", skills="a=1")
    floor.save("engineer", "li", team=" ", skills="", name="Li")
    document = record_of(floor.workspace.store, "engineer", "li")
    assert (document["team"], document["skills"], document["name"]) == ("north", {"a": 1}, "Li")


def test_what_is_to_go_is_taken_away() -> None:
    floor = Floor()
    floor.save("engineer", "li", team="north", skills="a=1", capacity="3")
    work = partial(save_record, noun="engineer", values={"id": "li", "capacity": "4"}, without=["team", "skills"])
    assert floor.do(lambda desk: work(desk)[1]) == "changed"
    document = record_of(floor.workspace.store, "engineer", "li")
    assert document.keys().isdisjoint({"team", "skills"})
    assert document["capacity"] == 4
    strange = partial(save_record, noun="engineer", values={"id": "li"}, without=["tem"])
    assert "did you mean `team`?" in refusal_of(lambda: floor.do(lambda desk: strange(desk)[1])).message


def test_created_changed_unchanged_and_refused_rows_are_told_apart() -> None:
    floor = Floor()
    floor.save("asset", "A", model="FT-1", installed_at="2026-01-05")
    floor.save("asset", "B", model="FT-1")
    rows: list[Any] = [
        (2, {"id": "A", "model": "FT-1", "installed_at": "2026-01-05"}),
        (3, {"id": "B", "model": "FT-2"}),
        (4, {"id": "C", "model": "FT-2"}),
        (5, {"id": "", "model": "FT-2"}),
        (6, {"id": "D", "installed_at": "spring"}),
        Refusal("bad-input", "line 7 has no end", details={"line": 7}),
    ]
    head = floor.workspace.store.head().sequence
    results = floor.do(lambda desk: import_records(desk, "asset", rows))
    outcomes = [(result["line"], result["id"], result["outcome"]) for result in results]
    assert outcomes == [
        (2, "A", "unchanged"),
        (3, "B", "changed"),
        (4, "C", "created"),
        (5, "", "refused"),
        (6, "D", "refused"),
        (7, "", "refused"),
    ]
    assert results[3]["error"] == "asset: `id` is missing"
    assert floor.workspace.store.head().sequence == head + 1
    assert next(iter(floor.workspace.store.history("assets", "A"))).kind == "created"
    [_, changed] = floor.workspace.store.history("assets", "B")
    assert (changed.kind, changed.set, changed.actor, changed.at) == (
        "changed",
        {"model": ("FT-1", "FT-2")},
        "lin",
        MONDAY,
    )


def test_the_same_file_twice_changes_nothing() -> None:
    floor = Floor()
    row = {
        "id": "li",
        "skills": "a=1; b=2",
        "location": "1.5, 2",
        "leave": "2026-12-01..2026-12-05",
        "address": "email=x",
        "active": "yes",
    }
    floor.do(lambda desk: import_records(desk, "engineer", [(2, row)]))
    head = floor.workspace.store.head()
    [result] = floor.do(lambda desk: import_records(desk, "engineer", [(2, row)]))
    assert result["outcome"] == "unchanged"
    assert floor.workspace.store.head() == head


def test_what_was_taken_in_is_what_the_model_reads() -> None:
    floor = Floor()
    floor.save("engineer", "li", skills="a=1", location="1.5, 2", leave="2026-12-01..2026-12-05", roles="chief")
    engineer = from_document(Engineer, record_of(floor.workspace.store, "engineer", "li"))
    assert (engineer.skills, engineer.location, engineer.roles, engineer.active) == (
        {"a": 1},
        (1.5, 2.0),
        ("chief",),
        True,
    )
    assert (engineer.leave[0].end - engineer.leave[0].start).days == 5


def test_a_record_that_is_not_there_is_refused() -> None:
    floor = Floor()
    refused = refusal_of(lambda: record_of(floor.workspace.store, "team", "x"))
    assert (refused.code, refused.message) == ("unknown-record", "there is no team `x`")


def test_ids_that_are_not_text_are_refused() -> None:
    floor = Floor()
    assert refusal_of(lambda: floor.do(lambda desk: save_record(desk, "team", {"id": 7}))).code == "bad-input"


@pytest.mark.parametrize(
    ("noun", "values", "found"),
    [
        ("engineer", {"capacity": "3"}, ["li"]),
        ("engineer", {"skills.welding": "2"}, ["li"]),
        ("engineer", {"regions": "beijing"}, ["li"]),
        ("engineer", {"active": "no"}, ["wu"]),
        ("engineer", {"active": "true", "team": "north"}, ["li"]),
        ("engineer", {"team": ""}, ["wu"]),
        ("engineer", {"regions": "", "capacity": ""}, ["wu"]),
        ("engineer", {"capacity": "three"}, []),
        ("asset", {"warranty_until": "2027-01-31"}, ["A"]),
        ("asset", {"warranty_until": "", "model": "FT-1"}, ["B"]),
    ],
)
def test_records_are_found_by_any_value_as_people_write_it(noun: str, values: dict[str, str], found: list[str]) -> None:
    floor = Floor()
    floor.save("engineer", "li", team="north", skills="welding=2", regions="beijing; tianjin", capacity="3")
    floor.save("engineer", "wu", active="false")
    floor.save("asset", "A", model="FT-1", warranty_until="2027-01-31")
    floor.save("asset", "B", model="FT-1")
    assert [record["id"] for record in find_records(floor.workspace, noun, values)] == found


def test_a_time_that_is_none_is_not_looked_for() -> None:
    assert (
        refusal_of(lambda: list(find_records(Floor().workspace, "asset", {"warranty_until": "soon"}))).code
        == "bad-time"
    )
