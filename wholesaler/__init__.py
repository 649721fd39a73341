"""The county's public records, read every morning: which owners are newly under pressure, and why."""

__version__ = "0.2.0"
