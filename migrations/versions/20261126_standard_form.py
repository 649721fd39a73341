"""Addresses in a standard form of our own; columns for its parts; what rested on the former forms ends.

Rows changed: standard forms; merges and matches of addresses that are two now, and places that the geocoder gave for
another address. The next run standardises, matches, asks and derives owners anew.

Revision: 20261126_standard_form, after 20261126_acknowledgements
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "20261126_standard_form"
down_revision = "20261126_acknowledgements"
branch_labels = None
depends_on = None

ADDED = ("predirection", "street_name", "suffix", "postdirection")

#: ``wholesaler/db/functions/street_words.sql`` of that time
STREET_WORDS = r"""
-- How people write the words of a street, as {written: in full}; for each kind of word one map:
--   type       what ends a street's name and is nothing else (STREET, AVENUE): USPS Publication 28 and people's own
--   place      what ends one too, and is a name as well (LAKE, PARK); singular and plural are different streets
--   direction  NORTH to SOUTHWEST
--   number     ordinals and numbers in words, by their figures: 'FIRST' -> '1ST', 'THREE' -> '3'
--   prefix     what a name begins with (SAINT, DOCTOR, CALLE)
--   road       what numbered roads are called, by one name each; blanks as _
--   unit       what a unit is called; # for what says nothing of the place
-- All of a kind in one value, so that a word is looked up without a table. Called with a constant it is evaluated once
-- a statement. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_street_words(kind text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_object_agg(written.word, words.word)
  FROM jsonb_each_text('{
    "type": {
      "ALLEY": "ALLEE ALLY ALY", "AVENUE": "AV AVE AVEN AVENU AVN AVNUE", "BOULEVARD": "BLVD BL BLV BVD BOUL BOULV",
      "BYPASS": "BYP BYPA BYPAS BYPS", "CAUSEWAY": "CSWY CAUSWA", "CIRCLE": "CIR CI CIRC CIRCL CRCL CRCLE",
      "CIRCLES": "CIRS", "COURT": "CT CRT", "COURTS": "CTS", "CRESCENT": "CRES CRSENT CRSNT CRESENT",
      "DRIVE": "DR DRV DRIV DV", "DRIVES": "DRS", "EXPRESSWAY": "EXPY EXP EXPR EXPW", "EXTENSION": "EXT EXTN EXTNSN",
      "EXTENSIONS": "EXTS", "FREEWAY": "FWY FREEWY FRWAY FRWY", "HIGHWAY": "HWY HIGHWY HIWAY HIWY HWAY HW HY",
      "LANE": "LN LA", "LANES": "LNS", "LOOP": "LP", "LOOPS": "", "MOTORWAY": "MTWY", "OVERPASS": "OPAS",
      "PARKWAY": "PKWY PKY PKWAY PARKWY PWY", "PARKWAYS": "PKWYS", "PATH": "", "PATHS": "", "PIKE": "",
      "PLACE": "PL PLC", "PLAZA": "PLZ PLZA PZ", "ROAD": "RD", "ROADS": "RDS", "ROUTE": "RTE RT", "ROW": "",
      "SKYWAY": "SKWY", "SQUARE": "SQ SQR SQRE SQU", "SQUARES": "SQS", "STREET": "ST STR STRT STRET",
      "STREETS": "STS", "TERRACE": "TER TERR TERRC TRRC", "THROUGHWAY": "TRWY", "TRACE": "TRCE TRC", "TRAIL": "TRL",
      "TRAILS": "TRLS", "TRAFFICWAY": "TRFY", "TURNPIKE": "TPKE TRNPK TURNPK TPK", "UNDERPASS": "UPAS", "WALK": "WK",
      "WALKS": "", "WAY": "WY", "WAYS": ""
    },
    "place": {
      "AIRFIELD": "AFLD", "AIRPARK": "APRK", "AIRSTRIP": "AIRSTRP", "ANNEX": "ANX ANEX ANNX", "ARCADE": "ARC",
      "BAYOU": "BYU BAYOO", "BEACH": "BCH", "BEND": "BND", "BLUFF": "BLF BLUF", "BLUFFS": "BLFS",
      "BOTTOM": "BTM BOT BOTTM", "BRANCH": "BR BRNCH", "BRIDGE": "BRG BRDGE", "BRIDGES": "BRGS", "BROOK": "BRK",
      "BROOKS": "BRKS", "BURG": "BG", "BURGS": "BGS", "CAMP": "CP CMP", "CANYON": "CYN CANYN CNYN", "CAPE": "CPE",
      "CENTER": "CTR CEN CENT CENTR CENTRE CNTER CNTR", "CENTERS": "CTRS", "CLIFF": "CLF", "CLIFFS": "CLFS",
      "CLUB": "CLB", "COMMON": "CMN COMN", "COMMONS": "CMNS", "CORNER": "COR", "CORNERS": "CORS", "COURSE": "CRSE",
      "COVE": "CV", "COVES": "CVS", "CREEK": "CRK", "CREST": "CRST", "CROSSING": "XING CRSSNG", "CROSSROAD": "XRD",
      "CROSSROADS": "XRDS", "CURVE": "CURV", "DALE": "DL", "DAM": "DM", "DIVIDE": "DIV DVD", "ESTATE": "EST",
      "ESTATES": "ESTS", "FALL": "", "FALLS": "FLS", "FERRY": "FRY FRRY", "FIELD": "FLD", "FIELDS": "FLDS",
      "FLAT": "FLT", "FLATS": "FLTS", "FORD": "FRD", "FORDS": "FRDS", "FOREST": "FRST", "FORESTS": "",
      "FORGE": "FRG FORG", "FORGES": "FRGS", "FORK": "FRK", "FORKS": "FRKS", "FORT": "FT FRT",
      "GARDEN": "GDN GARDN GRDEN GRDN", "GARDENS": "GDNS GRDNS", "GATEWAY": "GTWY GATEWY GATWAY GTWAY", "GLEN": "GLN",
      "GLENS": "GLNS", "GREEN": "GRN", "GREENS": "GRNS", "GROVE": "GRV GROV", "GROVES": "GRVS",
      "HARBOR": "HBR HARB HARBR HRBOR", "HARBORS": "HBRS", "HAVEN": "HVN", "HEIGHTS": "HTS HT", "HILL": "HL",
      "HILLS": "HLS", "HOLLOW": "HOLW HLLW HOLWS", "HOLLOWS": "", "INLET": "INLT", "ISLAND": "IS ISLND",
      "ISLANDS": "ISS ISLNDS", "ISLE": "", "ISLES": "", "JUNCTION": "JCT JCTION JCTN JUNCTN JUNCTON",
      "JUNCTIONS": "JCTS JCTNS", "KEY": "KY", "KEYS": "KYS", "KNOLL": "KNL KNOL", "KNOLLS": "KNLS", "LAKE": "LK",
      "LAKES": "LKS", "LAND": "", "LANDING": "LNDG LNDNG", "LANDINGS": "LNDGS", "LIGHT": "LGT", "LIGHTS": "LGTS",
      "LOAF": "LF", "LOCK": "LCK", "LOCKS": "LCKS", "LODGE": "LDG LDGE LODG", "MALL": "", "MANOR": "MNR",
      "MANORS": "MNRS", "MEADOW": "MDW", "MEADOWS": "MDWS MEDOWS", "MEWS": "", "MILL": "ML", "MILLS": "MLS",
      "MISSION": "MSN MISSN MSSN", "MOUNT": "MT MNT", "MOUNTAIN": "MTN MNTAIN MNTN MOUNTIN MTIN",
      "MOUNTAINS": "MTNS MNTNS", "NECK": "NCK", "ORCHARD": "ORCH ORCHRD", "OVAL": "OVL", "PARK": "PK PRK",
      "PARKS": "", "PASS": "", "PASSAGE": "PSGE", "PINE": "PNE", "PINES": "PNES", "PLAIN": "PLN", "PLAINS": "PLNS",
      "POINT": "PT", "POINTE": "", "POINTS": "PTS", "PORT": "PRT", "PORTS": "PRTS", "PRAIRIE": "PR PRR",
      "RADIAL": "RADL RAD RADIEL", "RAMP": "", "RANCH": "RNCH", "RANCHES": "RNCHS", "RAPID": "RPD", "RAPIDS": "RPDS",
      "REST": "RST", "RIDGE": "RDG RDGE", "RIDGES": "RDGS", "RIVER": "RIV RVR RIVR", "RUN": "", "SHOAL": "SHL",
      "SHOALS": "SHLS", "SHORE": "SHR SHOAR", "SHORES": "SHRS SHOARS", "SPRING": "SPG SPNG SPRNG",
      "SPRINGS": "SPGS SPNGS SPRNGS", "SPUR": "", "SPURS": "", "STATION": "STA STATN STN", "STRAVENUE": "STRA STRAV",
      "STREAM": "STRM STREME", "SUMMIT": "SMT SUMIT SUMITT", "THICKET": "", "TOWER": "TWR", "TOWERS": "TWRS",
      "TRACK": "TRAK", "TUNNEL": "TUNL TUNEL", "UNION": "UN", "UNIONS": "UNS", "VALLEY": "VLY VALLY VLLY",
      "VALLEYS": "VLYS", "VIADUCT": "VDCT VIADCT", "VIEW": "VW", "VIEWS": "VWS", "VILLAGE": "VLG VILL VILLAG VILLG",
      "VILLAGES": "VLGS", "VILLE": "VL", "VISTA": "VIS VIST VST VSTA", "WALL": "", "WELL": "WL", "WELLS": "WLS"
    },
    "direction": {
      "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W", "NORTHEAST": "NE", "NORTHWEST": "NW", "SOUTHEAST": "SE",
      "SOUTHWEST": "SW"
    },
    "number": {
      "1": "ONE", "2": "TWO", "3": "THREE", "4": "FOUR", "5": "FIVE", "6": "SIX", "7": "SEVEN", "8": "EIGHT",
      "9": "NINE", "10": "TEN", "11": "ELEVEN", "12": "TWELVE", "13": "THIRTEEN", "14": "FOURTEEN", "15": "FIFTEEN",
      "16": "SIXTEEN", "17": "SEVENTEEN", "18": "EIGHTEEN", "19": "NINETEEN", "20": "TWENTY", "30": "THIRTY",
      "40": "FORTY", "50": "FIFTY", "60": "SIXTY", "70": "SEVENTY", "80": "EIGHTY", "90": "NINETY", "1ST": "FIRST",
      "2ND": "SECOND", "3RD": "THIRD", "4TH": "FOURTH", "5TH": "FIFTH", "6TH": "SIXTH", "7TH": "SEVENTH",
      "8TH": "EIGHTH EIGTH", "9TH": "NINTH", "10TH": "TENTH", "11TH": "ELEVENTH", "12TH": "TWELFTH TWELVETH",
      "13TH": "THIRTEENTH", "14TH": "FOURTEENTH", "15TH": "FIFTEENTH", "16TH": "SIXTEENTH", "17TH": "SEVENTEENTH",
      "18TH": "EIGHTEENTH", "19TH": "NINETEENTH", "20TH": "TWENTIETH", "30TH": "THIRTIETH", "40TH": "FORTIETH",
      "50TH": "FIFTIETH", "60TH": "SIXTIETH", "70TH": "SEVENTIETH", "80TH": "EIGHTIETH", "90TH": "NINETIETH"
    },
    "prefix": {
      "DOCTOR": "DR", "REVEREND": "REV", "SAINT": "ST", "SAINTE": "STE", "GENERAL": "GEN", "COLONEL": "COL",
      "CAPTAIN": "CAPT", "LIEUTENANT": "LT", "SERGEANT": "SGT", "PRESIDENT": "PRES", "GOVERNOR": "GOV",
      "SENATOR": "SEN", "CALLE": "CLL CLLE", "CAMINO": "CAM CMNO", "PASEO": "PSO", "AVENIDA": "AVDA"
    },
    "road": {
      "US_HIGHWAY": "US US_ROUTE US_ROAD UNITED_STATES_HIGHWAY UNITED_STATES_ROUTE FEDERAL_HIGHWAY FEDERAL_ROUTE",
      "STATE_ROAD": "SR SH STH STATE STATE_ROUTE STATE_HIGHWAY STATE_TRUNK_HIGHWAY",
      "COUNTY_ROAD": "CR CTH COUNTY COUNTY_ROUTE COUNTY_HIGHWAY COUNTY_TRUNK COUNTY_TRUNK_HIGHWAY",
      "INTERSTATE": "I IH INTERSTATE_HIGHWAY INTERSTATE_ROUTE",
      "FARM_TO_MARKET_ROAD": "FM FM_ROAD FARM_TO_MARKET FARM_MARKET FARM_MARKET_ROAD FARM_ROAD FM_HIGHWAY",
      "RANCH_TO_MARKET_ROAD": "RM RM_ROAD RR RANCH_TO_MARKET RANCH_MARKET RANCH_MARKET_ROAD RANCH_ROAD",
      "TOWNSHIP_ROAD": "TWP_ROAD TOWNSHIP_HIGHWAY TWP_HIGHWAY", "HIGHWAY": "", "ROUTE": "", "AVENUE": "", "ROAD": "",
      "LOOP": "", "SPUR": "", "PARK_ROAD": "PR_ROAD", "STATE_LOOP": "", "STATE_SPUR": "", "PRIVATE_ROAD": "",
      "FOREST_ROAD": "", "FOREST_SERVICE_ROAD": "FS_ROAD", "SERVICE_ROAD": ""
    },
    "unit": {
      "#": "APT APTS APARTMENT UNIT SUITE STE ROOM RM TRAILER TRLR NO NUM NUMBER", "BUILDING": "BLDG BLD BLG",
      "CABANA": "", "DEPARTMENT": "DEPT", "DOCK": "", "FLOOR": "FL FLR", "GARAGE": "", "HANGAR": "HNGR", "KEY": "",
      "LOT": "", "PARKING": "", "PENTHOUSE": "PH", "PIER": "", "SLIP": "", "SPACE": "SPC", "STOP": "", "STORAGE": "",
      "TOWER": "TWR", "WING": "", "BASEMENT": "BSMT", "FRONT": "FRNT", "LOBBY": "LBBY", "LOWER": "LOWR",
      "OFFICE": "OFC", "REAR": "", "SIDE": "", "UPPER": "UPPR", "1ST": "FIRST", "2ND": "SECOND", "3RD": "THIRD",
      "4TH": "FOURTH", "&": "AND"
    }
  }'::jsonb -> kind) AS words (word, spellings)
  CROSS JOIN LATERAL string_to_table(concat_ws(' ', words.word, nullif(words.spellings, '')), ' ') AS written (word)
$$
"""

#: ``wholesaler/db/functions/address_parts.sql`` of that time
ADDRESS_PARTS = r"""
-- An address as published to three texts: its house number, what it says of the street, and what it says of the unit
-- (null for nothing). '0012 N.W. Main St., # A, Orlando, FL 32801' -> ('12', 'NW MAIN ST', '# A').
--
-- Cheap, since every address comes here; what street and unit mean is found out once for each distinct text
-- (wholesaler_standard_street, wholesaler_standard_unit). No row for what has no house number, names two, or holds what
-- nobody writes in an address. ASCII, since not every database can hold more. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_address_parts(address text)
RETURNS TABLE (house_number text, street text, unit text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT numbered.house_number, parted.street, parted.unit
  FROM (
    -- 1. Typography to its letters: the fraction of '12{half} MAIN' apart, zero-width spaces away, curly quotes
    -- straight. Most addresses have nothing of the kind. None is longer than 200 characters.
    SELECT CASE
      WHEN length(address) > 1000 THEN NULL
      WHEN octet_length(address) = length(address) THEN address
      WHEN getdatabaseencoding() = 'UTF8' THEN
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
          normalize(address, NFC),
          '[\u00AD\u200B-\u200F\u2060\uFEFF]', '', 'g'),
          '[\u00A0\u2000-\u200A\u202F\u205F\u3000]', ' ', 'g'),
          '[\u00B4\u02BC\u2018\u2019\u2032]', '''', 'g'),
          '[\u201C\u201D\u2033]', '"', 'g'),
          '[\u2010-\u2015\u2212]', '-', 'g'),
          '([\u00BC-\u00BE\u2150-\u215E])', ' \1 ', 'g')
    END AS address
    OFFSET 0
  ) AS typed
  CROSS JOIN LATERAL (
    -- 2. ASCII, in capitals. 'Caf{e acute}' -> 'CAFE', full-width digits -> '12', '{half}' -> '1/2'; none for what has
    -- no such form (superscripts, circled digits, other scripts), nor for a letter by itself, which may be told from
    -- another by nothing but its accent ('AVENUE {n tilde}').
    SELECT upper(CASE
      WHEN octet_length(typed.address) = length(typed.address) THEN typed.address
      WHEN typed.address !~ '[^\x01-\x7F\u00BC-\u00BE\u00C0-\u024F\u0300-\u036F\u1E00-\u1EFF\u2150-\u215E\uFF01-\uFF5E]'
        AND typed.address !~ '(?<![[:alnum:]])[\u00C0-\u024F\u1E00-\u1EFF](?![[:alnum:]])'
      THEN regexp_replace(regexp_replace(
        normalize(typed.address, NFKD), '[\u0300-\u036F]', '', 'g'), '\u2044', '/', 'g')
    END) AS address
    OFFSET 0
  ) AS folded
  CROSS JOIN LATERAL (
    -- 3. Whether there is more than capitals, digits and single spaces: most have that alone, or one # besides.
    SELECT folded.address ~ '[^A-Z0-9 ]|  |^ | $' AS is_rough
    OFFSET 0
  ) AS looks
  CROSS JOIN LATERAL (
    -- 4. Lines and clauses apart, what closes an address away, letters with dots together.
    -- '12 N.W. Main St;' -> '12 NW MAIN ST'. None for two numbers with a comma, and for what is no address: '=1+1'
    SELECT CASE
      WHEN NOT looks.is_rough THEN folded.address
      WHEN folded.address ~ '[^ -~\t\n\v\f\r]|[%$=+@<>?\\^|~{}!].*\w|\d\.\d|^\W*\d+[A-Z]?[ ]*,[ ]*\d' THEN NULL
      ELSE regexp_replace(regexp_replace(
        rtrim(ltrim(
          translate(folded.address, E';\n\r\t\v\f', ',,,   '), ' ,.'''), ' !"$%&''()*+,-./:;<=>?@[\]^_`{|}~'),
        '(?<=\m[A-Z])\.(?=[A-Z]\M)', '', 'g'),
        '(?<=^\d+[A-Z]?) *,+ *|,(?= *JR\M)', ' ')
    END AS address
    OFFSET 0
  ) AS lines
  CROSS JOIN LATERAL (
    -- 5. City, state and ZIP away: from the first clause on that is neither unit, direction nor type of street; without
    -- commas, what stands between a type of street and a state. '12 MAIN ST, APT 3, ORLANDO, FL 32801' -> '12 MAIN ST
    -- APT 3'
    SELECT CASE WHEN looks.is_rough OR lines.address ~ ' [A-Z]{2}(?: \d{5})?$' THEN coalesce(
      (regexp_match(CASE WHEN lines.address ~ '[ ,][A-Z]{2}(?:,? *\d{5}(?:-\d{4})?)?$' THEN lines.address END,
        '^([^,]*? (?:ST|STREET|AVE|AVENUE|DR|DRIVE|RD|ROAD|LN|LANE|CT|COURT|CIR|CIRCLE|BLVD|PKWY|HWY|WAY|PL|PLACE'
        '|TER)\.?(?: (?:#|APT|UNIT|STE)\.? ?[A-Z]?\d+[A-Z]?)?)'
        '(?: (?:ST\.? |FT\.? |MT\.? )?[A-Z]{4,}(?: [A-Z]{4,}){0,2},? *'
        '(?:AR|AZ|CA|FL|GA|IA|IL|KS|KY|MA|MD|MI|MN|MO|MS|NC|NH|NJ|NM|NV|NY|OH|PA|RI|SC|TN|TX|UT|VA|WA|WI|WV)'
        '(?:,? *\d{5}(?:-\d{4})?)?)$'))[1],
      CASE WHEN lines.address LIKE '%,%' THEN replace(regexp_replace(lines.address,
        ',(?!\s*(?:'
        '|#[^,]*'
        '|(?!\d{5}(?:-\d{4})?\s*(?:,|$))\d[^,]*'
        '|(?:APT|APARTMENT|UNIT|SUITE|STE)\M[^,]*'
        '|(?:BLDG|BUILDING|FL|FLR|FLOOR|LOT|NO|PH|ROOM|RM|SLIP|SPACE|SPC|TOWER|TRAILER|TRLR)[ .#]*'
          '(?:[A-Z]?\d{1,4}[A-Z]?|[A-Z])(?:[ -][^,]*)?'
        '|(?:REAR|FRONT|FRNT|UPPER|UPPR|LOWER|LOWR|BASEMENT|BSMT|PENTHOUSE|PH|LOBBY|OFFICE)(?: [^,]*)?'
        '|(?:FIRST|SECOND|THIRD) (?:FL|FLR|FLOOR)'
        '|[A-Z]|N\.?[EW]\.?|S\.?[EW]\.?|NORTH|SOUTH|EAST|WEST|NORTHEAST|NORTHWEST|SOUTHEAST|SOUTHWEST'
        '|(?:ST|STREET|AVE|AVENUE|DR|DRIVE|RD|ROAD|LN|LANE|CT|COURT|CIR|CIRCLE|BLVD|WAY|PL|PLACE|TER|TERRACE)\.?'
        ')\s*(?:,|$)).*$', ''), ',', '  ') END,
      lines.address)
    ELSE lines.address END AS address
    OFFSET 0
  ) AS bare
  CROSS JOIN LATERAL (
    -- 6. Punctuation to what it means: # stands alone, '3-A' -> '3A', "O'BRIEN" -> 'OBRIEN'; a hyphen between numbers,
    -- the slash of a fraction and & stay for now.
    SELECT CASE
      WHEN NOT looks.is_rough THEN bare.address
      ELSE btrim(regexp_replace(
        CASE WHEN bare.address LIKE '%-%'
          THEN regexp_replace(regexp_replace(marked.address,
            '(?<=\m[A-Z])-(?=\d+\M)|(?<=\d)-(?=[A-Z]\M)', '', 'g'), '(?<!\d)-|-(?!\d)', ' ', 'g')
          ELSE marked.address END,
        ' {2,}', ' ', 'g'))
    END AS address
    FROM (
      SELECT replace(replace(
        translate(regexp_replace(bare.address, '(?<=\d)\s+(?:-|TO|THRU)\s+(?=\d)', '-'), '."()*_:[]''`', '         '),
        '#', ' # '), '&', ' & ') AS address
    ) AS marked
    OFFSET 0
  ) AS plain
  CROSS JOIN LATERAL (
    -- 7. The first word, where it is a plain number and the street begins with a letter; and what stands behind.
    SELECT
      split_part(plain.address, ' ', 1) AS word,
      substr(plain.address, strpos(plain.address || ' ', ' ') + 1) AS remainder
    OFFSET 0
  ) AS first
  CROSS JOIN LATERAL (
    -- 8. Otherwise the number in its other forms, behind a unit that was written first: '123 1/2', '123-1/2', '123A',
    -- '0123', '100-102', of a grid 'N95W18000' and '4N275', glued '12MAIN ST'. 'APT 3 100 MAIN ST' -> '100', 'APT 3'
    SELECT
      CASE
        WHEN ltrim(first.word, '0123456789') = '' AND length(first.word) < 7 AND ascii(first.word) BETWEEN 49 AND 57
          AND ascii(first.remainder) BETWEEN 65 AND 90
        THEN ARRAY[first.word, NULL, NULL, NULL, first.remainder, NULL]
        WHEN plain.address ~ '^[NSEW]? ?\d+ ?[NSEW] ?\d+ ' OR plain.address ~ '^[NSEW]\d+ '
        THEN (
          SELECT ARRAY[replace(grid.match[1], ' ', ''), NULL, NULL, NULL, grid.match[2], NULL]
          FROM regexp_match(plain.address,
            '^([NS] ?\d+ ?[EW] ?\d+|[EW] ?\d+ ?[NS] ?\d+|\d+[NSEW]\d+|[NSEW]\d+) ([A-Z0-9].*)$') AS grid (match)
        )
        ELSE (
          SELECT number.match || own.match[1]
          FROM regexp_match(plain.address,
            '^((?:#|APT|APARTMENT|UNIT|SUITE|STE|ROOM|RM) ?(?:# )?(?:[A-Z]?\d+[A-Z]?|[A-Z])) (\d.*)$') AS own (match)
          CROSS JOIN LATERAL regexp_match(coalesce(own.match[2], plain.address),
            '^0*(\d{1,6})(?:([A-Z])(?= ))?(?:-(\d{1,6}[A-Z]?)(?![/\d]))?(?:[ -](\d{1,2}/\d{1,2})(?!\d))?'
            '(?: |(?=N[EW]|S[EW]|[A-Z]{3}))(?!(?:ST|ND|RD|TH)(?:ST|AVE|RD|DR|PL|CT|LN|TER))(\S.*)$') AS number (match)
        )
      END AS parts
    OFFSET 0
  ) AS number
  CROSS JOIN LATERAL (
    -- 9. '12' and '1/2' -> '12 1/2'; what is left, with nothing but blanks between words.
    SELECT
      concat(number.parts[1], number.parts[2], '-' || number.parts[3], ' ' || number.parts[4]) AS house_number,
      number.parts[1] AS digits,
      CASE WHEN number.parts[5] LIKE ANY (ARRAY['%-%', '% NO %', '% NUMBER %'])
        THEN regexp_replace(translate(number.parts[5], '-', ' '),
          ' (RD|ROAD|HWY|HIGHWAY|RT|RTE|ROUTE) (?:NO|NUMBER) (?=\d)', ' \1 ')
        ELSE number.parts[5] END AS remainder,
      number.parts[6] AS unit
    OFFSET 0
  ) AS numbered
  CROSS JOIN LATERAL (
    SELECT split_part(numbered.remainder, ' ', -1) AS word, split_part(numbered.remainder, ' ', -2) AS before
    OFFSET 0
  ) AS last
  CROSS JOIN LATERAL (
    -- 10. Where a unit begins: at its designator, at a word such as REAR, or with numbers and letters behind the
    -- street. Only behind a street: STE MARIE ST, RM 620 and UNIT RD are some. {street, unit}
    SELECT CASE
      WHEN length(last.word) > 1 AND translate(last.word, '0123456789#', '') = last.word
        AND last.word NOT IN ('REAR', 'FRONT', 'FRNT', 'UPPER', 'UPPR', 'LOWER', 'LOWR', 'SIDE', 'BASEMENT', 'BSMT',
          'LOBBY', 'LBBY', 'OFFICE', 'OFC', 'PENTHOUSE', 'PH', 'FLOOR', 'FLR', 'FL', 'UNIT', 'APT', 'APARTMENT',
          'SUITE', 'STE', 'NO')
        AND last.before NOT IN ('APT', 'APARTMENT', 'UNIT', 'SUITE', 'STE', '#')
        AND NOT looks.is_rough
        AND left(numbered.remainder, 5) <> 'REAR '
      THEN ARRAY[numbered.remainder]
      ELSE coalesce(
        regexp_match(numbered.remainder,
          '^(?!(?:[NSEW]|N[EW]|S[EW]|NORTH|SOUTH|EAST|WEST|(?:NORTH|SOUTH)(?:EAST|WEST)) [A-Z]+ \w+$)(.*?\w) ('
          '#.*'
          '|(?:APT|APARTMENT|UNIT|SUITE|STE|ROOM|RM|NO|NUMBER|TRAILER|TRLR|LOT|SPACE|SPC|SLIP|DOCK|PIER|HANGAR|HNGR'
            '|BLDG|BLD|BUILDING|TOWER|TWR|WING|FLOOR|FLR|FL|PENTHOUSE|PH|DEPT|CABANA|GARAGE|STORAGE|PARKING|KEY|STOP)'
            '(?=\d| (?:NO |NUMBER |# )?(?:[A-Z]{0,2}\d|[A-Z](?: |$))).*'
          '|(?:APT|APARTMENT|UNIT|SUITE|STE) (?!(?:ST|RD|DR|LN|CT|PL|AV|WY|CV|LP) |(?:ST|RD|DR|LN|CT|PL|AV|WY|CV|LP)$)'
            '[A-Z]{2}(?: .*)?'
          '|(?:UNIT|APT|APARTMENT|SUITE|STE)'
          '|(?:(?:UNIT|APT|APARTMENT|SUITE|STE|#) )?(?:REAR|BASEMENT|BSMT|PENTHOUSE|PH|FRNT|UPPR|LOWR|LBBY|OFC)(?: .*)?'
          '|(?:\d+(?:ST|ND|RD|TH)|FIRST|SECOND|THIRD|FOURTH) (?:FLOOR|FLR|FL)(?: .*)?'
          ')$'),
        regexp_match(numbered.remainder,
          '^(\S.* (?:ST|STREET|AVE|AVENUE|DR|DRIVE|RD|ROAD|LN|LANE|CT|COURT|CIR|CIRCLE|BLVD|WAY|PL|PLACE|TER|TERRACE)'
          '(?: (?:[NSEW]|N[EW]|S[EW]))?) '
          '((?:FRONT|UPPER|LOWER|SIDE|LOBBY|OFFICE|GARAGE|APT [A-Z]+|UNIT [A-Z]+|SUITE [A-Z]+|STE [A-Z]+)(?: .*)?)$'),
        CASE WHEN left(numbered.remainder, 5) = 'REAR ' THEN ARRAY[substr(numbered.remainder, 6), 'REAR'] END,
        (
          SELECT ARRAY[concat(run.match[1], run.match[2]), btrim(run.match[3])]
          FROM regexp_match(numbered.remainder,
            '^(.*?(?!\d+(?:ST|ND|RD|TH)\M)\S*[A-Z]{2}\S*)((?: [NSEW]\M)*)'
            '((?: (?:(?!\d+(?:ST|ND|RD|TH)\M)[A-Z]{0,2}\d+[A-Z]{0,2}|\d/\d|[A-Z]|&))+)$') AS run (match)
          WHERE run.match[1] !~ '(?:^|\s)(?:US|SR|CR|FM|RM|RR|SH|IH|HWY|HIGHWAY|HW|HY|ROUTE|RTE|RT|INTERSTATE'
            '|ALT|ALTERNATE|BUS|BUSINESS'
            '|(?:STATE|COUNTY|CO|ST|CNTY|CTY|MARKET|FARM|RANCH|TOWNSHIP|TWP|FOREST|PRIVATE|PARK|SERVICE) (?:RD|ROAD))$'
            '|^(?:(?:[NSEW]|N[EW]|S[EW]|NORTH|SOUTH|EAST|WEST|OLD|NEW) )*(?:AVENUE|AVE|AV|ROAD|RD|STREET|LOOP|SPUR'
            '|CALLE|CAMINO|VIA|PASEO|AVENIDA|FARM TO MARKET|COUNTY|STATE|FARM|CTH|[A-Z]{2}|NORTH|SOUTH|EAST|WEST|OLD'
            '|NEW)$'
            AND run.match[3] !~ '^ I \d|^ [NSEW]$'
        ),
        ARRAY[numbered.remainder])
    END AS match
    OFFSET 0
  ) AS split
  CROSS JOIN LATERAL (
    SELECT split.match[1] AS street, nullif(concat_ws(' ', numbered.unit, split.match[2]), '') AS unit
    OFFSET 0
  ) AS parted
  -- 11. 0 and 99999 are how rolls write land without a number: '0 OAK ST' is every lot of Oak Street. 9999 is a number
  -- that houses have. Of two numbers before the street nobody knows which it is, unless the second is the street's.
  WHERE parted.street <> '' AND length(folded.address) <= 200
    AND (left(numbered.digits, 1) NOT IN ('0', '9') OR numbered.digits !~ '^(0|9{5,}$)')
    AND parted.street !~ ('^(?:AND|TO|THRU|&|BLOCK|BLK|OF) |^\d{3,} (?!(?:[NSEW]|N[EW]|S[EW])$)\S+ \S|^[&/]|^\d+$'
      '|/(?!\d)|(?<!\d)/')
