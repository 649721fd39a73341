"""The same notices matched by others, in the same run: each a program of its own, which reads roll and notices from CSV
files and writes the notice, the parcel and how sure it is. They need what ``pip install -e '.[benchmark]'`` installs;
what is not installed is left out, and the table says so.
"""
