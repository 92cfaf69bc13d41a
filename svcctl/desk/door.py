"""The door: what comes in from outside, checked once. Unknown keys are refused, text is stripped."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from svcctl.foundation.errors import Refusal, nearest

#: Latitude and longitude in degrees; most that are swapped are seen by the bounds.
Point = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]


class Door(BaseModel):
    """What is refused and stripped at every door; each subclass says what a record or ticket may be told."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ContactInput(Door):
    name: str = Field(min_length=1)
    address: dict[str, str] = {}


class CustomerInput(Door):
    id: str = Field(min_length=1)
    name: str = ""
    tier: str | None = None
    region: str | None = None
    contacts: list[ContactInput] = []
    language: str | None = None


class SiteInput(Door):
    id: str = Field(min_length=1)
    name: str = ""
    customer: str | None = None
    region: str | None = None
    address: str | None = None
    location: Point | None = None
    calendar: str | None = None


class ProductInput(Door):
    id: str = Field(min_length=1)
    name: str = ""
    line: str | None = None
    ratings: dict[str, str] = {}


class AssetInput(Door):
    id: str = Field(min_length=1)
    model: str | None = None
    product_line: str | None = None
    batch: str | None = None
    customer: str | None = None
    site: str | None = None
    installed_at: datetime | None = None
    warranty_until: datetime | None = None
    contract_until: datetime | None = None
    meters: dict[str, str] = {}


class LeaveInput(Door):
    start: datetime
    end: datetime

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> Self:
        if (self.start.tzinfo is None) == (self.end.tzinfo is None) and self.end <= self.start:
            raise ValueError("it ends before it starts")
        return self


class EngineerInput(Door):
    id: str = Field(min_length=1)
    name: str = ""
    team: str | None = None
    skills: dict[str, int] = {}
    regions: list[str] = []
    calendar: str | None = None
    leave: list[LeaveInput] = []
    capacity: int | None = Field(default=None, ge=0)
    manager: str | None = None
    roles: list[str] = []
    location: Point | None = None
    address: dict[str, str] = {}
    active: bool = True


class TeamInput(Door):
    id: str = Field(min_length=1)
    name: str = ""
    manager: str | None = None
    calendar: str | None = None
    address: dict[str, str] = {}


class TicketInput(Door):
    title: str = ""
    description: str = ""
    type: str | None = None
    channel: str | None = None
    mode: Literal["on_site", "remote", "mail_in"] | None = None
    urgency: Literal["low", "medium", "high"] | None = None
    impact: Literal["low", "medium", "high"] | None = None
    priority: Literal["low", "normal", "high", "urgent"] | None = None
    occurred_at: datetime | None = None
    reported_at: datetime | None = None
    expected_at: datetime | None = None
    customer: str | None = None
    contact: ContactInput | None = None
    site: str | None = None
    asset: str | None = None
    product_line: str | None = None
    product_model: str | None = None
    batch: str | None = None
    region: str | None = None
    fields: dict[str, Any] = {}
    environment: dict[str, Any] = {}
    tags: list[str] = []
    external: str | None = None


D = TypeVar("D", bound=Door)
#: What pydantic's types are called by people who fill in cells.
_WANTED: Mapping[str, str] = {
    "bool": "true or false",
    "datetime": "a time, such as `2026-11-23T09:00:00+08:00`",
    "dict": "pairs, in a cell `a=3; b=2`",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "model": "an object",
    "string": "text",
}
#: Characters of a wrong value that a message repeats.
_MOST_SHOWN = 100


def admit(kind: type[D], values: Any, what: str) -> D:
    """The checked input of `what` (words for the message, such as `asset 007`).

    Raises Refusal `bad-input` naming every field that is wrong and what it should be.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as refused:
        problems = list(dict.fromkeys(_in_words(kind, problem) for problem in refused.errors(include_url=False)))
        raise Refusal("bad-input", f"{what}: " + "; ".join(problems), details={"problems": problems}) from None


def _in_words(kind: type[Door], problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"]) or "it"
    if problem["type"] == "extra_forbidden":
        meant = nearest(place, set(kind.model_fields))
        return f"there is no field `{place}`" + (f", did you mean `{meant}`?" if meant else "")
    if problem["loc"][:1] == ("location",):
        return f"`location` must be latitude and longitude in degrees, such as `39.9, 116.4`{_given(problem)}"
    if problem["type"] == "missing":
        return f"`{place}` is missing"
    if problem["type"] == "string_unicode":
        return f"`{place}` holds bytes that are no UTF-8 text"
    if problem["type"] == "string_too_short":
        return f"`{place}` is empty"
    words = problem["msg"].removeprefix("Value error, ")
    wanted = _WANTED.get(problem["type"].partition("_")[0])
    if wanted is None and words.startswith("Input should be "):
        wanted = words.removeprefix("Input should be ").replace("'", "`")
    if wanted is not None:
        return f"`{place}` must be {wanted}{_given(problem)}"
    return f"`{place}`: {words[:1].lower()}{words[1:]}{_given(problem)}"


def _given(problem: Any) -> str:
    given = problem.get("input")
    if not isinstance(given, str | int | float):
        return ""
    text = str(given)
    return f", not `{text if len(text) <= _MOST_SHOWN else f'{text[:_MOST_SHOWN]}…'}`"


DOORS: Mapping[str, type[Door]] = {
    "customers": CustomerInput,
    "sites": SiteInput,
    "products": ProductInput,
    "assets": AssetInput,
    "engineers": EngineerInput,
    "teams": TeamInput,
}
