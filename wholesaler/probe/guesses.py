"""Which of our columns each field may be: what its name says, if its values permit it, and what stands beside it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wholesaler.probe.description import Field
from wholesaler.probe.meanings import BY_COLUMN, MAILING, PLACES, SHARED
from wholesaler.probe.names import Names, columns_of
from wholesaler.probe.words import normalised, said_by

#: a guess of less is not told
TOLD = 0.55
#: share of ZIPs of another part of the country (of other first three digits) from which on they are of owners' mail
_FOREIGN_MAIL, _FOREIGN_PLACE = 0.06, 0.02
#: share of the values from which on the first three digits of a ZIP are of the county itself
_MAIN_AREA = 0.05
#: records that shares of them say something of
_ENOUGH = 40
_MAIL = {"mail_address", "mail_state", "mail_zip"}
_SYSTEM = (
    "objectid",
    "globalid",
    "fid",
    "shape",
    "shapearea",
    "shapelength",
    "shapelen",
    "shapestarea",
    "shapestlength",
)
#: a title of more words is prose, whose words say little
_MOST_WORDS = 9
#: what two names of one field vote for, where they disagree: neither is told, both are asked
_DISAGREED = 0.5
#: what is left of a vote where another field says the same more clearly
_LESS = 0.7
_ROW_IDS = ("_id", "row_id", "rowid", "cartodb_id", "ogc_fid")


@dataclass(frozen=True)
class Guess:
    """What a field may be. ``column`` is ``None`` where nobody can tell; ``confidence`` is from 0 to 1.

    ``others`` are further columns that it may be, the likeliest first; ``why`` says what a guess stands on, or why
    there is none.
    """

    column: str | None
    confidence: float
    why: str
    others: tuple[str, ...] = ()


@dataclass
class _Candidate:
    field: Field
    votes: dict[str, float]
    why: str
    barred: tuple[str, ...] = ()
    #: whether the title says what the name says
    agreed: bool = False


def guess(fields: Sequence[Field], known: Names) -> list[Guess]:
    """A guess for each field, in their order."""
    candidates = [_candidate(one, known) for one in fields]
    _tell_sides(candidates)
    _tell_types(candidates)
    _tell_by_values(candidates)
    guesses = [_decide(candidate) for candidate in candidates]
    return _once_each(guesses, candidates)


def _candidate(one: Field, known: Names) -> _Candidate:
    name = normalised(one.name)
    if (
        name in _SYSTEM
        or one.name.casefold() in _ROW_IDS
        or one.kind in {"esriFieldTypeOID", "esriFieldTypeGlobalID", "esriFieldTypeGeometry"}
    ):
        return _Candidate(one, {}, "of the publisher's software")
    votes, agreed = _votes(one, known)
    if one.type == "object":
        return _Candidate(one, {}, "a place, or several values in one")
    if one.type == "empty":
        return _Candidate(one, {column: 0.5 * vote for column, vote in votes.items()}, "no record has a value")
    fitting = {column: vote for column, vote in votes.items() if column not in BY_COLUMN or BY_COLUMN[column].fits(one)}
    # what looks the same on either side
    for mail, place in MAILING.items():
        if mail in votes and mail not in fitting and place in fitting and votes[mail] > votes.get(place, 0):
            fitting.pop(place)
    if votes.get("address", 0) >= TOLD and not fitting.keys() & {"address", "mail_address"} and _is_street(one):
        return _Candidate(one, {"address.street": 0.7}, "its name says address, its values have no house numbers")
    barred = tuple(column for column in votes if column not in fitting)
    _doubt_titles(one, fitting, known)
    if votes and not fitting:
        return _Candidate(one, {}, f"its name says {max(votes, key=lambda column: votes[column])}, its values do not")
    why = f"name and values{', and its title' if agreed else ''}" if fitting else "neither name nor values"
    return _Candidate(one, fitting, why, barred, agreed)


def _titles(one: Field) -> list[str]:
    """What a publisher calls a field for people, as far as it is a name: the heading, else a short description."""
    return [text for text in one.titles if len(text.split()) <= _MOST_WORDS]


def _votes(one: Field, known: Names) -> tuple[dict[str, float], bool]:
    """What a field's name says, and its title where that says it better; whether both say the same."""
    votes = columns_of(one.name, known)
    first = _first(votes)
    agreed = False
    for text in _titles(one):
        told = columns_of(text, known)
        agreed = agreed or (first is not None and told.get(first, 0) >= TOLD)
        for column, vote in told.items():
            votes[column] = max(votes.get(column, 0.0), vote)
    return votes, agreed


