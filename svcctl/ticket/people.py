"""Who and what a service concerns: customers with their sites and assets, engineers and their teams."""

from collections.abc import Mapping
from datetime import datetime

from svcctl.foundation.record import Record

Point = tuple[float, float]
"""Latitude and longitude in degrees (WGS 84)."""


class Contact(Record):
    """Someone to speak to. `address` maps a channel (`email`, `phone`, `wecom`, ...) to where they are reached."""

    name: str
    address: Mapping[str, str] = {}


class Customer(Record):
    """客户. `tier` is the service level bought, such as `gold`."""

    id: str
    name: str = ""
    tier: str | None = None
    region: str | None = None
    contacts: tuple[Contact, ...] = ()
    language: str | None = None


class Site(Record):
    """现场. Where assets stand; `calendar` is the one in force there, where it is not the workspace's."""

    id: str
    name: str = ""
    customer: str | None = None
    region: str | None = None
    address: str | None = None
    location: Point | None = None
    calendar: str | None = None


class Product(Record):
    """产品. What the assets of one model have in common; its id is the model. `ratings` are its rated values, such as
    `filter_life` to `400 h`."""

    id: str
    name: str = ""
    line: str | None = None
    ratings: Mapping[str, str] = {}


class Asset(Record):
    """设备. One installed thing; its id is its serial number. `batch` (批次) is the production lot.

    `meters` are the last readings, such as `filter_hours` to `380 h`. `care_since` maps a care rule to the instant
    since when it is for this asset, `care_done` to its last occasion that was seen to; `care_wake_at` is the next
    instant at which time alone can bring one.
    """

    id: str
    model: str | None = None
    product_line: str | None = None
    batch: str | None = None
    customer: str | None = None
    site: str | None = None
    installed_at: datetime | None = None
    warranty_until: datetime | None = None
    contract_until: datetime | None = None
    meters: Mapping[str, str] = {}
    care_since: Mapping[str, str] = {}
    care_done: Mapping[str, str] = {}
    care_wake_at: datetime | None = None


class Leave(Record):
    """Absence from an instant until another."""

    start: datetime
    end: datetime


class Engineer(Record):
    """工程师, and anyone else who takes part: managers and directors are engineers with `roles`.

    `skills` maps a skill to its level (1 knows it, 2 works alone, 3 teaches it); `calendar` gives the
    shifts; `capacity` is how many open tickets one can carry.
    """

    id: str
    name: str = ""
    team: str | None = None
    skills: Mapping[str, int] = {}
    regions: tuple[str, ...] = ()
    calendar: str | None = None
    leave: tuple[Leave, ...] = ()
    capacity: int | None = None
    manager: str | None = None
    roles: tuple[str, ...] = ()
    location: Point | None = None
    address: Mapping[str, str] = {}
    active: bool = True


class Team(Record):
    """班组. `manager` is an engineer's id; `address` is where the team as a whole is reached."""

    id: str
    name: str = ""
    manager: str | None = None
    calendar: str | None = None
    address: Mapping[str, str] = {}