$$
"""

#: ``wholesaler/db/functions/standard_street.sql`` of that time
STANDARD_STREET = r"""
-- What an address says of its street to the parts that are compared: 'N W 1st St' -> NORTHWEST, '1ST', STREET.
--
-- What says the same becomes one form, in words of USPS Publication 28 (wholesaler_street_words): 'SR 50' and 'STATE
-- ROUTE 50' are one road, ST JOHNS AVE is SAINT JOHNS AVENUE. What is different stays different: E ST is no EAST
-- STREET, PINE SPRING no PINE SPRINGS. No row for what is no street: a box, a lot of a plat, a corner of two streets.
--
-- street_name is the name with what stands before it; street the four parts in a row. Dear: once for each distinct
-- text. Takes what wholesaler_address_parts makes of an address. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_standard_street(written text)
RETURNS TABLE (predirection text, street_name text, suffix text, postdirection text, street text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT
    placed.predirection, placed.name, placed.suffix, placed.postdirection,
    concat_ws(' ', placed.predirection, placed.name, placed.suffix, placed.postdirection)
  FROM (
    -- 1. The words to look up, once a statement.
    SELECT
      wholesaler_street_words('type') AS types, wholesaler_street_words('place') AS places,
      wholesaler_street_words('direction') AS directions, wholesaler_street_words('number') AS numbers,
      wholesaler_street_words('prefix') AS prefixes, wholesaler_street_words('road') AS roads
    OFFSET 0
  ) AS words
  CROSS JOIN LATERAL (
    -- 2. Glued words apart, '17/92' to '17 92', no zeros in front. '05THST' -> '5TH ST', 'SR50' -> 'SR 50', '5 TH ST'
    -- -> '5TH ST', 'U S 441' -> 'US 441', 'MC COY RD' -> 'MCCOY RD'; and 'MAINST' where no word ends so.
    SELECT CASE
      WHEN written ~ '\d' THEN regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        regexp_replace(written,
        '(?<=\d)/(?=\d\d)|(?<=\d\d)/(?=\d)', ' ', 'g'),
        '\m0+(?=\d)', '', 'g'),
        '\m(US|SR|CR|FM|RM|RR|IH|I|HWY|RT|RTE|SH|CTH|N|S|E|W|NE|NW|SE|SW)(\d+(?:ST|ND|RD|TH|[A-Z])?)\M', '\1 \2', 'g'),
        '\m(\d+(?:ST|ND|RD|TH))([A-Z]{2,})\M', '\1 \2'),
        '\m(\d+) (ST|ND|RD|TH)(?= (?:ST|STREET|AVE?|AVENUE|RD|ROAD|DR|DRIVE|CT|COURT|PL|PLACE|LN|LANE|TER|WAY)\M)',
        '\1\2'),
        '\m(U|S|C|F|R|I) (S|R|M|H)(?= (?:\d|HIGHWAY|HWY|ROUTE|RTE|RT|ROAD|RD)\M)', '\1\2')
      WHEN strpos(written, ' ') = 0 THEN regexp_replace(written,
        '^([A-Z]{3,})(BLVD|BOULEVARD|PKWY|HWY|STREET|AVENUE|DRIVE|CIRCLE|TERRACE|DR|CIR|(?<=[BCDFGHKLMNPTVWXZ])ST'
        '|(?<=[DKMNP])AVE|(?<=[BCDFGHKLMNPRSTVWXZ])RD|(?<=[BCDFGHKMNPRSTVWXZ])LN|(?<=[BDFGHKLMPRSTW])CT)$', '\1 \2')
      WHEN written ~ '\m(?:MC|O) [A-Z]{4}' THEN regexp_replace(written,
        '\m(MC|O) (?!STREET|AVEN|DRIVE|ROAD|LANE|COURT|PLACE|TERR|BLVD|BOUL|EAST|WEST|NORTH|SOUTH)(?=[A-Z]{4})', '\1')
      ELSE written
    END AS text
    OFFSET 0
  ) AS apart
  CROSS JOIN LATERAL (
    -- 3. A numbered road in its parts: 'N US HWY ALT 17 92 S' -> {'N ', NULL, 'US HWY ', 'ALT', '17 92', NULL, ' S'}
    SELECT CASE
      WHEN apart.text ~ '\d|\m(?:AVENUE|AVE|AV|ROAD|RD|HIGHWAY|HWY|ROUTE|RTE|RT|CR|SR|CTH|COUNTY) [A-Z]{1,2}(?: |$)'
      THEN regexp_match(apart.text,
        '^((?:(?:[NSEW]|N[EW]|S[EW]|NORTH|SOUTH|EAST|WEST|OLD|NEW) )*)(?:(ALT|ALTERNATE|BUS|BUSINESS) )?'
        '((?:[A-Z]+ ){1,4}?)(?:(?:NO|NUMBER) )?(?:(ALT|ALTERNATE|BUS|BUSINESS|BYP|BYPASS|TRUCK) )?'
        '(\d+[A-Z]?(?: (?:AND )?\d+[A-Z]?)?|A ?1 ?A|[A-Z]\d+[A-Z]?'
        '|(?!(?:DE|EL|LA|DU|LE|OF|TO|AT|IN|ON|ST|MT|FT|DR|LN|RD|RT|HW|HY|SR|CR|US|IH|FM|RM|NO|N[EW]|S[EW]|AV|PL|CT|CO'
        '|MC)\M)[A-Z]{1,2})(?= |$)(?: (ALT|ALTERNATE|BUS|BUSINESS|BYP|BYPASS|TRUCK)(?= |$))?((?: .*)?)$')
    END AS parts
    OFFSET 0
  ) AS road
  CROSS JOIN LATERAL (
    -- 4. What it is called, by one name: 'US HWY' -> US_HIGHWAY, 'CO RD' -> COUNTY_ROAD, 'KY HIGHWAY' -> STATE_ROAD. A
    -- state numbers its roads once, whatever it calls them.
    SELECT CASE WHEN road.parts IS NOT NULL THEN (
      SELECT coalesce(
        CASE WHEN spelled.phrase <> 'RR' OR road.parts[5] ~ '^\d{3}' THEN words.roads ->> spelled.phrase END,
        CASE WHEN split_part(road.parts[3], ' ', 1) IN ('AL', 'AK', 'AZ', 'AR', 'CA', 'FL', 'GA', 'HI', 'ID', 'IL',
            'IN', 'IA', 'KS', 'KY', 'LA', 'ME', 'MD', 'MA', 'MI', 'MN', 'MS', 'MO', 'MT', 'NV', 'NH', 'NJ', 'NM', 'NY',
            'NC', 'ND', 'OH', 'OK', 'OR', 'PA', 'RI', 'SC', 'SD', 'TN', 'TX', 'UT', 'VT', 'VA', 'WA', 'WV', 'WI', 'WY',
            'FLORIDA', 'GEORGIA', 'TEXAS', 'KENTUCKY', 'ALABAMA', 'OHIO', 'TENNESSEE', 'MICHIGAN', 'ILLINOIS')
          AND (spelled.rest IN ('', 'HIGHWAY', 'ROUTE', 'ROAD') OR words.roads ->> spelled.rest = 'STATE_ROAD')
          AND road.parts[5] ~ '\d'
        THEN 'STATE_ROAD' END)
      FROM (
        SELECT
          regexp_replace(regexp_replace(
            string_agg(coalesce(words.types ->> word.word, word.word), '_' ORDER BY word.place),
            '^(?:CO|CNTY|CTY)_', 'COUNTY_'), '^STREET_', 'STATE_') AS phrase,
          coalesce(string_agg(coalesce(words.types ->> word.word, word.word), '_' ORDER BY word.place)
            FILTER (WHERE word.place > 1), '') AS rest
        FROM string_to_table(rtrim(road.parts[3]), ' ') WITH ORDINALITY AS word (word, place)
      ) AS spelled
    ) END AS name
    OFFSET 0
  ) AS called
  CROSS JOIN LATERAL (
    -- 5. Names of several words as one word. 'N US HWY ALT 17 92 S' -> 'N US_HIGHWAY_17_92_ALTERNATE S'; 'DR M L KING
    -- JR DR' -> 'MARTIN_LUTHER_KING DR'; 'AVE DEL SOL' -> 'AVENIDA DEL SOL'; 'TWENTY FIRST ST' -> '21ST ST'; & is AND
    SELECT CASE
      WHEN called.name IS NOT NULL THEN concat(
        road.parts[1], called.name, '_', replace(replace(
          CASE WHEN left(road.parts[5], 2) = 'A ' THEN replace(road.parts[5], ' ', '') ELSE road.parts[5] END,
          ' AND ', '_'), ' ', '_'),
        CASE left(coalesce(road.parts[2], road.parts[4], road.parts[6]), 2)
          WHEN 'AL' THEN '_ALTERNATE' WHEN 'BU' THEN '_BUSINESS' WHEN 'BY' THEN '_BYPASS' WHEN 'TR' THEN '_TRUCK' END,
        CASE WHEN called.name LIKE '%MARKET_ROAD' THEN regexp_replace(road.parts[7], '^ (?:ROAD|RD)\M', '')
          ELSE road.parts[7] END)
      WHEN apart.text ~ 'KING|MLK|M L K' THEN regexp_replace(apart.text,
        '\m(?:(?:REV|REVEREND|DR|DOCTOR) )*(?:(?:MARTIN LUTHER|MARTIN L|M L|ML) KING|MARTINLUTHERKING|ML ?K|M L K'
        '|MLKING)(?: (?:JR|JUNIOR))?\M', 'MARTIN_LUTHER_KING')
      WHEN apart.text ~ '\mAV\w* (?:DE|DEL|EL|LA|LAS|LOS)\M' THEN regexp_replace(apart.text,
        '\m(?:AVENUE|AVE|AV|AVDA) (?=(?:DE|DEL|EL|LA|LAS|LOS) )', 'AVENIDA ')
      WHEN apart.text ~ 'TY ?(?:FIRST|SECOND|THIRD|FOURTH|FIFTH|SIXTH|SEVENTH|EIGHTH|NINTH)\M' THEN (
        SELECT replace(apart.text, tens.match[1],
          left(words.numbers ->> tens.match[2], 1) || (words.numbers ->> tens.match[3]))
        FROM regexp_match(apart.text,
          '((TWENTY|THIRTY|FORTY|FIFTY|SIXTY|SEVENTY|EIGHTY|NINETY) ?(\w+TH|FIRST|SECOND|THIRD))') AS tens (match)
      )
      ELSE replace(apart.text, '&', 'AND')
    END AS text
    OFFSET 0
  ) AS joined
  CROSS JOIN LATERAL (
    -- 6. Directions of two words as one, before a name or behind one. 'S E 5TH ST' -> {SE,5TH,ST}; N W ST is a street W
    SELECT CASE
      WHEN cardinality(front.parts) > 2 AND front.parts[cardinality(front.parts) - 1] IN ('N', 'S')
        AND front.parts[cardinality(front.parts)] IN ('E', 'W')
      THEN front.parts[:cardinality(front.parts) - 2]
        || concat(front.parts[cardinality(front.parts) - 1], front.parts[cardinality(front.parts)])
      ELSE front.parts
    END AS parts
    FROM (
      SELECT CASE
        WHEN (split.parts[1] IN ('N', 'S') AND split.parts[2] IN ('E', 'W')
            OR split.parts[1] IN ('NORTH', 'SOUTH') AND split.parts[2] IN ('EAST', 'WEST'))
          AND cardinality(split.parts) > 2 AND NOT words.types ? split.parts[3]
        THEN concat(split.parts[1], split.parts[2]) || split.parts[3:]
        ELSE split.parts
      END AS parts
      FROM (SELECT string_to_array(joined.text, ' ') AS parts) AS split
    ) AS front
    OFFSET 0
  ) AS listed
  CROSS JOIN LATERAL (
    -- 7. Whether there are directions. 'E ST' and 'N ST N' are streets of one letter.
    SELECT
      (words.directions ? listed.parts[1] AND cardinality(listed.parts) > 1
        AND NOT (words.types ? listed.parts[2] AND (cardinality(listed.parts) = 2
          OR cardinality(listed.parts) = 3 AND words.directions ? listed.parts[3])))::int AS before,
      (words.directions ? listed.parts[cardinality(listed.parts)])::int AS behind
    OFFSET 0
  ) AS directed
  CROSS JOIN LATERAL (
    -- 8. Direction, name and direction apart. {SE,5TH,ST} -> SOUTHEAST, {5TH,ST}
    SELECT
      CASE WHEN directed.before = 1 THEN words.directions ->> listed.parts[1] END AS predirection,
      CASE WHEN has.end = 1 THEN words.directions ->> listed.parts[cardinality(listed.parts)] END AS postdirection,
      listed.parts[1 + directed.before : cardinality(listed.parts) - has.end] AS body
    FROM (SELECT (directed.behind = 1 AND cardinality(listed.parts) - directed.before > 1)::int AS end) AS has
    OFFSET 0
  ) AS bodied
  CROSS JOIN LATERAL (
    -- 9. What the street is, behind its name. {5TH,ST} -> STREET
    SELECT CASE WHEN cardinality(bodied.body) > 1 THEN coalesce(
      words.types ->> bodied.body[cardinality(bodied.body)],
      words.places ->> bodied.body[cardinality(bodied.body)]) END AS suffix
    OFFSET 0
  ) AS typed
  CROSS JOIN LATERAL (
    -- 10. The words of the name in full. {OLD,ST,JOHNS} -> 'OLD SAINT JOHNS', {MAIN,ST} -> 'MAIN STREET' where an
    -- EXTENSION follows; titles of a person of two names and more, and JR, are left out; '42 ST' is '42ND STREET'.
    SELECT CASE
      WHEN cardinality(own.parts) = 1 AND own.parts[1] ~ '^\d+$'
        AND typed.suffix IN (
          'STREET', 'AVENUE', 'TERRACE', 'COURT', 'PLACE', 'LANE', 'DRIVE', 'WAY', 'CIRCLE', 'BOULEVARD')
      THEN own.parts[1] || CASE
        WHEN own.parts[1] ~ '1\d$' THEN 'TH' WHEN own.parts[1] ~ '1$' THEN 'ST' WHEN own.parts[1] ~ '2$' THEN 'ND'
        WHEN own.parts[1] ~ '3$' THEN 'RD' ELSE 'TH' END
      ELSE (
        SELECT string_agg(spelled.word, ' ' ORDER BY spelled.place) FILTER (WHERE NOT (
          own.is_person AND spelled.place = 1 AND spelled.word IN ('DOCTOR', 'REVEREND')
          OR spelled.place = cardinality(own.parts) AND spelled.place > 2 AND spelled.word IN ('JR', 'JUNIOR')))
        FROM (
          SELECT
            part.place,
            CASE
              WHEN part.place < cardinality(own.parts) AND (part.place = 1 OR part.word IN ('ST', 'DR'))
                AND words.prefixes ? part.word THEN words.prefixes ->> part.word
              WHEN part.word IN ('LA', 'CI', 'CO') THEN part.word
              ELSE coalesce(words.numbers ->> part.word, words.types ->> part.word, words.places ->> part.word,
                replace(part.word, '_', ' '))
            END AS word
          FROM unnest(own.parts) WITH ORDINALITY AS part (word, place)
        ) AS spelled
      )
    END AS name
    FROM (
      SELECT
        names.parts,
        cardinality(names.parts) > 2 AND names.parts[1] IN ('DR', 'DOCTOR', 'REV', 'REVEREND')
          AND NOT words.types ?| names.parts[2:] AND NOT words.places ?| names.parts[2:]
          AND NOT names.parts && ARRAY['CHURCH', 'FARM', 'FARMS', 'HOUSE', 'SCHOOL'] AS is_person
      FROM (
        SELECT bodied.body[:cardinality(bodied.body) - (typed.suffix IS NOT NULL)::int] AS parts
      ) AS names
    ) AS own
    OFFSET 0
  ) AS named
  CROSS JOIN LATERAL (
    -- 11. A numbered road's direction stands before it, wherever it was written. 'US 441 N' -> NORTH, 'US HIGHWAY 441'
    SELECT
      named.name, typed.suffix,
      CASE WHEN moved.is_so THEN bodied.postdirection ELSE bodied.predirection END AS predirection,
      CASE WHEN NOT moved.is_so THEN bodied.postdirection END AS postdirection
    FROM (
      SELECT coalesce(called.name IN (
        'US_HIGHWAY', 'STATE_ROAD', 'INTERSTATE', 'FARM_TO_MARKET_ROAD', 'RANCH_TO_MARKET_ROAD', 'HIGHWAY', 'ROUTE'
      ), false) AND bodied.predirection IS NULL AND typed.suffix IS NULL AS is_so
    ) AS moved
    OFFSET 0
  ) AS placed
  -- 12. No street: a number, a box, a lot of a plat, a second name, a corner, two addresses.
  WHERE placed.name IS NOT NULL AND cardinality(listed.parts) <= 10
    AND (placed.name ~ '[A-Z]{2}|\d[A-Z]|[A-Z]\d'
      OR num_nonnulls(placed.predirection, placed.suffix, placed.postdirection) > 0)
    AND joined.text !~ (
      '\m(?:P ?O BOX|BOX \d\w*|R ?R \d\w*|RURAL ROUTE|H ?C \d\w*|BLK|BLOCK \d\w*|LOT \d\w*|TRACT \d\w*|AKA|FKA'
      '|UNKNOWN)\M|\w (?:APT|APARTMENT|UNIT) \w|^(?:UNASSIGNED|NONE|TBD|N/?A)$|\mBOX$'
      '|\w (?:ST|STREET|AVE|AVENUE|RD|ROAD|DR|DRIVE|BLVD|LN|LANE|CT|COURT|WAY|PL)(?: [NSEW]| [NS][EW])?'
      ' (?:(?:AND|AT) |\d+ [A-Z]{2})')