def _doubt_titles(one: Field, votes: dict[str, float], known: Names) -> None:
    """Where name and title clearly say two things, of which the other says nothing, neither is told."""
    by_name = {column: vote for column, vote in columns_of(one.name, known).items() if column in votes}
    for text in _titles(one)[:1]:
        by_title = {column: vote for column, vote in columns_of(text, known).items() if column in votes}
        name, title = _first(by_name), _first(by_title)
        if name is None or title is None or by_name.get(title, 0) >= _DISAGREED or by_title.get(name, 0) >= _DISAGREED:
            continue
        if PLACES.get(name) == title or MAILING.get(name) == title:
            continue  # the same of either side, which is told by all that stands beside it
        votes[name] = votes[title] = _DISAGREED


def _first(votes: dict[str, float]) -> str | None:
    """The column that is told by votes, if any."""
    best = max(votes, key=lambda column: votes[column], default=None)
    return best if best is not None and votes[best] >= TOLD else None


def _is_street(one: Field) -> bool:
    return one.share("typed_street") >= 0.5 and one.share("address") < 0.1 and BY_COLUMN["address.street"].fits(one)


def _tell_sides(candidates: list[_Candidate]) -> None:
    """Whether addresses, cities and ZIPs whose names do not say so are of the place or of the owner's mail."""
    mailed = {_stem(one.field.name) for one in candidates if _side_of_values(one.field) == "mail"}
    says_mail = {
        max(one.votes, key=lambda column: one.votes[column])
        for one in candidates
        if one.votes and _words_of_side(one.field) == "mail"
    }
    for place, mail in PLACES.items():
        open_ones = []
        told = Counter[str]()
        for candidate in candidates:
            votes = candidate.votes
            if max(votes, key=lambda column: votes[column], default=None) not in {place, mail}:
                continue
            side = _words_of_side(candidate.field)
            if side is None:
                side = _side_of_values(candidate.field)
                if side is None and (
                    _stem(candidate.field.name) in mailed or votes.get(mail, 0) > 1.5 * votes.get(place, 0)
                ):
                    side = "mail"
            if side is None:
                open_ones.append(candidate)
            else:
                told[side] += 1
                _give(votes, *((mail, place) if side == "mail" else (place, mail)))
        for candidate in open_ones:
            if not told["place"] and not told["mail"] and place == "city" and len(says_mail & _MAIL) >= 2:
                # where the rest of the mail says that it is mail, its city may be the one that does not
                candidate.votes[place] = candidate.votes[mail] = 0.5
            elif not told["place"]:
                _give(candidate.votes, place, mail)
            elif not told["mail"] and len(open_ones) == 1 and place != "address":
                # it may as well be the same once more
                candidate.votes[place] = candidate.votes[mail] = 0.5
    for candidate in candidates:
        votes = candidate.votes
        if "mail_state" in votes and _words_of_side(candidate.field) != "mail":
            several = _side_of_values(candidate.field) == "mail" or candidate.field.filled < _ENOUGH
            if not several:
                votes.pop("mail_state")
                candidate.why = "nearly always the same state"


def _give(votes: dict[str, float], column: str, other: str) -> None:
    """All that two columns were voted goes to one of them."""
    votes[column] = max(votes.get(column, 0.0), votes.pop(other, 0.0))


def _words_of_side(one: Field) -> str | None:
    for name in (one.name, *_titles(one)):
        said = said_by(name)
        if {"mail", "owner"} & said:  # the property's owner is the owner
            return "mail"
        if "site" in said:
            return "place"
    return None


def _side_of_values(one: Field) -> str | None:
    if one.filled < _ENOUGH:
        return None
    if one.share("box") >= 0.03:
        return "mail"
    if one.share("state") >= 0.9:
        common = one.counts.most_common(1)[0][1] / one.filled
        return "mail" if 1 - common >= _FOREIGN_PLACE else None
    if one.share("zip") >= 0.8:
        areas = Counter[str]()
        for text, count in one.counts.items():
            areas[text[:3]] += count
        foreign = sum(count for count in areas.values() if count < _MAIN_AREA * one.filled) / one.filled
        return "mail" if foreign >= _FOREIGN_MAIL else "place" if foreign <= _FOREIGN_PLACE else None
    return None


def _stem(name: str) -> str:
    """A name without the words of an address: what fields of one address have in common."""
    text = normalised(name)
    for word in ("zipcode", "zip", "city", "state", "address", "addr", "add", "street", "1", "2", "5"):
        text = text.replace(word, "")
    return text


