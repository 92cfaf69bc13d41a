"""The socket for plugs: contracts of notifiers and ERP connectors, and the registry that finds and opens them."""
