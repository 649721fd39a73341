"""The truth about matching: a county of real street names, notices that are known to be of its parcels, the score.

``python -m benchmarks.matching`` (``make bench-matching``) makes a county from a seed, loads it into a database of its
own, runs ``enrich`` and ``dedupe`` twice, and prints what was matched right and wrong, by kind of dirt and by rule.

    python -m benchmarks.matching --quick             # 20,000 parcels, 4,000 notices, no peers, prints only
    python -m benchmarks.matching --quick --misses    # the same, and some notices of each kind that went wrong
    python -m benchmarks.matching --parcels 50000 --notices 10000 --seed 7 --roll bare
    python -m benchmarks.matching                     # 500,000 and 100,000, peers, growth; writes MATCHING.md

``--roll bare`` is a roll without city and ZIP, ``--only KIND`` leaves the other kinds out (with ``--notices`` of it),
``--tsv FILE`` writes every notice with its truth and what became of it. The same seed gives the same county.
"""
