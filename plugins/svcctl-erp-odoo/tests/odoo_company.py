"""What a company has in its Odoo before a test."""

from collections.abc import Mapping

from odoo_models import Record

SEED: Mapping[str, list[Record]] = {
    "res.currency": [{"id": 6, "name": "CNY"}, {"id": 1, "name": "EUR"}],
    "res.company": [{"id": 1, "name": "安程科技", "currency_id": 6}],
    "res.country.state": [{"id": 50, "name": "北京"}],
    "res.partner": [
        {
            "id": 10,
            "ref": "C-1",
            "name": "华北建设",
            "phone": "010-55550100",
            "email": False,
            "lang": "zh_CN",
            "state_id": 50,
            "active": True,
        },
        {"id": 9, "ref": "C-2", "name": "Beta", "phone": False, "email": False, "lang": False, "active": False},
        {"id": 11, "ref": False, "name": "Nobody", "phone": False, "email": False, "lang": False, "active": True},
    ],
    "uom.uom": [{"id": 1, "name": "件"}],
    "product.product": [
        {"id": 21, "default_code": "P-1", "name": "显示屏", "display_name": "[P-1] 显示屏", "uom_id": 1},
        {"id": 22, "default_code": "P-2", "name": "垫圈", "display_name": "[P-2] 垫圈", "uom_id": 1},
        {"id": 23, "default_code": False, "name": "门禁", "display_name": "门禁", "uom_id": 1},
    ],
    "stock.location": [
        {"id": 8, "name": "main", "complete_name": "main", "usage": "internal"},
        {"id": 9, "name": "van-7", "complete_name": "WH/van-7", "usage": "internal"},
        {"id": 5, "name": "Customers", "complete_name": "Partners/Customers", "usage": "customer"},
    ],
    "stock.quant": [
        {"product_id": 21, "location_id": 8, "quantity": 100000.0, "reserved_quantity": 0},
        {"product_id": 21, "location_id": 9, "quantity": 2.5, "reserved_quantity": 0},
        {"product_id": 21, "location_id": 5, "quantity": 77.0, "reserved_quantity": 0},
    ],
    "stock.picking.type": [{"id": 2, "name": "Delivery Orders"}],
    "stock.lot": [
        {"id": 31, "name": "S-1", "product_id": 22, "x_warranty_until": False},
        {"id": 32, "name": "S-2", "product_id": 21, "x_warranty_until": False},
        {
            "id": 33,
            "name": "S-3",
            "product_id": 23,
            "x_warranty_until": "2027-03-31",
        },
    ],
    "stock.move.line": [
        {
            "date": "2024-01-30 17:00:00",
            "state": "done",
            "reference": "WH/OUT/00001",
            "product_id": 22,
            "lot_id": 31,
            "location_dest_id": 5,
            "move_id": False,
            "picking_id": 61,
        },
        {
            "date": "2024-01-29 17:00:00",
            "state": "done",
            "reference": "WH/INT/00001",
            "product_id": 22,
            "lot_id": 31,
            "location_dest_id": 8,
            "move_id": False,
        },
    ],
    "stock.picking": [{"id": 61, "name": "WH/OUT/00001", "state": "done", "origin": "S00001", "partner_id": 10}],
    "account.journal": [{"id": 3, "code": "MISC", "company_id": 1}],
    "account.account": [{"id": 40 + n, "code": code} for n, code in enumerate(("660105", "660199", "221100"))],
    "helpdesk.stage": [{"id": 1, "name": "New"}, {"id": 4, "name": "Solved"}],
    "helpdesk.team": [{"id": 1, "name": "售后"}],
}
