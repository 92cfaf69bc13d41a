"""Assets: what rules of care ask of them, since when each rule is for one, and when its next occasion comes."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from svcctl.decision.care import asset_since, asset_wake, cares_for
from svcctl.desk.desk import Desk
from svcctl.desk.reading_desk import Lookup, ReadingDesk
from svcctl.desk.tables import ASSETS
from svcctl.facts.asset import AssetCase, AssetFacts
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import stored
from svcctl.store.contract import Where
from svcctl.ticket.document import from_document
from svcctl.ticket.event import Document, Event, changes
from svcctl.ticket.people import Asset

#: The field of assets by which a record of another noun concerns them.
_CONCERNED_BY = {"customer": "customer", "site": "site", "product": "model"}


def asset_of(desk: Desk, id: str) -> Asset:
    """The asset. Raises Refusal `unknown-record`."""
    return from_document(Asset, _document(desk, id))


def remembering(desk: ReadingDesk) -> Lookup:
    """What the desk knows, each record looked up once: for many assets, while records do not change."""
    return cache(desk.known)


def asset_facts(desk: ReadingDesk, asset: Asset, known: Lookup | None = None) -> AssetFacts:
    """The asset with what it speaks of, as `known` finds it, or else the desk; days are those of its site's calendar,
    or else of the workspace."""
    known = known or desk.known
    site = known("sites", asset.site)
    calendar = desk.rulebook.calendar(site.calendar if site else None)
    return AssetFacts(
        AssetCase(
            asset,
            desk.now,
            calendar.zone_info if calendar else desk.workspace.zone,
            product=known("products", asset.model),
            customer=known("customers", asset.customer),
            site=site,
            calendar=calendar,
        )
    )


def follow_asset(desk: Desk, id: str, known: Lookup | None = None) -> None:
    """Record since when each rule is for an asset, and when its next occasion comes, where that has changed.

    Where it cannot be said now, because rules or calendar are broken, every sweep looks again, and tells so.
    """
    asset = asset_of(desk, id)
    try:
        if cares_for(desk.rulebook, "asset") or asset.care_wake_at is not None:
            facts = asset_facts(desk, asset, known)
            record_care(desk, facts, asset.replace(care_since=asset_since(desk.rulebook, facts)), "watched")
    except Refusal:
        _record(desk, id, "watched", {"care_wake_at": stored(desk.now)})


def follow_record(desk: Desk, noun: str, id: str) -> None:
    """Follow the assets that a change of a record concerns: a reading or a rated value may make something due."""
    concerned: Iterable[str] = (id,) if noun == "asset" else ()
    if noun in _CONCERNED_BY:
        found = desk.transaction.find(ASSETS, Where(_CONCERNED_BY[noun], "==", id))
        concerned = [document["id"] for document in found]
    for asset in concerned:
        follow_asset(desk, asset)


def record_care(
    desk: Desk,
    facts: AssetFacts,
    asset: Asset,
    kind: str,
    rule: str | None = None,
    why: Mapping[str, Any] | None = None,
) -> None:
    """Record the care of the asset of `facts` as it is now, with its next instant; without reasons only where it has
    changed."""
    wake = asset_wake(desk.rulebook, AssetFacts(facts.of.replace(asset=asset)))
    new = {
        "care_since": dict(asset.care_since) or None,
        "care_done": dict(asset.care_done) or None,
        "care_wake_at": stored(wake) if wake else None,
    }
    _record(desk, asset.id, kind, new, rule, why)


def read_meters(desk: Desk, id: str, readings: Mapping[str, str]) -> Document:
    """Record readings of an asset's meters; the asset afterwards. Raises Refusal `unknown-record`, `bad-input`."""
    from svcctl.facts.facts import plain_value

    for name, value in readings.items():
        if isinstance(plain_value(value), str):
            raise Refusal(
                "bad-input", f"`{name}` is read as a number, with a unit where it has one, not `{value}`", help="380 h"
            )
    meters = _document(desk, id).get("meters", {})
    _record(desk, id, "read", {"meters": {**meters, **readings}})
    follow_record(desk, "asset", id)
    return _document(desk, id)


def _record(
    desk: Desk,
    id: str,
    kind: str,
    new: Mapping[str, Any],
    rule: str | None = None,
    why: Mapping[str, Any] | None = None,
) -> None:
    changed = changes(_document(desk, id), new)
    if changed or why is not None:
        desk.transaction.record(Event(ASSETS, id, kind, desk.now, desk.actor, changed, rule=rule, why=why))


def _document(desk: Desk, id: str) -> Document:
    document = desk.transaction.get(ASSETS, id)
    if document is None:
        raise Refusal("unknown-record", f"there is no asset `{id}`", help="`svcctl asset list` shows them")
    return document
