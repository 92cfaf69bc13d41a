"""When a token is asked for, kept, replaced, and how it is sent."""

from pathlib import Path

import pytest
from stub_yonyou import FIRST, KEY, Refused, YonyouStub
from svcctl_erp_yonyou import YonyouConnector
from yonyou_connect import CONFIG, yonyou

from svcctl.extension.config import read_config
from svcctl.plugin_api import LookupRequest
from svcctl.testing.connector import COST, push
from svcctl.testing.stub import Fault


def test_a_token_is_kept_until_it_ends(stub: YonyouStub) -> None:
    erp = yonyou(stub)
    for _ in range(3):
        erp.lookup(LookupRequest("part", "P-1"))
    stub.clock += 7100
    erp.lookup(LookupRequest("part", "P-1"))
    assert len(stub.tokens) == 1
    stub.clock += 60
    erp.lookup(LookupRequest("part", "P-1"))
    assert len(stub.tokens) == 2


def test_a_token_that_was_taken_back_is_replaced_once_and_nothing_is_done_twice(stub: YonyouStub) -> None:
    erp = yonyou(stub)
    erp.lookup(LookupRequest("part", "P-1"))
    stub.tokens.clear()
    stub.tokens["other"] = 0
    assert push(erp, "cost", COST).outcome == "done"
    assert len(stub.vouchers) == 1
    stub.refuse["fi/ficloud/openapi/voucher/addVoucher"] = Refused("310036", "非法token")
    stub.meet({})
    result = push(erp, "cost", COST, "k2")
    assert (result.outcome, result.code) == ("rejected", "310036")
    assert len(stub.seen) == 3, "refused, a token, refused again"


@pytest.mark.parametrize(
    ("fault", "outcome"), [("busy", "retry"), ("lost", "retry"), ("garbage", "retry"), ("denied", "rejected")]
)
def test_a_push_without_a_token_has_no_effect(stub: YonyouStub, fault: Fault, outcome: str) -> None:
    stub.meet({1: fault})
    assert push(yonyou(stub), "cost", COST).outcome == outcome
    assert len(stub.seen) == 1


def test_a_token_goes_in_the_address_only_where_that_is_wanted(stub: YonyouStub) -> None:
    yonyou(stub).lookup(LookupRequest("part", "P-1"))
    yonyou(stub, token_in="address").lookup(LookupRequest("part", "P-1"))
    _, first, _, second = stub.seen
    assert (first.query, first.headers["access_token"]) == ({}, f"{FIRST}0")
    assert (second.query, second.headers.get("access_token")) == ({"access_token": f"{FIRST}1"}, None)


def test_a_wrong_secret_is_told_by_the_check(stub: YonyouStub) -> None:
    values = {"url": stub.url, **CONFIG}
    environment = {"KEY": KEY, "SECRET": "hunter2"}
    read = read_config(YonyouConnector.Config, values, place="erp.main", home=Path(), environment=environment)
    health = YonyouConnector(read, lambda: stub.clock).check()
    assert (health.ok, health.text) == (False, "no access token was given: 签名错误")