def _tell_types(candidates: list[_Candidate]) -> None:
    """A type or class is that of a case in a list of cases, and the use of a property elsewhere."""
    cases = any(max(one.votes.get("case_number", 0), one.votes.get("opened_date", 0)) >= TOLD for one in candidates)
    for candidate in candidates:
        votes = candidate.votes
        if max(votes, key=lambda column: votes[column], default=None) not in {"case_type", "use_code"}:
            continue
        words = said_by(candidate.field.name, *_titles(candidate.field))
        if {"case", "use", "site", "building", "land"}.isdisjoint(words):
            _give(votes, *(("case_type", "use_code") if cases else ("use_code", "case_type")))
    _prefer_uses(candidates)


def _prefer_uses(candidates: list[_Candidate]) -> None:
    """A class is that of something else where another field says that it is the use of the land."""
    said = [
        (one, said_by(one.field.name, *_titles(one.field)))
        for one in candidates
        if one.votes.get("use_code", 0) >= TOLD
    ]
    if any({"use", "land"} <= words for _, words in said):
        for candidate, words in said:
            if "use" not in words:
                candidate.votes["use_code"] *= _LESS


def _tell_by_values(candidates: list[_Candidate]) -> None:
    """What no name says and values of one kind do: the parcel number, states of owners, degrees."""
    has_parcel = any(candidate.votes.get("parcel", 0) >= TOLD for candidate in candidates)
    numbers = []
    for candidate in candidates:
        one, votes = candidate.field, candidate.votes
        if one.filled < _ENOUGH or max(votes.values(), default=0) >= TOLD or candidate.why.startswith("of the"):
            continue
        if one.share("state") >= 0.95 and _side_of_values(one) == "mail":
            votes["mail_state"], candidate.why = 0.7, "values"
        elif (
            one.share("decimals") >= 0.8
            and one.numbers is not None
            and one.numbers[0] >= -180
            and one.numbers[2] <= -64
        ):
            votes["location.x"], candidate.why = 0.9, "values"
        elif _is_number_of_parcels(one):
            numbers.append(candidate)
    if not has_parcel and len(numbers) == 1:
        numbers[0].votes["parcel"], numbers[0].why = 0.7, "values: nothing else looks like a parcel number"


def _is_number_of_parcels(one: Field) -> bool:
    separated = sum(character in "-. " for text in one.common(20) for character in text) >= 2 * min(20, one.distinct)
    return (
        one.type != "date"
        and one.share("phone") < 0.5
        and one.share("parcel") >= 0.95
        and one.length >= 9
        and one.unique_share >= 0.5
        and (separated or one.share("integer") >= 0.95)
    )


def _decide(candidate: _Candidate) -> Guess:
    ranked = sorted(candidate.votes.items(), key=lambda vote: -vote[1])
    if not ranked:
        return Guess(None, 0.0, candidate.why, candidate.barred[:3])
    column, vote = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    doubt = max(0.0, second / vote - 0.6)
    confidence = round(min(1.0, vote) * (1 - doubt), 2)
    others = tuple(name for name, _ in ranked[1:4])
    if confidence < TOLD:
        why = (
            candidate.why if candidate.field.type == "empty" else "may be several" if second else "its name says little"
        )
        return Guess(None, confidence, why, (column, *others))
    return Guess(column, confidence, candidate.why, others)


def _once_each(guesses: list[Guess], candidates: Sequence[_Candidate]) -> list[Guess]:
    """Of several fields for one column the surest is told, where one is; a column cannot be two fields.

    Of two alike the one is surer whose title says it too.
    """
    fields = [candidate.field for candidate in candidates]
    by_column: dict[str, list[int]] = {}
    for number, one in enumerate(guesses):
        if one.column is not None and one.column not in SHARED:
            by_column.setdefault(one.column, []).append(number)
    result = list(guesses)
    for column, numbers in by_column.items():
        if len(numbers) < 2:
            continue
        ranked = sorted(numbers, key=lambda number: (-guesses[number].confidence, -fields[number].filled_share))
        first, second = (guesses[number].confidence for number in ranked[:2])
        agreed = [
            number for number in ranked if candidates[number].agreed and first - guesses[number].confidence < 0.05
        ]
        if first - second < 0.05 and len(agreed) == 1:
            ranked = [*agreed, *(number for number in ranked if number not in agreed)]
            second = 0.0
        for number in ranked if first - second < 0.05 else ranked[1:]:
            lost = guesses[number]
            rivals = ", ".join(fields[other].name for other in numbers if other != number)
            result[number] = Guess(None, lost.confidence, f"so may be {rivals}", (column, *lost.others))
    return result
