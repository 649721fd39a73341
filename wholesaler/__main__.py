"""``python -m wholesaler``."""

from wholesaler.cli import main

main()
