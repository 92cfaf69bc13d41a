"""Exact analysis of conditions: regions of tickets as unions of boxes over the values that a rule can tell apart."""
