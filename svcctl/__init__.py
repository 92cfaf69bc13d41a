"""svcctl: after-sales service as code."""

__version__ = "0.1.0"
