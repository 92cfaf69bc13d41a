"""svcctl's store in PostgreSQL, for those who outgrow a machine.

psycopg is imported when a store is opened, not when the plug is listed.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import StringConstraints

from svcctl.plugin_api import Health, PluginConfig, SecretStr, Store, StorePlug, TableSchema

if TYPE_CHECKING:
    from svcctl_store_postgres.connection import Connections


class PostgresStores(StorePlug):
    """Opens the store in one schema of a database."""

    class Config(PluginConfig):
        url: SecretStr
        schema_name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")] = "svcctl"
        connect_seconds: int = 10

    config: Config

    def open(self, tables: Mapping[str, TableSchema], *, lock_timeout: float) -> Store:
        from svcctl_store_postgres.layout import Layout
        from svcctl_store_postgres.store import PostgresStore

        return PostgresStore.open(self._connections(lock_timeout), Layout(self.config.schema_name, tables))

    def create(
        self,
        tables: Mapping[str, TableSchema],
        *,
        lock_timeout: float,
        commits: Iterable[Mapping[str, Any]] = (),
    ) -> Store:
        from svcctl_store_postgres.layout import Layout
        from svcctl_store_postgres.store import PostgresStore

        return PostgresStore.create(self._connections(lock_timeout), Layout(self.config.schema_name, tables), commits)

    def check(self) -> Health:
        from svcctl_store_postgres.checking import health

        return health(self._connections(10.0), self.config.schema_name)

    def _connections(self, lock_timeout: float) -> "Connections":
        from svcctl_store_postgres.connection import Connections

        return Connections(self.config.url.get_secret_value(), self.config.connect_seconds, lock_timeout)
