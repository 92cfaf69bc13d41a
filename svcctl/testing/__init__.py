"""The conformance kit: what every plug must do, as test classes for plugin authors to subclass under pytest."""
