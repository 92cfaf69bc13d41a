"""That an index is of no use, told without importing one: most commands need none."""


class StaleIndexError(Exception):
    """The index was built from another journal, for other tables, or by another svcctl; or it cannot be read."""
