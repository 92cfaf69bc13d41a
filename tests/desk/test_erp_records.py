"""What an ERP says comes into svcctl's records: asked for at intake, pulled, and compared with them."""

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from svcctl.desk.erp import erps
from svcctl.desk.erp_intake import Answer, ask_erps
from svcctl.desk.erp_pull import pull
from svcctl.desk.erp_status import out_of_step
from svcctl.desk.intake import open_ticket
from svcctl.desk.settings import load_settings
from svcctl.foundation.instant import stored
from svcctl.plugin_api import PullRequest, PullResult, PushResult
from svcctl.ticket.model import PlannedPart
from tests.desk.erp_floor import Stub, delivered, erp_floor, fault, planned, wanted
from tests.desk.floor import Floor, refusal_of


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace's folder with the files of an ERP in it."""
    (tmp_path / "erp").mkdir()
    tables = {
        "assets.csv": "id,model,batch,customer,site,sold_at,warranty_months\n008,X300,B9,C-2,S-9,2026-01-31,12\n",
        "customers.csv": "id,name,tier\nC-2,浦东路桥,gold\n",
        "history.csv": "asset,date,text\n008,2026-05-02,new filter\n",
    }
    for name, text in tables.items():
        (tmp_path / "erp" / name).write_text(text, encoding="utf-8")
    return tmp_path


# -------------------------------------------------------------------- intake


def answered(floor: Floor, home: Path, **values: Any) -> tuple[str, tuple[Answer, ...]]:
    """A ticket that is taken in with what the files of the ERP say."""
    floor.workspace.home = home
    new = {"type": "fault", "title": "black", "fields": {"symptom": "dark"}, **values}
    answers = ask_erps(floor.workspace, new, floor.now)
    return floor.do(lambda desk: open_ticket(desk, new, answers=answers).id), answers


def test_a_serial_number_says_the_rest(home: Path) -> None:
    floor = erp_floor(zone="Asia/Shanghai")
    id, _ = answered(floor, home, asset="008")
    ticket = floor.ticket(id)
    assert (ticket.customer, ticket.product_model, ticket.batch) == ("C-2", "X300", "B9")
    assert ticket.fields == {"symptom": "dark", "serial": "008", "batch": "B9", "model": "X300"}
    assert [(entry.kind, entry.outcome, entry.text) for entry in ticket.erp] == [("lookup", "found", "assets.csv:2")]
    store = floor.workspace.store
    assert (store.get("customers", "C-2") or {})["tier"] == "gold"
    assert (store.get("assets", "008") or {})["warranty_until"] == "2027-01-30T16:00:00Z"
    kept = store.get("erp_records", "main/asset/008") or {}
    assert (kept["asked_at"], kept["origin"]) == (stored(floor.now), "lookup")
    assert kept["history"] == [{"date": "2026-05-01T16:00:00Z", "text": "new filter"}]
    facts = floor.do(lambda desk: desk.facts(desk.ticket(id))["asset.under_warranty"])
    assert facts is True


def test_the_form_s_serial_is_asked_as_well_and_no_answer_twice(home: Path) -> None:
    floor = erp_floor()
    id, answers = answered(floor, home, fields={"symptom": "dark", "serial": "008"})
    assert (floor.ticket(id).asset, len(answers)) == ("008", 1)
    assert answered(floor, home, asset="008")[1] == ()
    floor.later(hours=25)
    assert len(answered(floor, home, asset="008")[1]) == 1


def test_an_asset_that_neither_knows_is_refused_and_no_serial_asks_nothing(home: Path) -> None:
    floor = erp_floor()
    floor.workspace.home = home
    assert refusal_of(lambda: answered(floor, home, asset="009")).code == "unknown-record"
    assert ask_erps(floor.workspace, {"type": "fault"}, floor.now) == ()


def test_an_erp_may_be_left_out_of_intake(home: Path) -> None:
    floor = erp_floor(intake=False)
    floor.workspace.home = home
    assert ask_erps(floor.workspace, {"asset": "008"}, floor.now) == ()


def test_an_erp_that_is_down_stops_no_intake_and_fills_in_later(home: Path) -> None:
    floor, erp = erp_floor(push=[]), Stub()
    floor.save("site", "S-1", name="north gate")
    (home / "erp").rename(home / "away")
    id, [answer] = answered(floor, home, asset="011")
    assert answer.failed
    assert (floor.ticket(id).asset, floor.ticket(id).batch) == ("011", None)
    assert [(entry.outcome, entry.kind) for entry in floor.ticket(id).erp] == [("failed", "lookup")]
    assert wanted(floor) == ["look up asset 011"]
    _, [again] = answered(floor, home, asset="012")
    assert again.text == "it did not answer a minute ago, and was not asked"
    floor.later(minutes=2)
    delivered(floor, erp)
    ticket = floor.ticket(id)
    assert (ticket.batch, ticket.customer, ticket.product_model) == ("B7", "C-1", "X200")
    assert ticket.erp[-1].outcome == "found"
    asset = floor.workspace.store.get("assets", "011") or {}
    assert asset["warranty_until"] == "2027-01-30T16:00:00Z"
    assert asset["installed_at"] == "2026-01-30T16:00:00Z"
    assert floor.history(id)[-1].kind == "looked_up"


