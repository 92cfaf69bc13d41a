"""What every store must do. Subclass `StoreContract` in a test module and give its fixtures.

Crashes are the store's own: `crashes` gives the points at which its write can be cut off, `another` the store as the
next process opens it. A store that does not outlive its process gives neither, and those tests are skipped.
"""

from svcctl.testing.store_cases import TABLES, Crash
from svcctl.testing.store_changes import ChangeContract
from svcctl.testing.store_reads import ReadContract
from svcctl.testing.store_writes import WriteContract


class StoreContract(ReadContract, WriteContract, ChangeContract):
    """The fixture `create` makes empty stores; `store`, which is one of `TABLES`, may be replaced as well."""


__all__ = ["TABLES", "Crash", "StoreContract"]
