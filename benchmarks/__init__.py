"""Measured runs over synthetic counties: ``python -m benchmarks`` writes ``benchmarks/RESULTS.md``."""