def test_what_was_filled_in_by_hand_stays(home: Path) -> None:
    floor, erp = erp_floor(push=[]), Stub()
    (home / "erp").rename(home / "away")
    id, _ = answered(floor, home, asset="011", batch="mine", fields={"symptom": "dark"})
    delivered(floor, erp)
    assert floor.ticket(id).batch == "mine"


def test_a_plugin_that_is_not_there_stops_no_intake(tmp_path: Path) -> None:
    floor = erp_floor(plugin="no-such")
    id, [answer] = answered(floor, tmp_path, asset="007")
    assert answer.failed
    assert "no-such" in answer.text
    assert floor.ticket(id).customer == "C-1"


def test_how_long_an_answer_is_kept_is_elapsed_time() -> None:
    settings: Mapping[str, Any] = {"plugin": "files", "folder": "erp", "keep": "2bd"}
    known = load_settings(None, {}).replace(erp={"main": settings})
    assert refusal_of(lambda: list(erps(known))).message == "`erp.main.keep` is `2bd`"


# ----------------------------------------------------------- pull and status


def test_a_pull_brings_changes_once(home: Path) -> None:
    floor = erp_floor()
    floor.workspace.home = home

    def pulled(**how: Any) -> list[tuple[str, str]]:
        return [(item["id"], item["outcome"]) for item in pull(floor.workspace, floor.turn(), "main", **how)]

    assert pulled() == [("C-2", "created"), ("008", "created")]
    assert pulled() == []
    head = floor.workspace.store.get("erp", "main") or {}
    assert head["pulled_at"] == stored(floor.now)
    (home / "erp" / "customers.csv").write_text("id,name,tier\nC-3,new,gold\n")
    assert pulled() == [("C-3", "created"), ("C-2", "gone")]
    assert floor.workspace.store.get("customers", "C-2") is not None
    assert pulled(anew=True) == []


def test_status_shows_what_is_out_of_step(home: Path) -> None:
    floor = erp_floor(push=["complaint", "reservation"])
    floor.workspace.home = home
    list(pull(floor.workspace, floor.turn(), "main"))
    floor.later(hours=2)
    id = fault(floor)
    delivered(floor, Stub(lambda request: PushResult.rejected("no such customer")))
    planned(floor, id, PlannedPart("MB-1"))
    floor.save("asset", "008", batch="mine")
    (home / "erp" / "customers.csv").write_text("id,name\n")
    (home / "erp" / "assets.csv").write_text("id,model,batch\n008,X300,B9\n")
    list(pull(floor.workspace, floor.turn(), "main"))
    floor.save("asset", "008", batch="mine")
    floor.later(hours=1)
    told = [(item["what"], item["id"], item["text"]) for item in out_of_step(floor.workspace, floor.now)]
    assert told == [
        ("pulled", "main", ""),
        ("rejected", "M-000001", "open: black: no such customer"),
        ("pending", "M-000002", "reserve 1 MB-1"),
        ("gone", "customer C-2", "the ERP has no such record"),
        ("differs", "asset 008", "`batch` is `mine`, in the ERP `B9`"),
    ]
    assert next(out_of_step(floor.workspace, floor.now))["age_seconds"] == 3600


def test_a_record_that_cannot_be_taken_stops_no_other(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from svcctl.desk import erp_pull
    from svcctl.plugin_api import Change

    class Wrong(Stub):
        def pull(self, request: PullRequest) -> PullResult:
            changes = (Change("asset", "A", {"colour": "red"}), Change("asset", "B", {"model": "X"}))
            return PullResult(changes if request.cursor is None else (), "1")

    floor = erp_floor()
    monkeypatch.setattr(erp_pull, "connected", lambda *_: nullcontext(Wrong()))
    items = list(pull(floor.workspace, floor.turn(), "main"))
    assert [(item["id"], item["outcome"]) for item in items] == [("A", "refused"), ("B", "created")]
    assert [item["what"] for item in out_of_step(floor.workspace, floor.now)] == ["pulled", "refused"]


def test_a_pull_that_was_overtaken_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from svcctl.desk import erp_pull

    class Slow(Stub):
        def pull(self, request: PullRequest) -> PullResult:
            if request.cursor is None:
                monkeypatch.setattr(erp_pull, "connected", lambda *_: nullcontext(Stub()))
                list(pull(floor.workspace, floor.turn(), "main"))
            return PullResult((), "2")

    floor = erp_floor()
    monkeypatch.setattr(erp_pull, "connected", lambda *_: nullcontext(Slow()))
    assert refusal_of(lambda: list(pull(floor.workspace, floor.turn(), "main"))).code == "store-busy"
    assert (floor.workspace.store.get("erp", "main") or {})["cursor"] == "1"
