"""How the parts of a mailing address are told: the words of ``mailing_places.toml``, and expressions for its lines."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

#: a PO box, with what stands for it before its number
_BOX = r"(?:P ?\.? ?O ?\.? ?|POST OFFICE )?(?:BOX|BX)|POB"


@cache
def mailing_rules() -> dict[str, Any]:
    """Regular expressions of PostgreSQL for text in capitals, and the names of states and countries."""
    data = tomllib.loads((files(__package__) / "mailing_places.toml").read_text("utf-8"))
    states = data["states"]
    named = "|".join([*states, *states.values()])
    zip_code = r"([0-9]{5})(?:[- ]?[0-9]{4})?"
    delivery = rf"(?:[0-9]|(?:{_BOX})\M|RR |HC |PSC )"
    return {
        "codes": list(states),
        "names": list(states.values()),
        "domestic_names": data["countries"]["domestic"],
        "foreign_names": data["countries"]["foreign"],
        "care_of": r"^(%|(C ?/ ?O|ATTN|ATTENTION|CARE OF)\M)",
        "begins_delivery": rf"^{delivery}",
        "delivery": rf"\m({delivery}.*)$",
        "unit": r"^(#|(APT|APARTMENT|UNIT|STE|SUITE|LOT|BLDG|BUILDING|FL|FLOOR|RM|ROOM|PH|SPC|TRLR|NO)\M)",
        "box": rf"^(?:{_BOX})\M[ .#:]*(?:NO\.? )?([A-Z0-9-]+)",
        "last_line": rf"^[^0-9]+[ ,]({named})[ ,]+{zip_code}$",
        "tail": rf"^(.+?)[ ,]+({named})(?:\.?[ ,]+{zip_code})?$",
    }
