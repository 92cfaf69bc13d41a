"""Where a ticket keeps what rules call by another name."""

from collections.abc import Mapping

from svcctl.facts.catalog import FACTS

#: Fields of a ticket by the facts that they answer, and by the things that they name.
_FIELDS: Mapping[str, str] = {
    "customer": "customer",
    "site": "site",
    "asset": "asset",
    "product.line": "product_line",
    "product.model": "product_model",
    "site.region": "region",
    "site.id": "site",
    "customer.id": "customer",
    "asset.serial": "asset",
    "asset.batch": "batch",
}
#: Fields of a ticket that its asset answers, by the asset's own.
FROM_ASSET: Mapping[str, str] = {
    "product_line": "product_line",
    "product_model": "model",
    "batch": "batch",
    "site": "site",
    "customer": "customer",
}
_CATALOG = frozenset(fact.path for fact in FACTS)


def ticket_field(path: str) -> str:
    """The dotted field of ticket documents that holds a fact; what is not in the catalog is an answer to a form."""
    if path in _FIELDS:
        return _FIELDS[path]
    return path if path in _CATALOG or path.startswith("environment.") else f"fields.{path}"
