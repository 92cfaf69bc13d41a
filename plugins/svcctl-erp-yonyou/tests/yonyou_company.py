"""What a tenant has in its YonBIP before a test."""

from collections.abc import Iterator
from typing import Any

CUSTOMERS = [
    {
        "id": 1700194312096055299,
        "code": "C-1",
        "name": {"simplifiedName": "华北建设", "englishName": "North China Construction"},
        "customerClassCode": "gold",
        "regionCode": "110000",
        "languageCode": "zh_CN",
        "contactName": "李娜",
        "contactTel": "010-55550100",
        "email": "li@example.cn",
        "stopStatus": False,
        "modifyTime": "2026-11-02 09:00:00",
    },
    {
        "id": 1700194312096055300,
        "code": "C-2",
        "name": {"simplifiedName": "停用客户"},
        "stopStatus": True,
        "modifyTime": "2026-11-02 09:05:00",
    },
]
WAREHOUSES = [{"id": 1875184118731000 + n, "code": code} for n, code in enumerate(("main", "van-7", "reserved"))]
PRODUCTS: list[dict[str, Any]] = [
    {"id": 1489997762220523500, "code": "P-1", "name": "显示屏", "unitCode": "PCS", "unitName": "件"},
    {"id": 1489997762220523501, "code": "P-2", "name": {"zh_CN": "垫圈"}, "unitCode": "PCS", "unitName": "件"},
]
SERIALS = [
    {"sn": "S-1", "product_code": "P-2", "batchno": "B7", "customer_code": "C-1", "vouchdate": "2024-01-31 00:00:00"},
    {"sn": "S-2", "product_code": "P-2"},
]


def many(count: int) -> Iterator[dict[str, Any]]:
    """So many customers."""
    for number in range(count):
        yield {
            "id": 1000 + number,
            "code": f"M-{number}",
            "name": {"simplifiedName": f"客户{number}"},
            "modifyTime": "2026-11-02 09:00:00",
        }