$$
"""

#: ``wholesaler/db/functions/standard_unit.sql`` of that time
STANDARD_UNIT = r"""
-- What an address says of its unit to the form that is compared: 'APT 3-A', '# 3 A' -> '3A'.
--
-- APT, UNIT, SUITE, ROOM, TRAILER and # say nothing of the place and are left out; what tells kinds of place apart
-- stays, in full and in one order: 'UNIT 5 BLDG 2' -> 'BUILDING 2 UNIT 5', 'PH3' -> 'PENTHOUSE 3', '2ND FL' -> 'FLOOR
-- 2'. Null for a designator without a number. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_standard_unit(unit text)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(concat_ws(' ', parts.kinds,
    CASE WHEN parts.kinds IS NULL THEN parts.number ELSE 'UNIT ' || nullif(parts.number, '') END), '')
  FROM (
    -- 1. Numbers apart from words, no zeros in front. 'BLDG2 APT 03' -> 'BLDG 2 APT 3'
    SELECT regexp_replace(
      regexp_replace(concat(' ', unit, ' '), '( [A-Z]{2,}|#)(?=\d)', '\1 ', 'g'), '\m0+(?=\d)', '', 'g') AS words
    OFFSET 0
  ) AS apart
  CROSS JOIN LATERAL (
    -- 2. One word for one thing, # where it says nothing of the place. 'BLDG 2 APT 3' -> 'BUILDING 2 # 3'
    SELECT
      concat(' ', string_agg(coalesce(kinds.words ->> word.word, word.word), ' ' ORDER BY word.place), ' ') AS words
    FROM (SELECT wholesaler_street_words('unit') AS words OFFSET 0) AS kinds
    CROSS JOIN LATERAL string_to_table(apart.words, ' ') WITH ORDINALITY AS word (word, place)
    WHERE word.word <> ''
    OFFSET 0
  ) AS spelled
  CROSS JOIN LATERAL (
    -- 3. What tells kinds of place apart in brackets, with its number. 'BUILDING 2 # 3' -> ' [BUILDING 2] # 3'
    SELECT CASE
      WHEN spelled.words ~ '[A-Z]{3}' THEN regexp_replace(
        regexp_replace(spelled.words, ' (\d+)(?:ST|ND|RD|TH) FLOOR(?= )', ' FLOOR \1'),
        ' (?:(BUILDING|CABANA|DEPARTMENT|DOCK|FLOOR|GARAGE|HANGAR|KEY|LOT|PARKING|PENTHOUSE|PIER|SLIP|SPACE|STOP'
        '|STORAGE|TOWER|WING)(?: #)*((?: [A-Z]{0,2}\d+[A-Z]?| [A-Z])(?: \d/\d+)?(?= ))?'
        '|(BASEMENT|FRONT|LOBBY|LOWER|OFFICE|REAR|SIDE|UPPER))(?= )', ' [\1\2\3]', 'g')
      ELSE spelled.words END AS words
    OFFSET 0
  ) AS marked
  CROSS JOIN LATERAL (
    -- 4. Those in the order of the alphabet, and the rest. 3-A, 3 A and 3A are one unit; between two numbers the gap
    -- stays, since 3-12 is not 31-2.
    SELECT
      CASE WHEN marked.words LIKE '%[%' THEN (
        SELECT string_agg(kind.match[1], ' ' ORDER BY kind.match[1])
        FROM regexp_matches(marked.words, '\[([^]]*)\]', 'g') AS kind (match)
      ) END AS kinds,
      regexp_replace(
        btrim(regexp_replace(regexp_replace(marked.words, '\[[^]]*\]|#|(?<!\d)/|/(?!\d)', '', 'g'), ' +', ' ', 'g')),
        '^(\d+) ([A-Z])$|^([A-Z]) (\d+)$', '\1\2\3\4') AS number
    OFFSET 0
  ) AS parts
