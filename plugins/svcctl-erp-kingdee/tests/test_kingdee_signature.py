"""The signature against that of the vendor's own Python SDK, over the same times, paths and names."""

import time
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stub_kingdee import ACCOUNT, APP_ID, SECRET, USER
from svcctl_erp_kingdee.signature import Access, signed_headers, unveiled

KD = "Mjc1ZGRmZGRkZjdmZTU3MGZkOTFhMmM5NzczYjNmZTE1YzVmMmU2MmQ2ZTU0NzMxNTAwMjhiYWFlNGZjODNjNw=="
API = "NjdjYmUxYmU4Njc1NmYyZDZhMzY2MGNjYzliODllZmQwYzI0OGQxM2Q3NjMzYTMyMDk1MjY0MTMxMDY3NDY3Mw=="
_SDK = "kingdee.cdp.webapi.sdk 8.2.0"

#: The SDK writes both forms of a name; ours is one. What it adds names the SDK, or asks for what is the rule.
_ITS_OWN = {"Accept-Charset", "User-Agent", "Content-Type"}


def its_headers(access: Access, server: str, operation: str, at: float) -> tuple[str, Mapping[str, str]]:
    """Where the SDK would post, and with which headers, at a time."""
    try:
        webapi_client = import_module("k3cloud_webapi_sdk.core.webapi_client")
        sdk_class = import_module("k3cloud_webapi_sdk.main").K3CloudApiSdk
    except ImportError:
        warnings.warn(f"not run: the signature against {_SDK}, which is not installed", stacklevel=2)
        pytest.skip(f"{_SDK} is not installed")
    posted: list[tuple[str, Mapping[str, str]]] = []

    class Answer:
        status_code, text = 200, "{}"
        cookies: Mapping[str, str] = {}
        headers: Mapping[str, str] = {}

    def post(url: str, headers: Mapping[str, str], **_: Any) -> Answer:
        posted.append((url, headers))
        return Answer()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webapi_client.requests, "post", post)
        patch.setattr(time, "time", lambda: at)
        sdk = sdk_class(server)
        sdk.InitConfig(
            access.account,
            access.user,
            access.app_id,
            access.app_secret,
            server,
            lcid=access.language,
            org_num=access.organization,
        )
        sdk.Execute(f"Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.{operation}", {"formid": "x", "data": {}})
    [found] = posted
    return found


def expect_the_same(access: Access, server: str, operation: str, at: int) -> None:
    url, headers = its_headers(access, server, operation, at)
    assert url == f"{server.rstrip('/')}/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.{operation}.common.kdsvc"
    ours = signed_headers(access, url, at, str(at))
    assert ours == {name: value for name, value in headers.items() if name not in _ITS_OWN}


def test_the_headers_are_those_of_the_sdk() -> None:
    expect_the_same(Access(ACCOUNT, USER, APP_ID, SECRET), "https://erp.example.org/k3cloud/", "Save", 1793581200)


_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NAMES = st.text(st.characters(codec="utf-8", exclude_characters=","), min_size=1, max_size=20)
_VEILED = st.text(_BASE64, min_size=32, max_size=32) | st.text(_BASE64 + "=_-!", max_size=40)


@settings(max_examples=60, deadline=None)
@given(
    account=_NAMES,
    user=_NAMES,
    client=st.text("0123456789", max_size=8),
    veiled=_VEILED,
    secret=_NAMES,
    path=st.sampled_from(["/k3cloud", "/k3cloud/", "/星空/k3cloud", "/a b/~c", "/K3Cloud//x"]),
    operation=st.sampled_from(["Save", "Submit", "Audit", "View", "ExecuteBillQuery"]),
    language=st.sampled_from([1033, 2052, 3076]),
    organization=st.integers(0, 200_000),
    at=st.integers(0, 2**32),
)
def test_the_headers_are_those_of_the_sdk_for_any_names(
    account: str,
    user: str,
    client: str,
    veiled: str,
    secret: str,
    path: str,
    operation: str,
    language: int,
    organization: int,
    at: int,
) -> None:
    access = Access(account, user, f"{client}_{veiled}", secret, language, organization)
    expect_the_same(access, f"https://erp.example.org{path}", operation, at)


def test_an_example_is_as_it_was_when_both_were_compared() -> None:
    """So that the signature stays where the SDK is not at hand."""
    url = "https://erp.example.org/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.Save.common.kdsvc"
    headers = signed_headers(Access(ACCOUNT, USER, APP_ID, SECRET), url, 1793581200, "1793581200")
    assert headers["X-Kd-Signature"] == KD
    assert headers["X-Api-Signature"] == API


@pytest.mark.parametrize("veiled", ["", "short", "!" * 32, "A" * 33])
def test_what_is_no_veiled_secret_unveils_to_nothing(veiled: str) -> None:
    assert unveiled(veiled) == ""
