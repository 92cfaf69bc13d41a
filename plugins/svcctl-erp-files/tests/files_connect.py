"""Connectors as the tests make them, on files that they write."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from svcctl_erp_files import FilesConnector

from svcctl.extension.config import read_config

CUSTOMERS = "id,name,tier,contact,phone\nC-1,华北建设,gold,Li Na,+86 10 5555 0100\nC-2,Beta,,,\n"
SITES = "id,customer,latitude,longitude\nS-1,C-1,39.9,116.4\n"
ASSETS = (
    "id,model,batch,customer,sold_at,warranty_months,warranty_until\n"
    "007,X200,B1,C-1,2024-01-31,13,\n"
    "008,X200,B1,C-1,2024-01-31,,2027-03-31\n"
    "009,X200,B2,C-2,,,\n"
    '010,"X200\nPlus",B2,C-2,2024-05-01,,\n'
)
PARTS = "id,name,unit\nP-1,display board,piece\nP-2,gasket,piece\n"
STOCK = "part,location,quantity\nP-1,main,3\nP-1,van-7,0.5\nP-1,main,1\n"
ALL = {"customers.csv": CUSTOMERS, "sites.csv": SITES, "assets.csv": ASSETS, "parts.csv": PARTS, "stock.csv": STOCK}


def connector(folder: Path, files: Mapping[str, str | bytes] = ALL, **config: Any) -> FilesConnector:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    values = {"folder": folder.name, "zone": "Asia/Shanghai", **config}
    return FilesConnector(
        read_config(FilesConnector.Config, values, place="erp.files", home=folder.parent, environment={})
    )
