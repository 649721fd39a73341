"""The checks of the check stage: importing this package registers all of them."""

from wholesaler.stages.check import completeness, consistency, database, operations, postgis

__all__ = ["completeness", "consistency", "database", "operations", "postgis"]
