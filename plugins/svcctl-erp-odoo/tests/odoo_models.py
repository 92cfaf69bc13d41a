"""The models that the connector uses, as the documentation has them."""

from collections.abc import Mapping
from typing import Any

Record = dict[str, Any]
#: Fields by model; a field that holds a reference names its model, `*` stands for many.
FIELDS: Mapping[str, Mapping[str, str]] = {
    model: {field.partition(":")[0]: field.partition(":")[2] for field in fields.split()} | {"id": "", "write_date": ""}
    for model, fields in {
        "res.company": "name currency_id:res.currency",
        "res.currency": "name",
        "res.country.state": "name",
        "res.partner": "ref name phone email lang state_id:res.country.state active",
        "uom.uom": "name",
        "product.product": "default_code name display_name uom_id:uom.uom",
        "stock.location": "name complete_name usage",
        "stock.lot": "name product_id:product.product x_warranty_until",
        "stock.quant": "product_id:product.product location_id:stock.location quantity reserved_quantity",
        "stock.picking.type": "name",
        "stock.picking": "name state origin picking_type_id:stock.picking.type partner_id:res.partner "
        "location_id:stock.location location_dest_id:stock.location move_ids:*stock.move",
        "stock.move": "name state product_id:product.product product_uom_qty quantity picked picking_id:stock.picking "
        "location_id:stock.location location_dest_id:stock.location move_line_ids:*stock.move.line",
        "stock.move.line": "date state reference quantity product_id:product.product lot_id:stock.lot "
        "move_id:stock.move picking_id:stock.picking location_id:stock.location location_dest_id:stock.location",
        "account.journal": "code company_id:res.company",
        "account.account": "code name",
        "account.move": "name ref state move_type date journal_id:account.journal partner_id:res.partner "
        "currency_id:res.currency line_ids:*account.move.line invoice_line_ids:*account.move.line",
        "account.move.line": "name account_id:account.account debit credit quantity price_unit move_id:account.move",
        "helpdesk.ticket": "name description partner_id:res.partner stage_id:helpdesk.stage team_id:helpdesk.team",
        "helpdesk.stage": "name",
        "helpdesk.team": "name",
    }.items()
}
NUMBERS = {"product_uom_qty", "quantity", "debit", "credit", "price_unit"}
#: How a record shows itself in a reference.
SHOWN = {"stock.location": "complete_name", "product.product": "display_name", "stock.picking": "name"}
PARENT = {"stock.move": "picking_id", "stock.move.line": "move_id", "account.move.line": "move_id"}


class Refused(Exception):
    """An exception of Odoo's: the status of JSON-2, and its class."""

    def __init__(self, status: int, name: str, words: str) -> None:
        super().__init__(words)
        self.status, self.name = status, name
