"""The words that publishers make their field names of, whole or cut, and what each stands for."""

import re
from functools import lru_cache

#: what a word stands for → how it is written
_WRITTEN = {
    "parcel": "parcel parcels parc prcl par pcl pin pins apn folio strap bbl taxlot taxkey maptaxlot pidn "
    "gpin tms taxpin parid blocklot maplot prclid parno pid ain gispin schedule",
    "account": "account acct acc",
    "number": "number num no nbr nb nmbr numb id ids key code cd",
    "owner": "owner owners own ownr taxpayer taxpyr payer assessee propowner buyer",
    "mail": "mail mailing mailto billing bill ml",
    "site": "situs site sit prop property propty phys physical loc location located premise premises parcel",
    "address": "address addr add adr addres addresse ad addrs addre location",
    "street": "street str st road rd streetname stname",
    "direction": "dir predir postdir sufdir direction pre post prefix suffix suf sfx",
    "house": "house hse hs",
    "unit": "unit apt apartment suite ste",
    "city": "city cty town municipality muni municipal mun comm community postcomm pcity citi village place "
    "msag",
    "state": "state stat st",
    "zip": "zip zipcode zipcd postcode postalcode zip5 zips zp postalcod",
    "postal": "postal post pstl postoffice usps",
    "name": "name nm nme names",
    "first": "first last middle",
    "second": "second secondary co 2 ii two",
    "value": "value val values vl amount amt appr apr appraised appraisal fmv fcv",
    "market": "market mkt just fair full justval actual act",
    "land": "land lnd",
    "building": "building bldg bld bldgs improvement improvements impr imp imps imprv structure",
    "total": "total tot totl ttl gross net",
    "assessed": "assessed assd assess asd assmt asmt assessment assdval av",
    "tax": "tax taxes",
    "taxable": "taxable txbl taxbl",
    "exempt": "exempt exemption exemptions exempts xmpt exmpt exm",
    "homestead": "homestead hmstd hx hstd ownocc occupied occ",
    "sale": "sale sales sold sal transfer deed conveyance",
    "price": "price pric prc consideration",
    "date": "date dt dte datetime day dd",
    "year": "year yr",
    "built": "built blt build constructed construction ayb eyb yrblt yearbuilt yrbuilt",
    "case": "case casefile viol violation violations complaint docket ticket citation incident record notice "
    "cause tda permit file svc request service",
    "opened": "opened open issued issue filed filing created entered start received reported inspection inspected "
    "investigation observed initiated",
    "closed": "closed close clsd resolved resolution abated abate abatement complied completed completion "
    "disposed finaled res cancel",
    "updated": "updated update modified edited asof",
    "status": "status stage disposition stat state",
    "type": "type typ class category group kind classification cat",
    "text": "description desc descr comments comment narrative text details notes remarks condition ordinance",
    "due": "due balance bal delinquent delinq delq unpaid owed fine fines arrears penalty penalties",
    "area": "area sqft sf sqf squarefeet footage square ft feet size",
    "living": "living liv livable heated res resid fin finished residential floor gla sfla htd",
    "lot": "lot parcelsize",
    "borrower": "borrower borrowers defendant mortgagor",
    "lender": "lender plaintiff mortgagee",
    "trustee": "trustee",
    "beds": "bed beds bedroom bedrooms bedrm bedrms bdrm bdrms brms",
    "baths": "bath baths bathroom bathrooms bathrm bathrms bthrm bthrms",
    "extra": "xfob extra features xf",
    "acre": "acre acres acreage ac gisacres",
    "zoning": "zoning zone zoned zon",
    "use": "use lu landuse usecode dor dorcode uc puc",
    "x": "x lon long lng longitude xcoord pointx gpsx centroidx coordx",
    "y": "y lat latitude ycoord pointy gpsy centroidy coordy",
    "recording": "recording recorded rec record",
    "auction": "auction hearing",
    "bid": "bid opening minimum min",
    "judgment": "judgment judgement default debt",
    "previous": "previous prev prior old",
    "block": "block blk",
    "county": "county cnty country",
    "school": "school district dist ward council neighborhood nbhd nbrhd subdivision subdiv sub book page "
    "plat section sec range twp township phone tel tract census",
    "legal": "legal lgl",
    "attention": "attn attention careof",
    "": "user gis cama current curr cur us the of and in line full new primary complete combined gisdata dbo "
    "sde data fld field 1 01 info list a tsc txt string original orig space dash formatted display "
    "offered on actual act digest",
}  # fmt: skip
_MEANT: dict[str, tuple[str, ...]] = {}
for _sense, _words in _WRITTEN.items():
    for _word in _words.split():
        _MEANT[_word] = (*_MEANT.get(_word, ()), _sense)
_LONGEST = max(map(len, _MEANT))
_DOT = re.compile(r"\.(?=\S)")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def normalised(name: str) -> str:
    """A field name as names are compared: the last of its dotted parts, small letters and digits."""
    return re.sub(r"[^a-z0-9]", "", _last(name).casefold())


@lru_cache(maxsize=4096)
def senses(name: str) -> tuple[tuple[tuple[str, ...], ...], float]:
    """What each word of a field name may stand for, and the share of its letters that no word explains."""
    found: list[tuple[str, ...]] = []
    unknown = 0
    parts = _PARTS.findall(_last(name))
    for part in parts:
        words, missed = _cut(part.casefold())
        found += words
        unknown += missed
    letters = sum(map(len, parts))
    return tuple(found), unknown / letters if letters else 1.0


def said_by(*names: str) -> set[str]:
    """All that the words of some names may stand for."""
    return {sense for name in names for word in senses(name)[0] for sense in word}


def _last(name: str) -> str:
    """The last of a name's dotted parts; the point behind a short word (``Item No.``) parts nothing."""
    return _DOT.split(name.rstrip(". "))[-1]


def _cut(part: str) -> tuple[list[tuple[str, ...]], int]:
    """Words of a part that is written without gaps: those that leave the fewest letters, then the fewest words."""
    best: list[tuple[int, int, list[tuple[str, ...]]]] = [(0, 0, [])]
    for end in range(1, len(part) + 1):
        missed, count, words = best[end - 1]
        choices = [(missed + 1, count, words)]
        for start in range(max(0, end - _LONGEST), end):
            meant = _MEANT.get(part[start:end])
            if meant is None or (end - start < 2 and len(part) > 1 and not part[start:end].isdigit()):
                continue
            missed, count, words = best[start]
            choices.append((missed, count + 1, [*words, meant]))
        best.append(min(choices, key=lambda choice: choice[:2]))
    return best[-1][2], best[-1][0]
