"""The addresses of ALERT_URLS, each with the name that its deliveries are recorded under."""

import re
from hashlib import sha256

#: addresses follow each other, set apart by white space, commas or semicolons; a name may stand before one
_ENTRY = re.compile(r"(?:(?P<name>[^\s,;=:/]+)=)?(?P<url>(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://\S+)")
_BETWEEN = re.compile(r"[\s,;]+(?=(?:[^\s,;=:/]+=)?[A-Za-z][A-Za-z0-9+.-]*://)")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
#: names of channels that have settings of their own
_TAKEN = frozenset({"slack", "email", "report"})


def named_urls(text: str) -> dict[str, str]:
    """Name → address. Without a name of its own an address has that of its service and six digits of its hash.

    The hash tells two of a service apart, stays while the address stays, and gives nothing away. Raises ``ValueError``,
    which names no address.
    """
    urls: dict[str, str] = {}
    for number, entry in enumerate(_BETWEEN.split(text.strip(" \t\r\n,;")), 1):
        found = _ENTRY.fullmatch(entry)
        if found is None:
            raise ValueError(f"must be addresses such as ntfy://host/topic, apart by blanks; number {number} is none")
        url, given = found["url"], found["name"]
        if given is not None and (not _NAME.fullmatch(given) or given in _TAKEN):
            raise ValueError(
                f"must have names of small letters, digits and hyphens, none of {', '.join(sorted(_TAKEN))}; that of"
                f" number {number} is not"
            )
        name = given or f"{found['scheme'].lower()}-{sha256(url.encode()).hexdigest()[:6]}"
        if urls.setdefault(name, url) != url:
            raise ValueError(f"must have different names; '{name}' stands twice")
    return urls
