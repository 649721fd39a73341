"""Kill the program and its database at random moments of a night, and see that the next run mends it: ``make chaos``.

A point is one kill, or several in a row: which process, in which stage, how far into it, all by the seed. It begins
with a home of its own, copied from a template (:mod:`beginnings`); the county, its geocoder, its Slack and its mail
server are real sockets on this machine (:mod:`world`). After the kill a rerun has to give the tables of a night that
nobody disturbed (:mod:`tables`), and each announcement has to have arrived at least once (:mod:`judgement`).
"""
