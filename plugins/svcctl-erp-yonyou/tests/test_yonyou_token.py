"""The request for a token, and what goes with one, against the vendor's own Python SDK."""

import time
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stub_yonyou import KEY, SECRET
from svcctl_erp_yonyou.gateway import Gateway
from svcctl_erp_yonyou.token import Token, signature, token_url

EXAMPLE = "4q3w9eV1Lh08L1kzD1Rwoxy41Cw8gsJHrzZ1Z2P9e9k="
_SDK = "yonyouopenapisdk1 0.0.2"
#: The path of the SDK, which the gateway still takes; the documentation has a newer one.
_PATH = "/iuap-api-auth/open-auth/selfAppAuth/getAccessToken"
_SERVER = "https://c2.yonyoucloud.com"

Sent = tuple[str, str, Mapping[str, str], str | None]


def its_requests(key: str, secret: str, at: float) -> list[Sent]:
    """What the SDK sends for one call of the gateway: method, address, headers, body; first comes that for a token."""
    try:
        request_opt = import_module("yonbip_open_api_sdk.request_opt")
        token_opt = import_module("yonbip_open_api_sdk.token_opt")
        requests = import_module("requests")
    except ImportError:
        warnings.warn(f"not run: the token against {_SDK}, which is not installed", stacklevel=2)
        pytest.skip(f"{_SDK} is not installed")
    sent: list[Sent] = []

    class Answer:
        status_code = 200

        def json(self) -> Any:
            return {"code": "00000", "data": {"access_token": "t0ken", "expire": 7200}}

    def get(url: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        sent.append(("GET", requests.Request("GET", url, params=params).prepare().url, headers, None))
        return Answer()

    def post(url: str, headers: Mapping[str, str], data: str, params: None) -> Answer:
        sent.append(("POST", url, headers, data))
        return Answer()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(token_opt.requests, "get", get)
        patch.setattr(request_opt.requests, "post", post)
        patch.setattr(time, "time", lambda: at)
        info = {"app_key": key, "app_secret": secret, "token_url": _SERVER}
        url = f"{_SERVER}/iuap-api-gateway/yonbip/scm/storetransfer/list"
        request_opt.opt_self_app_request("post", url, {}, '{"pageIndex": 1}', None, info)
    return sent


def our_requests(key: str, secret: str, at: float) -> list[Sent]:
    """The same of this package; a body is shown as it would be sent."""
    sent: list[Sent] = []

    def call(method: str, url: str, headers: Mapping[str, str], content: Any = None, *, reads: bool = False) -> Any:
        name = {"Content-Type": "content-type"}
        shown = {name.get(each, each): value for each, value in headers.items()}
        sent.append((method, url, shown, None if content is None else '{"pageIndex": 1}'))
        if method == "GET":
            return {"code": "00000", "data": {"access_token": "t0ken", "expire": 7200}}
        return {"code": "200", "data": None}

    token = Token(call, lambda now: token_url(_SERVER, _PATH, key, secret, now), lambda: at)
    Gateway(call, _SERVER, token).post("/yonbip/scm/storetransfer/list", {"pageIndex": 1}, reads=True)
    return sent


def test_what_is_sent_is_what_the_sdk_sends() -> None:
    assert our_requests(KEY, SECRET, 1793581200.5) == its_requests(KEY, SECRET, 1793581200.5)


_NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=24)


@settings(max_examples=100, deadline=None)
@given(_NAMES, _NAMES, st.floats(0, 2**32))
def test_what_is_sent_is_what_the_sdk_sends_for_any_application(key: str, secret: str, at: float) -> None:
    theirs, ours = its_requests(key, secret, at), our_requests(key, secret, at)
    assert _read(ours) == _read(theirs)


def test_an_example_is_as_it_was_when_both_were_compared() -> None:
    """So that the signature stays where the SDK is not at hand."""
    assert signature(SECRET, {"timestamp": "1793581200500", "appKey": KEY}) == EXAMPLE


def _read(sent: list[Sent]) -> list[Any]:
    """With the query decoded: what may stand in it unquoted is a matter of taste."""
    from urllib.parse import parse_qsl, urlsplit

    return [
        (method, urlsplit(url)._replace(query=""), parse_qsl(urlsplit(url).query), headers, body)
        for method, url, headers, body in sent
    ]
