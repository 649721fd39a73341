"""The truth about matching: a county of real street names, notices that are known to be of its parcels, the score.

``python -m benchmarks.matching`` (``make bench-matching``) makes a county from a seed, loads it into a database of its
own, runs ``enrich`` and ``dedupe`` twice, and prints what was matched right and wrong, by kind of dirt and by rule.

    python -m benchmarks.matching --quick             # 20,000 parcels, 4,000 notices, no peers, prints only
    python -m benchmarks.matching --quick --misses    # the same, and some notices of each kind that went wrong
    python -m benchmarks.matching --parcels 50000 --notices 10000 --seed 7 --roll bare
    python -m benchmarks.matching                     # 500,000 and 100,000, peers, growth; writes MATCHING.md

``--roll bare`` is a roll without city and ZIP; ``--only KIND``, repeatable, leaves the other kinds and groups of
:mod:`.kinds` out; ``--tsv FILE`` writes every notice with its truth and what became of it. The same seed gives the same
county. In a checkout that is not installed, ``PYTHONPATH`` says where the program's own code is.

Seed 1 is for looking at. A figure that is claimed is of a seed that is drawn when it is measured, given with ``--seed``
and named on the page. Whoever looks at what went wrong in it (``--misses``, ``--tsv``) has used it up, and no page is
written then.
"""
