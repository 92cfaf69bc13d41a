"""A demo company in an empty Tryton database, made by JSON-RPC as a person would by hand.

华北净水 sells water purifiers: `C-1` bought `S-1` and `S-3` (model X200); `P-1` is a part in the storage `STO` and in
the van `VAN-7`, of which the lot `S-2` has a serial number; `P-2` is one by the metre.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from svcctl_erp_tryton.rpc import RpcDoor

KEY = "svcctl-test-key-0123456789abcdef"
USER, PASSWORD = "svcctl", "a-long-Passw0rd-of-tests"
GROUPS = ("Sales", "Stock", "Accounting", "Party Administration")
SOLD = {"S-1": date(2024, 3, 31), "S-3": date(2026, 2, 14)}


class Company:
    """Makes the company, and keeps the ids of what it made by a name."""

    def __init__(self, door: RpcDoor) -> None:
        self._door = door
        self._ids: dict[str, int] = {}

    def build(self, today: date) -> None:
        self._company()
        self._accounts(today)
        self._parties()
        self._products()
        self._stock()
        for serial, day in SOLD.items():
            self._sale("C-1", "X200", serial, day)
        self._complaint_type()
        self._user()

    def _make(self, name: str, model: str, values: Mapping[str, Any]) -> int:
        self._ids[name] = self._door.create(model, values)
        return self._ids[name]

    def _one(self, model: str, *domain: Sequence[Any]) -> int:
        [row] = self._door.read(model, list(domain), ["id"])
        return int(row["id"])

    def _press(self, model: str, id: int, *buttons: str) -> None:
        for button in buttons:
            self._door.press(model, id, button)

    def _company(self) -> None:
        cny = self._make(
            "CNY",
            "currency.currency",
            {"name": "人民币", "code": "CNY", "symbol": "¥", "digits": 2, "rounding": Decimal("0.01")},
        )
        self._door.create("currency.currency.rate", {"currency": cny, "rate": Decimal(1), "date": date(2020, 1, 1)})
        party = self._door.create("party.party", {"name": "华北净水设备有限公司", "code": "OWN"})
        company = self._make("company", "company.company", {"party": party, "currency": cny})
        admin = self._one("res.user", ("login", "=", "admin"))
        self._door.write("res.user", admin, {"companies": [["add", [company]]], "company": company})
        self._door.close()

    def _accounts(self, today: date) -> None:
        self._chart()
        kinds = self._door.read("ir.sequence.type", [("name", "in", ["Account Move", "Invoice"])], ["name"])
        types = {row["name"]: row["id"] for row in kinds}
        for year in (today.year, today.year + 1):
            sequences = {
                name: self._door.create(
                    "ir.sequence.strict",
                    {"name": f"{name} {year}", "sequence_type": kind, "company": self._ids["company"]},
                )
                for name, kind in types.items()
            }
            invoices = ("out_invoice", "in_invoice", "out_credit_note", "in_credit_note")
            fiscal_year = self._door.create(
                "account.fiscalyear",
                {
                    "name": str(year),
                    "start_date": date(year, 1, 1),
                    "end_date": date(year, 12, 31),
                    "company": self._ids["company"],
                    "move_sequence": sequences["Account Move"],
                    "invoice_sequences": [
                        [
                            "create",
                            [
                                {
                                    "company": self._ids["company"],
                                    **{f"{each}_sequence": sequences["Invoice"] for each in invoices},
                                }
                            ],
                        ]
                    ],
                },
            )
            self._press("account.fiscalyear", fiscal_year, "create_period")
        self._make(
            "at once",
            "account.invoice.payment_term",
            {"name": "立即付款", "lines": [["create", [{"type": "remainder"}]]]},
        )

    def _parties(self) -> None:
        vip = self._door.create("party.category", {"name": "VIP"})
        chinese = self._one("ir.lang", ("code", "=", "zh_CN"))
        contacts = (
            ("phone", "+86 10 5555 0100", None),
            ("email", "li.na@huabei.example", "李娜"),
            ("mobile", "13800000000", "李娜"),
            ("fax", "+86 10 5555 0101", None),
        )
        for code, name, reached, more in (
            ("C-1", "华北建设集团", contacts, {"lang": chinese, "categories": [["add", [vip]]]}),
            ("C-2", "Müller Wasser GmbH", (), {}),
            ("SUP-1", "滤芯厂", (), {}),
        ):
            mechanisms = [{"type": kind, "value": value, "name": person} for kind, value, person in reached]
            address = {"street": "朝阳路 1 号", "postal_code": "100020", "city": "北京"}
            self._make(
                code,
                "party.party",
                {
                    "name": name,
                    "code": code,
                    "addresses": [["create", [address]]],
                    "contact_mechanisms": [["create", mechanisms]],
                    **more,
                },
            )

    def _products(self) -> None:
        unit = self._ids["unit"] = self._one("product.uom", ("symbol", "=", "u"))
        metre = self._one("product.uom", ("symbol", "=", "m"))
        category = self._door.create(
            "product.category",
            {
                "name": "备件与设备",
                "accounting": True,
                "account_revenue": self._ids["revenue"],
                "account_expense": self._ids["expense"],
            },
        )
        for code, name, price, more in (
            ("X200", "净水器 X200", "3999", {"salable": True, "sale_uom": unit}),
            ("P-1", "显示板", "120", {}),
            ("P-2", "密封条", "3", {"default_uom": metre}),
            ("P-3", "稀有泵", "900", {}),
        ):
            template = self._door.create(
                "product.template",
                {
                    "name": name,
                    "code": code,
                    "type": "goods",
                    "default_uom": unit,
                    "list_price": Decimal(price),
                    "account_category": category,
                    "products": [["create", [{}]]],
                    **more,
                },
            )
            self._ids[code] = self._one("product.product", ("template", "=", template))
        self._ids["metre"] = metre

    def _stock(self) -> None:
        for code in ("WH", "IN", "STO", "SUP", "OUT"):
            self._ids[code] = self._one("stock.location", ("code", "=", code))
        self._make(
            "VAN-7",
            "stock.location",
            {"name": "7号车", "code": "VAN-7", "type": "storage", "parent": self._ids["WH"]},
        )
        for product, place, quantity, lot in (
            ("P-1", "STO", 200, None),
            ("P-1", "STO", 5, "S-2"),
            ("P-1", "VAN-7", 3, None),
            ("P-2", "STO", 12, None),
            ("P-2", "VAN-7", 0.5, None),
            ("P-3", "STO", 1, None),
        ):
            move = self._received(product, quantity, lot, place)
            self._press("stock.move", self._door.create("stock.move", move), "do")
        moves = [self._received("X200", 1, lot, "IN") for lot in ("S-1", "S-3", "S-4")]
        receipt = self._door.create(
            "stock.shipment.in",
            {
                "company": self._ids["company"],
                "supplier": self._ids["SUP-1"],
                "reference": "GH-2024-01",
                "effective_date": date(2024, 1, 5),
                "warehouse": self._ids["WH"],
                "warehouse_input": self._ids["IN"],
                "warehouse_storage": self._ids["STO"],
                "incoming_moves": [["create", moves]],
            },
        )
        self._press("stock.shipment.in", receipt, "receive", "do")

    def _received(self, product: str, quantity: float, lot: str | None, place: str) -> dict[str, Any]:
        """A move from a supplier."""
        if lot is not None:
            self._make(lot, "stock.lot", {"number": lot, "product": self._ids[product]})
        return {
            "product": self._ids[product],
            "unit": self._ids["metre" if product == "P-2" else "unit"],
            "quantity": float(quantity),
            "lot": self._ids[lot] if lot is not None else None,
            "from_location": self._ids["SUP"],
            "to_location": self._ids[place],
            "company": self._ids["company"],
            "currency": self._ids["CNY"],
            "unit_price": Decimal(10),
            "effective_date": date(2024, 1, 5),
        }

    def _sale(self, customer: str, product: str, serial: str, day: date) -> None:
        [party] = self._door.read("party.party", [("id", "=", self._ids[customer])], ["addresses"])
        line = {
            "type": "line",
            "product": self._ids[product],
            "unit": self._ids["unit"],
            "quantity": 1.0,
            "unit_price": Decimal("3999"),
        }
        sale = self._make(
            f"sale of {serial}",
            "sale.sale",
            {
                "party": self._ids[customer],
                "company": self._ids["company"],
                "currency": self._ids["CNY"],
                "sale_date": day,
                "invoice_address": party["addresses"][0],
                "shipment_address": party["addresses"][0],
                "payment_term": self._ids["at once"],
                "warehouse": self._ids["WH"],
                "invoice_method": "manual",
                "shipment_method": "order",
                "lines": [["create", [line]]],
            },
        )
        self._press("sale.sale", sale, "quote", "confirm")
        [shipment] = self._door.read("stock.shipment.out", [("moves.origin.sale", "=", sale, "sale.line")], ["state"])
        self._ship(shipment["id"], serial, day + timedelta(days=3))

    def _ship(self, shipment: int, serial: str, day: date) -> None:
        self._press("stock.shipment.out", shipment, "wait")
        moves = self._door.read("stock.move", [("shipment", "=", f"stock.shipment.out,{shipment}")], ["to_location"])
        for move in moves:
            lot = {"lot": self._ids[serial]} if move["to_location"] == self._ids["OUT"] else {}
            self._door.write("stock.move", move["id"], {"effective_date": day, **lot})
        self._door.write("stock.shipment.out", shipment, {"effective_date": day})
        self._press("stock.shipment.out", shipment, "assign_try", "pick", "pack", "do")

    def _complaint_type(self) -> None:
        origin = self._one("ir.model", ("name", "=", "sale.sale"))
        self._door.create("sale.complaint.type", {"name": "售后工单", "origin": origin})

    def _user(self) -> None:
        groups = [row["id"] for row in self._door.read("res.group", [("name", "in", list(GROUPS))], ["id"])]
        user = self._door.create(
            "res.user",
            {
                "name": "svcctl",
                "login": USER,
                "password": PASSWORD,
                "companies": [["add", [self._ids["company"]]]],
                "company": self._ids["company"],
                "groups": [["add", groups]],
            },
        )
        self._door.create("res.user.application", {"user": user, "application": "rest", "key": KEY})

    def _chart(self) -> None:
        """The steps of the wizard that makes a chart of accounts."""
        wizard, company = "wizard.account.create_chart", {"company": self._ids["company"]}
        session = self._door.ask(f"{wizard}.create", [])[0]
        template = self._one("account.account.template", ("parent", "=", None))
        chart = {"account": {**company, "account_template": template}}
        self._door.ask(f"{wizard}.execute", [session, chart, "create_account"])
        for kind in ("receivable", "payable", "revenue", "expense"):
            domain = [
                (f"type.{kind}", "=", True),
                ("party_required", "=", kind in ("receivable", "payable")),
                ("closed", "!=", True),
            ]
            self._ids[kind] = self._door.read("account.account", domain, ["id"], limit=1)[0]["id"]
        properties = {
            "account_receivable": self._ids["receivable"],
            "account_payable": self._ids["payable"],
            "category_account_revenue": self._ids["revenue"],
            "category_account_expense": self._ids["expense"],
        }
        properties |= company
        self._door.ask(f"{wizard}.execute", [session, {"properties": properties}, "create_properties"])
        self._door.ask(f"{wizard}.delete", [session])
