"""How many of what, as people read it."""


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """``1 lead``, ``1,200 leads``; ``plural`` is that of the noun where an s does not make it."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