$$
"""

#: ``wholesaler/db/functions/standard_address.sql`` of that time
STANDARD_ADDRESS = r"""
-- An address as published to the parts that are compared: '12 N Main St., # A' -> '12', NORTH, 'MAIN', STREET, null,
-- 'NORTH MAIN STREET', 'A'. Two addresses are one where house number, street and unit are the same.
--
-- For one address; stages/properties/addresses.sql does the same for many, with each street's and unit's text once. No
-- row for what cannot be read, since it would make two addresses one. No state writes addresses in a way of its own:
-- state is of no use. A migration installs this text, frozen; a test compares the newest copy with this file.
CREATE OR REPLACE FUNCTION wholesaler_standard_address(address text, state text)
RETURNS TABLE (
  house_number text, predirection text, street_name text, suffix text, postdirection text, street text, unit text
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT
    parts.house_number, street.predirection, street.street_name, street.suffix, street.postdirection, street.street,
    inside.unit
  FROM wholesaler_address_parts(address) AS parts
  CROSS JOIN LATERAL wholesaler_standard_street(parts.street) AS street
  CROSS JOIN LATERAL (SELECT wholesaler_standard_unit(parts.unit) AS unit OFFSET 0) AS inside
  WHERE parts.unit IS NULL OR inside.unit IS NOT NULL
$$
"""

FUNCTIONS = (STREET_WORDS, ADDRESS_PARTS, STANDARD_STREET, STANDARD_UNIT, STANDARD_ADDRESS)

# Enrich standardises an address again only when it is published otherwise. The state is nothing to the parts.
STANDARDISE_ANEW = r"""
UPDATE properties AS property
SET house_number = standard.house_number, street = standard.street, unit = standard.unit, updated_at = now()
FROM properties AS published
LEFT JOIN LATERAL wholesaler_standard_address(published.address, '') AS standard ON true
WHERE property.market = published.market AND property.id = published.id AND published.address IS NOT NULL
  AND (property.house_number, property.street, property.unit)
    IS DISTINCT FROM (standard.house_number, standard.street, standard.unit)
"""

# What was right all the same is merged and matched again by the next dedupe that has the roll's whole answer.
END_MERGES = r"""
UPDATE properties AS merged
SET merged_into = NULL, merge_evidence = NULL, updated_at = now()
FROM properties AS winner
WHERE winner.market = merged.market AND winner.id = merged.merged_into
  AND (merged.house_number IS NULL OR winner.address IS NOT NULL
    AND (merged.house_number, merged.street, merged.unit)
      IS DISTINCT FROM (winner.house_number, winner.street, winner.unit))
"""

END_MATCHES = r"""
UPDATE {table} AS record
SET property_id = NULL, match_evidence = NULL
FROM {table} AS published
LEFT JOIN LATERAL wholesaler_standard_address(published.address, '') AS standard ON true
LEFT JOIN properties AS property ON property.market = published.market
  AND property.parcel_id = published.match_evidence ->> 'parcel_id'
WHERE record.market = published.market AND record.source = published.source
  AND record.record_key = published.record_key AND published.match_evidence IS NOT NULL
  AND (standard.house_number IS NULL OR property.address IS NOT NULL
    AND (property.house_number, property.street, property.unit)
      IS DISTINCT FROM (standard.house_number, standard.street, standard.unit))
"""

# As enrich judges an answer; the key holds what was asked for. What is forgotten is asked for again.
FORGET_OTHER_ADDRESSES = r"""
DELETE FROM geocode_cache AS answer
WHERE match = 'Match' AND NOT EXISTS (
  SELECT
  FROM wholesaler_standard_address(split_part(answer.address_key, '|', 1), '') AS own,
    wholesaler_standard_address(split_part(answer.matched_address, ',', 1), '') AS matched
  WHERE own.house_number = matched.house_number
    AND own.street_name = matched.street_name
    AND (own.predirection = matched.predirection) IS NOT FALSE
    AND (own.suffix = matched.suffix) IS NOT FALSE
    AND (own.postdirection = matched.postdirection) IS NOT FALSE
)
"""

DROP_LOCATIONS = r"""
UPDATE properties AS property
SET location = NULL, location_source = NULL, updated_at = now()
WHERE location_source = 'census_geocoder'
  AND (house_number IS NULL OR NOT EXISTS (
    SELECT FROM geocode_cache AS known
    WHERE known.market = property.market AND known.location IS NOT NULL
      AND known.address_key = concat_ws('|', upper(property.address), upper(property.city), left(property.zip_code, 5))
  ))
"""

MERGE_ALL = "UPDATE merged_rolls SET merged_at = '9999-01-01'"


def upgrade() -> None:
    """Go one step forward."""
    op.execute("SET LOCAL statement_timeout = 0")  # every address is standardised anew
    op.execute("DROP FUNCTION wholesaler_standard_address(text, text)")
    for function in FUNCTIONS:
        _execute(function)
    op.execute("TRUNCATE standard_addresses")
    for name in ADDED:
        op.add_column("standard_addresses", sa.Column(name, sa.Text(), nullable=True))
    _execute(STANDARDISE_ANEW)
    _execute(END_MERGES)
    for table in ("tax_sales", "foreclosures", "code_violations", "distress_events"):
        _execute(END_MATCHES.format(table=table))
    _execute(FORGET_OTHER_ADDRESSES)
    _execute(DROP_LOCATIONS)
    # how owners' mailing addresses differ follows from forms: the next merge compares all parcels
    op.execute(MERGE_ALL)


def downgrade() -> None:
    """Go one step back."""
    op.execute("SET LOCAL statement_timeout = 0")
    for signature in ("standard_address(text, text)", "standard_unit(text)", "standard_street(text)"):
        op.execute(f"DROP FUNCTION wholesaler_{signature}")
    for signature in ("address_parts(text)", "street_words(text)"):
        op.execute(f"DROP FUNCTION wholesaler_{signature}")
    for name in ADDED:
        op.drop_column("standard_addresses", name)
    _execute(_former_function())
    op.execute("TRUNCATE standard_addresses")
    _execute(STANDARDISE_ANEW)
    op.execute(MERGE_ALL)


def _former_function() -> str:
    """The text that an earlier migration holds, frozen."""
    spec = spec_from_file_location("former", Path(__file__).with_name("20261126_address_characters.py"))
    assert spec is not None
    assert spec.loader is not None
    former = module_from_spec(spec)
    spec.loader.exec_module(former)
    return str(former.STANDARD_ADDRESS)


def _execute(statement: str) -> None:
    """A colon in a regular expression is no parameter's."""
    op.execute(statement.replace(":", r"\:"))
