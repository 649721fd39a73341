"""An invented county: for ``wholesaler demo``, for tests, and at any size for the benchmarks."""

from wholesaler.sample.county import County, generate
from wholesaler.sample.files import FILES, KEY, roll_features, write, write_parts
from wholesaler.sample.mailings import add_mailings
from wholesaler.sample.truth import Signal, Truth

__all__ = [
    "FILES",
    "KEY",
    "County",
    "Signal",
    "Truth",
    "add_mailings",
    "generate",
    "roll_features",
    "write",
    "write_parts",
]
