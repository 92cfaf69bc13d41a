"""Whether the database would work now."""

import psycopg

from svcctl.plugin_api import Health
from svcctl_store_postgres.connection import Connections, refusal
from svcctl_store_postgres.layout import Layout
from svcctl_store_postgres.store import described


def health(connections: Connections, schema: str) -> Health:
    """Asks the server for its version, and whether the schema holds a store. Changes nothing."""
    try:
        connection = connections.main
        row = connection.execute("SELECT version()").fetchone()
        found = described(connection, Layout(schema, {}))
    except psycopg.Error as error:
        return Health(False, refusal(error).message)
    finally:
        connections.close()
    server = str(row[0]).split(" on ")[0] if row else "the server"
    if found is None or not found[1]:
        return Health(False, f"{server} answers; there is no store in `{schema}` yet")
    return Health(True, f"{server}; the store in `{schema}`")
