"""Expressions at numbers: evaluation, points of a domain, finite differences, the numeric check."""
