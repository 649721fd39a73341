"""``python -m benchmarks``: measure everything and write RESULTS.md; ``--quick`` rehearses, small, and only prints.

``--growth [SIZE…]`` measures instead how the stages grow, over 10,000 to 1,000,000 properties.
"""

import sys

from benchmarks import figures, files, growth, ingest, stages, starting
from benchmarks.databases import private_databases


def main() -> None:
    """Run all measurements on a private server of their own."""
    if "--growth" in sys.argv[1:]:
        sizes = [int(word) for word in sys.argv[1:] if word.isdigit()]
        with private_databases() as databases:
            lines = growth.measure(databases, sizes or list(growth.SIZES))
            versions = databases.versions()
        print("\n".join(lines))
        if not sizes:
            figures.write_growth(lines, versions)
        return
    quick = "--quick" in sys.argv[1:]
    rows, largest, rounds = (10_000, 20_000, 1) if quick else (100_000, 500_000, 3)
    properties, violations = (2_000, 2_000) if quick else (100_000, 50_000)
    measured = starting.measure()
    with private_databases() as databases:
        versions = databases.versions()
        measured += ingest.measure(databases, rows, largest, rounds)
        measured += files.measure(databases, 5 * rows, rounds)
        measured += stages.measure(databases, properties, violations)
    for figure in measured:
        print(figure.row())
    if not quick:
        size = f"ingest of {rows:,} rows; stages over {properties:,} properties and {violations:,} violations"
        figures.write(measured, versions, size)
        print(f"written to {figures.RESULTS}")


main()
