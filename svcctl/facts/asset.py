"""What a care rule may ask of an asset: an asset at one instant, with what it speaks of; the catalog; the collector."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from svcctl.clock.calendar import Calendar
from svcctl.facts.facts import Facts, plain_value
from svcctl.foundation.record import Record
from svcctl.language.types import INSTANT, TEXT, TRUTH, choice, quantity
from svcctl.language.vocabulary import Term
from svcctl.ticket.people import Asset, Customer, Product, Site


class AssetCase(Record):
    """An asset at `now`; days are those of `zone`, and `calendar`, where there is one, is in force at its site."""

    asset: Asset
    now: datetime
    zone: tzinfo
    product: Product | None = None
    customer: Customer | None = None
    site: Site | None = None
    calendar: Calendar | None = None


class AssetFact(Record):
    """`ask` answers from a case, None where the case does not say."""

    path: str
    term: Term
    ask: Callable[[AssetCase], Any]


def _of(part: str, name: str) -> Callable[[AssetCase], Any]:
    def ask(case: AssetCase) -> Any:
        holder = getattr(case, part)
        return None if holder is None else getattr(holder, name)

    return ask


def _before(name: str) -> Callable[[AssetCase], bool | None]:
    def ask(case: AssetCase) -> bool | None:
        until: datetime | None = getattr(case.asset, name)
        return None if until is None else case.now < until

    return ask


def _line(case: AssetCase) -> str | None:
    return case.asset.product_line or (case.product.line if case.product else None)


_OPTIONAL = True
_INSTALLED = Term(INSTANT, "when it was installed", _OPTIONAL)
_WARRANTY = Term(INSTANT, "when its warranty ends", _OPTIONAL)
_CONTRACT = Term(INSTANT, "when its service contract ends", _OPTIONAL)
_UNDER_WARRANTY = Term(TRUTH, "the warranty has not ended", _OPTIONAL)
_UNDER_CONTRACT = Term(TRUTH, "the service contract has not ended", _OPTIONAL)

#: A rule of care speaks of one asset, so its own days may be named without `asset.`.
ASSET_FACTS: tuple[AssetFact, ...] = (
    AssetFact("installed_at", _INSTALLED, _of("asset", "installed_at")),
    AssetFact("asset.installed_at", _INSTALLED, _of("asset", "installed_at")),
    AssetFact("warranty_until", _WARRANTY, _of("asset", "warranty_until")),
    AssetFact("asset.warranty_until", _WARRANTY, _of("asset", "warranty_until")),
    AssetFact("contract_until", _CONTRACT, _of("asset", "contract_until")),
    AssetFact("asset.contract_until", _CONTRACT, _of("asset", "contract_until")),
    AssetFact("under_warranty", _UNDER_WARRANTY, _before("warranty_until")),
    AssetFact("asset.under_warranty", _UNDER_WARRANTY, _before("warranty_until")),
    AssetFact("under_contract", _UNDER_CONTRACT, _before("contract_until")),
    AssetFact("asset.under_contract", _UNDER_CONTRACT, _before("contract_until")),
    AssetFact("asset.serial", Term(TEXT, "the serial number"), _of("asset", "id")),
    AssetFact("asset.batch", Term(choice(name="batch"), "the production lot", _OPTIONAL), _of("asset", "batch")),
    AssetFact("product.line", Term(choice(name="product line"), "the product line", _OPTIONAL), _line),
    AssetFact("product.model", Term(choice(name="model"), "the model", _OPTIONAL), _of("asset", "model")),
    AssetFact("product.name", Term(TEXT, "the product's name", _OPTIONAL), _of("product", "name")),
    AssetFact("customer.id", Term(choice(name="customer"), "the owner's id", _OPTIONAL), _of("asset", "customer")),
    AssetFact("customer.name", Term(TEXT, "the owner's name", _OPTIONAL), _of("customer", "name")),
    AssetFact("customer.tier", Term(choice(name="tier"), "the service bought", _OPTIONAL), _of("customer", "tier")),
    AssetFact(
        "customer.region", Term(choice(name="region"), "the owner's region", _OPTIONAL), _of("customer", "region")
    ),
    AssetFact("site.id", Term(choice(name="site"), "the site's id", _OPTIONAL), _of("asset", "site")),
    AssetFact("site.name", Term(TEXT, "the site's name", _OPTIONAL), _of("site", "name")),
    AssetFact("site.region", Term(choice(name="region"), "the site's region", _OPTIONAL), _of("site", "region")),
)
_ASK = {fact.path: fact.ask for fact in ASSET_FACTS}

#: `meter.NAME` is the last reading of a meter, `product.NAME` a rated value of the model.
ASSET_TERMS: Mapping[str, Term] = {
    **{fact.path: fact.term for fact in ASSET_FACTS},
    "meter.*": Term(quantity(""), "the last reading of a meter", _OPTIONAL),
    "product.*": Term(quantity(""), "a rated value of the model", _OPTIONAL),
}

#: The facts that change by time alone, and the instant at which they do.
ASSET_ENDS: Mapping[str, Callable[[AssetCase], datetime | None]] = {
    **dict.fromkeys(("under_warranty", "asset.under_warranty"), _of("asset", "warranty_until")),
    **dict.fromkeys(("under_contract", "asset.under_contract"), _of("asset", "contract_until")),
}


class AssetFacts(Facts):
    """The facts of one asset, worked out when first asked."""

    def __init__(self, of: AssetCase) -> None:
        super().__init__(None)
        self.of = of

    def __missing__(self, path: str) -> Any:
        value = self[path] = self._answer(path)
        return value

    def _answer(self, path: str) -> Any:
        ask = _ASK.get(path)
        if ask is not None:
            return ask(self.of)
        scope, _, name = path.partition(".")
        if scope == "meter":
            return plain_value(self.of.asset.meters.get(name))
        if scope == "product" and self.of.product is not None:
            return plain_value(self.of.product.ratings.get(name))
        return None
