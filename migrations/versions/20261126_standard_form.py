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
-- All in one value, so that a word is looked up without a table. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_street_words()
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT '{
    "type": {
      "ALLEY": "ALLEY", "ALLEE": "ALLEY", "ALLY": "ALLEY", "ALY": "ALLEY", "AVENUE": "AVENUE", "AV": "AVENUE",
      "AVE": "AVENUE", "AVEN": "AVENUE", "AVENU": "AVENUE", "AVN": "AVENUE", "AVNUE": "AVENUE",
      "BOULEVARD": "BOULEVARD", "BLVD": "BOULEVARD", "BL": "BOULEVARD", "BLV": "BOULEVARD", "BVD": "BOULEVARD",
      "BOUL": "BOULEVARD", "BOULV": "BOULEVARD", "BYPASS": "BYPASS", "BYP": "BYPASS", "BYPA": "BYPASS",
      "BYPAS": "BYPASS", "BYPS": "BYPASS", "CAUSEWAY": "CAUSEWAY", "CSWY": "CAUSEWAY", "CAUSWA": "CAUSEWAY",
      "CIRCLE": "CIRCLE", "CIR": "CIRCLE", "CI": "CIRCLE", "CIRC": "CIRCLE", "CIRCL": "CIRCLE", "CRCL": "CIRCLE",
      "CRCLE": "CIRCLE", "CIRCLES": "CIRCLES", "CIRS": "CIRCLES", "COURT": "COURT", "CT": "COURT", "CRT": "COURT",
      "COURTS": "COURTS", "CTS": "COURTS", "CRESCENT": "CRESCENT", "CRES": "CRESCENT", "CRSENT": "CRESCENT",
      "CRSNT": "CRESCENT", "CRESENT": "CRESCENT", "DRIVE": "DRIVE", "DR": "DRIVE", "DRV": "DRIVE", "DRIV": "DRIVE",
      "DV": "DRIVE", "DRIVES": "DRIVES", "DRS": "DRIVES", "EXPRESSWAY": "EXPRESSWAY", "EXPY": "EXPRESSWAY",
      "EXP": "EXPRESSWAY", "EXPR": "EXPRESSWAY", "EXPW": "EXPRESSWAY", "EXTENSION": "EXTENSION", "EXT": "EXTENSION",
      "EXTN": "EXTENSION", "EXTNSN": "EXTENSION", "EXTENSIONS": "EXTENSIONS", "EXTS": "EXTENSIONS",
      "FREEWAY": "FREEWAY", "FWY": "FREEWAY", "FREEWY": "FREEWAY", "FRWAY": "FREEWAY", "FRWY": "FREEWAY",
      "HIGHWAY": "HIGHWAY", "HWY": "HIGHWAY", "HIGHWY": "HIGHWAY", "HIWAY": "HIGHWAY", "HIWY": "HIGHWAY",
      "HWAY": "HIGHWAY", "HW": "HIGHWAY", "HY": "HIGHWAY", "LANE": "LANE", "LN": "LANE", "LA": "LANE",
      "LANES": "LANES", "LNS": "LANES", "LOOP": "LOOP", "LP": "LOOP", "LOOPS": "LOOPS", "MOTORWAY": "MOTORWAY",
      "MTWY": "MOTORWAY", "OVERPASS": "OVERPASS", "OPAS": "OVERPASS", "PARKWAY": "PARKWAY", "PKWY": "PARKWAY",
      "PKY": "PARKWAY", "PKWAY": "PARKWAY", "PARKWY": "PARKWAY", "PWY": "PARKWAY", "PARKWAYS": "PARKWAYS",
      "PKWYS": "PARKWAYS", "PATH": "PATH", "PATHS": "PATHS", "PIKE": "PIKE", "PLACE": "PLACE", "PL": "PLACE",
      "PLC": "PLACE", "PLAZA": "PLAZA", "PLZ": "PLAZA", "PLZA": "PLAZA", "PZ": "PLAZA", "ROAD": "ROAD", "RD": "ROAD",
      "ROADS": "ROADS", "RDS": "ROADS", "ROUTE": "ROUTE", "RTE": "ROUTE", "RT": "ROUTE", "ROW": "ROW",
      "SKYWAY": "SKYWAY", "SKWY": "SKYWAY", "SQUARE": "SQUARE", "SQ": "SQUARE", "SQR": "SQUARE", "SQRE": "SQUARE",
      "SQU": "SQUARE", "SQUARES": "SQUARES", "SQS": "SQUARES", "STREET": "STREET", "ST": "STREET", "STR": "STREET",
      "STRT": "STREET", "STRET": "STREET", "STREETS": "STREETS", "STS": "STREETS", "TERRACE": "TERRACE",
      "TER": "TERRACE", "TE": "TERRACE", "TERR": "TERRACE", "TERRC": "TERRACE", "TRRC": "TERRACE",
      "THROUGHWAY": "THROUGHWAY", "TRWY": "THROUGHWAY", "TRACE": "TRACE", "TRCE": "TRACE", "TRC": "TRACE",
      "TRAIL": "TRAIL", "TRL": "TRAIL", "TRAILS": "TRAILS", "TRLS": "TRAILS", "TRAFFICWAY": "TRAFFICWAY",
      "TRFY": "TRAFFICWAY", "TURNPIKE": "TURNPIKE", "TPKE": "TURNPIKE", "TRNPK": "TURNPIKE", "TURNPK": "TURNPIKE",
      "TPK": "TURNPIKE", "UNDERPASS": "UNDERPASS", "UPAS": "UNDERPASS", "WALK": "WALK", "WK": "WALK",
      "WALKS": "WALKS", "WAY": "WAY", "WY": "WAY", "WAYS": "WAYS"
    },
    "place": {
      "AIRFIELD": "AIRFIELD", "AFLD": "AIRFIELD", "AIRPARK": "AIRPARK", "APRK": "AIRPARK", "AIRSTRIP": "AIRSTRIP",
      "AIRSTRP": "AIRSTRIP", "ANNEX": "ANNEX", "ANX": "ANNEX", "ANEX": "ANNEX", "ANNX": "ANNEX", "ARCADE": "ARCADE",
      "ARC": "ARCADE", "BAYOU": "BAYOU", "BYU": "BAYOU", "BAYOO": "BAYOU", "BEACH": "BEACH", "BCH": "BEACH",
      "BEND": "BEND", "BND": "BEND", "BLUFF": "BLUFF", "BLF": "BLUFF", "BLUF": "BLUFF", "BLUFFS": "BLUFFS",
      "BLFS": "BLUFFS", "BOTTOM": "BOTTOM", "BTM": "BOTTOM", "BOT": "BOTTOM", "BOTTM": "BOTTOM", "BRANCH": "BRANCH",
      "BR": "BRANCH", "BRNCH": "BRANCH", "BRIDGE": "BRIDGE", "BRG": "BRIDGE", "BRDGE": "BRIDGE", "BRIDGES": "BRIDGES",
      "BRGS": "BRIDGES", "BROOK": "BROOK", "BRK": "BROOK", "BROOKS": "BROOKS", "BRKS": "BROOKS", "BURG": "BURG",
      "BG": "BURG", "BURGS": "BURGS", "BGS": "BURGS", "CAMP": "CAMP", "CP": "CAMP", "CMP": "CAMP", "CANYON": "CANYON",
      "CYN": "CANYON", "CANYN": "CANYON", "CNYN": "CANYON", "CAPE": "CAPE", "CPE": "CAPE", "CENTER": "CENTER",
      "CTR": "CENTER", "CEN": "CENTER", "CENT": "CENTER", "CENTR": "CENTER", "CENTRE": "CENTER", "CNTER": "CENTER",
      "CNTR": "CENTER", "CENTERS": "CENTERS", "CTRS": "CENTERS", "CLIFF": "CLIFF", "CLF": "CLIFF", "CLIFFS": "CLIFFS",
      "CLFS": "CLIFFS", "CLUB": "CLUB", "CLB": "CLUB", "COMMON": "COMMON", "CMN": "COMMON", "COMN": "COMMON",
      "COMMONS": "COMMONS", "CMNS": "COMMONS", "CORNER": "CORNER", "COR": "CORNER", "CORNERS": "CORNERS",
      "CORS": "CORNERS", "COURSE": "COURSE", "CRSE": "COURSE", "COVE": "COVE", "CV": "COVE", "COVES": "COVES",
      "CVS": "COVES", "CREEK": "CREEK", "CRK": "CREEK", "CREST": "CREST", "CRST": "CREST", "CROSSING": "CROSSING",
      "XING": "CROSSING", "CRSSNG": "CROSSING", "CROSSROAD": "CROSSROAD", "XRD": "CROSSROAD",
      "CROSSROADS": "CROSSROADS", "XRDS": "CROSSROADS", "CURVE": "CURVE", "CURV": "CURVE", "DALE": "DALE",
      "DL": "DALE", "DAM": "DAM", "DM": "DAM", "DIVIDE": "DIVIDE", "DIV": "DIVIDE", "DVD": "DIVIDE",
      "ESTATE": "ESTATE", "EST": "ESTATE", "ESTATES": "ESTATES", "ESTS": "ESTATES", "FALL": "FALL", "FALLS": "FALLS",
      "FLS": "FALLS", "FERRY": "FERRY", "FRY": "FERRY", "FRRY": "FERRY", "FIELD": "FIELD", "FLD": "FIELD",
      "FIELDS": "FIELDS", "FLDS": "FIELDS", "FLAT": "FLAT", "FLT": "FLAT", "FLATS": "FLATS", "FLTS": "FLATS",
      "FORD": "FORD", "FRD": "FORD", "FORDS": "FORDS", "FRDS": "FORDS", "FOREST": "FOREST", "FRST": "FOREST",
      "FORESTS": "FORESTS", "FORGE": "FORGE", "FRG": "FORGE", "FORG": "FORGE", "FORGES": "FORGES", "FRGS": "FORGES",
      "FORK": "FORK", "FRK": "FORK", "FORKS": "FORKS", "FRKS": "FORKS", "FORT": "FORT", "FT": "FORT", "FRT": "FORT",
      "GARDEN": "GARDEN", "GDN": "GARDEN", "GARDN": "GARDEN", "GRDEN": "GARDEN", "GRDN": "GARDEN",
      "GARDENS": "GARDENS", "GDNS": "GARDENS", "GRDNS": "GARDENS", "GATEWAY": "GATEWAY", "GTWY": "GATEWAY",
      "GATEWY": "GATEWAY", "GATWAY": "GATEWAY", "GTWAY": "GATEWAY", "GLEN": "GLEN", "GLN": "GLEN", "GLENS": "GLENS",
      "GLNS": "GLENS", "GREEN": "GREEN", "GRN": "GREEN", "GREENS": "GREENS", "GRNS": "GREENS", "GROVE": "GROVE",
      "GRV": "GROVE", "GROV": "GROVE", "GROVES": "GROVES", "GRVS": "GROVES", "HARBOR": "HARBOR", "HBR": "HARBOR",
      "HARB": "HARBOR", "HARBR": "HARBOR", "HRBOR": "HARBOR", "HARBORS": "HARBORS", "HBRS": "HARBORS",
      "HAVEN": "HAVEN", "HVN": "HAVEN", "HEIGHTS": "HEIGHTS", "HTS": "HEIGHTS", "HT": "HEIGHTS", "HILL": "HILL",
      "HL": "HILL", "HILLS": "HILLS", "HLS": "HILLS", "HOLLOW": "HOLLOW", "HOLW": "HOLLOW", "HLLW": "HOLLOW",
      "HOLWS": "HOLLOW", "HOLLOWS": "HOLLOWS", "INLET": "INLET", "INLT": "INLET", "ISLAND": "ISLAND", "IS": "ISLAND",
      "ISLND": "ISLAND", "ISLANDS": "ISLANDS", "ISS": "ISLANDS", "ISLNDS": "ISLANDS", "ISLE": "ISLE",
      "ISLES": "ISLES", "JUNCTION": "JUNCTION", "JCT": "JUNCTION", "JCTION": "JUNCTION", "JCTN": "JUNCTION",
      "JUNCTN": "JUNCTION", "JUNCTON": "JUNCTION", "JUNCTIONS": "JUNCTIONS", "JCTS": "JUNCTIONS",
      "JCTNS": "JUNCTIONS", "KEY": "KEY", "KY": "KEY", "KEYS": "KEYS", "KYS": "KEYS", "KNOLL": "KNOLL",
      "KNL": "KNOLL", "KNOL": "KNOLL", "KNOLLS": "KNOLLS", "KNLS": "KNOLLS", "LAKE": "LAKE", "LK": "LAKE",
      "LAKES": "LAKES", "LKS": "LAKES", "LAND": "LAND", "LANDING": "LANDING", "LNDG": "LANDING", "LNDNG": "LANDING",
      "LANDINGS": "LANDINGS", "LNDGS": "LANDINGS", "LIGHT": "LIGHT", "LGT": "LIGHT", "LIGHTS": "LIGHTS",
      "LGTS": "LIGHTS", "LOAF": "LOAF", "LF": "LOAF", "LOCK": "LOCK", "LCK": "LOCK", "LOCKS": "LOCKS",
      "LCKS": "LOCKS", "LODGE": "LODGE", "LDG": "LODGE", "LDGE": "LODGE", "LODG": "LODGE", "MALL": "MALL",
      "MANOR": "MANOR", "MNR": "MANOR", "MANORS": "MANORS", "MNRS": "MANORS", "MEADOW": "MEADOW", "MDW": "MEADOW",
      "MEADOWS": "MEADOWS", "MDWS": "MEADOWS", "MEDOWS": "MEADOWS", "MEWS": "MEWS", "MILL": "MILL", "ML": "MILL",
      "MILLS": "MILLS", "MLS": "MILLS", "MISSION": "MISSION", "MSN": "MISSION", "MISSN": "MISSION", "MSSN": "MISSION",
      "MOUNT": "MOUNT", "MT": "MOUNT", "MNT": "MOUNT", "MOUNTAIN": "MOUNTAIN", "MTN": "MOUNTAIN",
      "MNTAIN": "MOUNTAIN", "MNTN": "MOUNTAIN", "MOUNTIN": "MOUNTAIN", "MTIN": "MOUNTAIN", "MOUNTAINS": "MOUNTAINS",
      "MTNS": "MOUNTAINS", "MNTNS": "MOUNTAINS", "NECK": "NECK", "NCK": "NECK", "ORCHARD": "ORCHARD",
      "ORCH": "ORCHARD", "ORCHRD": "ORCHARD", "OVAL": "OVAL", "OVL": "OVAL", "PARK": "PARK", "PK": "PARK",
      "PRK": "PARK", "PARKS": "PARKS", "PASS": "PASS", "PASSAGE": "PASSAGE", "PSGE": "PASSAGE", "PINE": "PINE",
      "PNE": "PINE", "PINES": "PINES", "PNES": "PINES", "PLAIN": "PLAIN", "PLN": "PLAIN", "PLAINS": "PLAINS",
      "PLNS": "PLAINS", "POINT": "POINT", "PT": "POINT", "POINTE": "POINTE", "POINTS": "POINTS", "PTS": "POINTS",
      "PORT": "PORT", "PRT": "PORT", "PORTS": "PORTS", "PRTS": "PORTS", "PRAIRIE": "PRAIRIE", "PR": "PRAIRIE",
      "PRR": "PRAIRIE", "RADIAL": "RADIAL", "RADL": "RADIAL", "RAD": "RADIAL", "RADIEL": "RADIAL", "RAMP": "RAMP",
      "RANCH": "RANCH", "RNCH": "RANCH", "RANCHES": "RANCHES", "RNCHS": "RANCHES", "RAPID": "RAPID", "RPD": "RAPID",
      "RAPIDS": "RAPIDS", "RPDS": "RAPIDS", "REST": "REST", "RST": "REST", "RIDGE": "RIDGE", "RDG": "RIDGE",
      "RDGE": "RIDGE", "RIDGES": "RIDGES", "RDGS": "RIDGES", "RIVER": "RIVER", "RIV": "RIVER", "RVR": "RIVER",
      "RIVR": "RIVER", "RUN": "RUN", "SHOAL": "SHOAL", "SHL": "SHOAL", "SHOALS": "SHOALS", "SHLS": "SHOALS",
      "SHORE": "SHORE", "SHR": "SHORE", "SHOAR": "SHORE", "SHORES": "SHORES", "SHRS": "SHORES", "SHOARS": "SHORES",
      "SPRING": "SPRING", "SPG": "SPRING", "SPNG": "SPRING", "SPRNG": "SPRING", "SPRINGS": "SPRINGS",
      "SPGS": "SPRINGS", "SPNGS": "SPRINGS", "SPRNGS": "SPRINGS", "SPUR": "SPUR", "SPURS": "SPURS",
      "STATION": "STATION", "STA": "STATION", "STATN": "STATION", "STN": "STATION", "STRAVENUE": "STRAVENUE",
      "STRA": "STRAVENUE", "STRAV": "STRAVENUE", "STREAM": "STREAM", "STRM": "STREAM", "STREME": "STREAM",
      "SUMMIT": "SUMMIT", "SMT": "SUMMIT", "SUMIT": "SUMMIT", "SUMITT": "SUMMIT", "THICKET": "THICKET",
      "TOWER": "TOWER", "TWR": "TOWER", "TOWERS": "TOWERS", "TWRS": "TOWERS", "TRACK": "TRACK", "TRAK": "TRACK",
      "TUNNEL": "TUNNEL", "TUNL": "TUNNEL", "TUNEL": "TUNNEL", "UNION": "UNION", "UN": "UNION", "UNIONS": "UNIONS",
      "UNS": "UNIONS", "VALLEY": "VALLEY", "VLY": "VALLEY", "VALLY": "VALLEY", "VLLY": "VALLEY", "VALLEYS": "VALLEYS",
      "VLYS": "VALLEYS", "VIADUCT": "VIADUCT", "VDCT": "VIADUCT", "VIADCT": "VIADUCT", "VIEW": "VIEW", "VW": "VIEW",
      "VIEWS": "VIEWS", "VWS": "VIEWS", "VILLAGE": "VILLAGE", "VLG": "VILLAGE", "VILL": "VILLAGE",
      "VILLAG": "VILLAGE", "VILLG": "VILLAGE", "VILLAGES": "VILLAGES", "VLGS": "VILLAGES", "VILLE": "VILLE",
      "VL": "VILLE", "VISTA": "VISTA", "VIS": "VISTA", "VIST": "VISTA", "VST": "VISTA", "VSTA": "VISTA",
      "WALL": "WALL", "WELL": "WELL", "WL": "WELL", "WELLS": "WELLS", "WLS": "WELLS"
    },
    "direction": {
      "NORTH": "NORTH", "N": "NORTH", "SOUTH": "SOUTH", "S": "SOUTH", "EAST": "EAST", "E": "EAST", "WEST": "WEST",
      "W": "WEST", "NORTHEAST": "NORTHEAST", "NE": "NORTHEAST", "NORTHWEST": "NORTHWEST", "NW": "NORTHWEST",
      "SOUTHEAST": "SOUTHEAST", "SE": "SOUTHEAST", "SOUTHWEST": "SOUTHWEST", "SW": "SOUTHWEST"
    },
    "number": {
      "1": "1", "ONE": "1", "2": "2", "TWO": "2", "3": "3", "THREE": "3", "4": "4", "FOUR": "4", "5": "5",
      "FIVE": "5", "6": "6", "SIX": "6", "7": "7", "SEVEN": "7", "8": "8", "EIGHT": "8", "9": "9", "NINE": "9",
      "10": "10", "TEN": "10", "11": "11", "ELEVEN": "11", "12": "12", "TWELVE": "12", "13": "13", "THIRTEEN": "13",
      "14": "14", "FOURTEEN": "14", "15": "15", "FIFTEEN": "15", "16": "16", "SIXTEEN": "16", "17": "17",
      "SEVENTEEN": "17", "18": "18", "EIGHTEEN": "18", "19": "19", "NINETEEN": "19", "20": "20", "TWENTY": "20",
      "30": "30", "THIRTY": "30", "40": "40", "FORTY": "40", "50": "50", "FIFTY": "50", "60": "60", "SIXTY": "60",
      "70": "70", "SEVENTY": "70", "80": "80", "EIGHTY": "80", "90": "90", "NINETY": "90", "1ST": "1ST",
      "FIRST": "1ST", "2ND": "2ND", "SECOND": "2ND", "3RD": "3RD", "THIRD": "3RD", "4TH": "4TH", "FOURTH": "4TH",
      "5TH": "5TH", "FIFTH": "5TH", "6TH": "6TH", "SIXTH": "6TH", "7TH": "7TH", "SEVENTH": "7TH", "8TH": "8TH",
      "EIGHTH": "8TH", "EIGTH": "8TH", "9TH": "9TH", "NINTH": "9TH", "10TH": "10TH", "TENTH": "10TH", "11TH": "11TH",
      "ELEVENTH": "11TH", "12TH": "12TH", "TWELFTH": "12TH", "TWELVETH": "12TH", "13TH": "13TH", "THIRTEENTH": "13TH",
      "14TH": "14TH", "FOURTEENTH": "14TH", "15TH": "15TH", "FIFTEENTH": "15TH", "16TH": "16TH", "SIXTEENTH": "16TH",
      "17TH": "17TH", "SEVENTEENTH": "17TH", "18TH": "18TH", "EIGHTEENTH": "18TH", "19TH": "19TH",
      "NINETEENTH": "19TH", "20TH": "20TH", "TWENTIETH": "20TH", "30TH": "30TH", "THIRTIETH": "30TH", "40TH": "40TH",
      "FORTIETH": "40TH", "50TH": "50TH", "FIFTIETH": "50TH", "60TH": "60TH", "SIXTIETH": "60TH", "70TH": "70TH",
      "SEVENTIETH": "70TH", "80TH": "80TH", "EIGHTIETH": "80TH", "90TH": "90TH", "NINETIETH": "90TH"
    },
    "prefix": {
      "DOCTOR": "DOCTOR", "DR": "DOCTOR", "REVEREND": "REVEREND", "REV": "REVEREND", "SAINT": "SAINT", "ST": "SAINT",
      "SAINTE": "SAINTE", "STE": "SAINTE", "GENERAL": "GENERAL", "GEN": "GENERAL", "COLONEL": "COLONEL",
      "COL": "COLONEL", "CAPTAIN": "CAPTAIN", "CAPT": "CAPTAIN", "LIEUTENANT": "LIEUTENANT", "LT": "LIEUTENANT",
      "SERGEANT": "SERGEANT", "SGT": "SERGEANT", "PRESIDENT": "PRESIDENT", "PRES": "PRESIDENT",
      "GOVERNOR": "GOVERNOR", "GOV": "GOVERNOR", "SENATOR": "SENATOR", "SEN": "SENATOR", "BUSINESS": "BUSINESS",
      "BUS": "BUSINESS", "ALTERNATE": "ALTERNATE", "ALT": "ALTERNATE", "CALLE": "CALLE", "CLL": "CALLE",
      "CLLE": "CALLE", "CAMINO": "CAMINO", "CAM": "CAMINO", "CMNO": "CAMINO", "PASEO": "PASEO", "PSO": "PASEO",
      "AVENIDA": "AVENIDA", "AVDA": "AVENIDA"
    },
    "road": {
      "US_HIGHWAY": "US_HIGHWAY", "US": "US_HIGHWAY", "HIGHWAY_US": "US_HIGHWAY", "US_ROUTE": "US_HIGHWAY",
      "US_ROAD": "US_HIGHWAY", "UNITED_STATES_HIGHWAY": "US_HIGHWAY", "UNITED_STATES_ROUTE": "US_HIGHWAY",
      "FEDERAL_HIGHWAY": "US_HIGHWAY", "FEDERAL_ROUTE": "US_HIGHWAY", "STATE_ROAD": "STATE_ROAD", "SR": "STATE_ROAD",
      "SH": "STATE_ROAD", "STH": "STATE_ROAD", "STATE": "STATE_ROAD", "HIGHWAY_SR": "STATE_ROAD",
      "HIGHWAY_STATE_ROAD": "STATE_ROAD", "STATE_ROUTE": "STATE_ROAD", "STATE_HIGHWAY": "STATE_ROAD",
      "STATE_TRUNK_HIGHWAY": "STATE_ROAD", "COUNTY_ROAD": "COUNTY_ROAD", "CR": "COUNTY_ROAD", "CTH": "COUNTY_ROAD",
      "COUNTY": "COUNTY_ROAD", "COUNTY_ROUTE": "COUNTY_ROAD", "COUNTY_HIGHWAY": "COUNTY_ROAD",
      "COUNTY_TRUNK": "COUNTY_ROAD", "COUNTY_TRUNK_HIGHWAY": "COUNTY_ROAD", "INTERSTATE": "INTERSTATE",
      "I": "INTERSTATE", "IH": "INTERSTATE", "INTERSTATE_HIGHWAY": "INTERSTATE", "INTERSTATE_ROUTE": "INTERSTATE",
      "FARM_TO_MARKET_ROAD": "FARM_TO_MARKET_ROAD", "FM": "FARM_TO_MARKET_ROAD", "FM_ROAD": "FARM_TO_MARKET_ROAD",
      "FARM_TO_MARKET": "FARM_TO_MARKET_ROAD", "FARM_MARKET": "FARM_TO_MARKET_ROAD",
      "FARM_MARKET_ROAD": "FARM_TO_MARKET_ROAD", "FARM_ROAD": "FARM_TO_MARKET_ROAD",
      "FM_HIGHWAY": "FARM_TO_MARKET_ROAD", "RANCH_TO_MARKET_ROAD": "RANCH_TO_MARKET_ROAD",
      "RM": "RANCH_TO_MARKET_ROAD", "RM_ROAD": "RANCH_TO_MARKET_ROAD", "RR": "RANCH_TO_MARKET_ROAD",
      "RANCH_TO_MARKET": "RANCH_TO_MARKET_ROAD", "RANCH_MARKET": "RANCH_TO_MARKET_ROAD",
      "RANCH_MARKET_ROAD": "RANCH_TO_MARKET_ROAD", "RANCH_ROAD": "RANCH_TO_MARKET_ROAD",
      "TOWNSHIP_ROAD": "TOWNSHIP_ROAD", "TWP_ROAD": "TOWNSHIP_ROAD", "TOWNSHIP_HIGHWAY": "TOWNSHIP_ROAD",
      "TWP_HIGHWAY": "TOWNSHIP_ROAD", "HIGHWAY": "HIGHWAY", "ROUTE": "ROUTE", "AVENUE": "AVENUE", "ROAD": "ROAD",
      "LOOP": "LOOP", "SPUR": "SPUR", "PARK_ROAD": "PARK_ROAD", "PR_ROAD": "PARK_ROAD", "STATE_LOOP": "STATE_LOOP",
      "STATE_SPUR": "STATE_SPUR", "PRIVATE_ROAD": "PRIVATE_ROAD", "FOREST_ROAD": "FOREST_ROAD",
      "FOREST_SERVICE_ROAD": "FOREST_SERVICE_ROAD", "FS_ROAD": "FOREST_SERVICE_ROAD", "SERVICE_ROAD": "SERVICE_ROAD"
    },
    "unit": {
      "#": "#", "APT": "#", "APTS": "#", "APARTMENT": "#", "UNIT": "#", "SUITE": "#", "STE": "#", "ROOM": "#",
      "RM": "#", "TRAILER": "#", "TRLR": "#", "NO": "#", "NUM": "#", "NUMBER": "#", "BUILDING": "BUILDING",
      "BLDG": "BUILDING", "BLD": "BUILDING", "BLG": "BUILDING", "CABANA": "CABANA", "DEPARTMENT": "DEPARTMENT",
      "DEPT": "DEPARTMENT", "DOCK": "DOCK", "FLOOR": "FLOOR", "FL": "FLOOR", "FLR": "FLOOR", "GARAGE": "GARAGE",
      "GAR": "GARAGE", "HANGAR": "HANGAR", "HNGR": "HANGAR", "KEY": "KEY", "LOT": "LOT", "PARKING": "PARKING",
      "PENTHOUSE": "PENTHOUSE", "PH": "PENTHOUSE", "PIER": "PIER", "SLIP": "SLIP", "SPACE": "SPACE", "SPC": "SPACE",
      "STOP": "STOP", "STORAGE": "STORAGE", "TOWER": "TOWER", "TWR": "TOWER", "WING": "WING", "BASEMENT": "BASEMENT",
      "BSMT": "BASEMENT", "FRONT": "FRONT", "FRNT": "FRONT", "LOBBY": "LOBBY", "LBBY": "LOBBY", "LOWER": "LOWER",
      "LOWR": "LOWER", "DN": "LOWER", "DOWN": "LOWER", "OFFICE": "OFFICE", "OFC": "OFFICE", "REAR": "REAR",
      "SIDE": "SIDE", "UPPER": "UPPER", "UPPR": "UPPER", "UP": "UPPER", "1ST": "1ST", "FIRST": "1ST", "2ND": "2ND",
      "SECOND": "2ND", "3RD": "3RD", "THIRD": "3RD", "4TH": "4TH", "FOURTH": "4TH", "&": "&", "AND": "&"
    }
  }'::jsonb
$$
"""

#: ``wholesaler/db/functions/plain_address_parts.sql`` of that time
PLAIN_ADDRESS_PARTS = r"""
-- What wholesaler_address_parts makes of the commonest addresses, in a tenth of the time: a number, words that end in a
-- type of street, perhaps a unit, perhaps city and state. '12 N MAIN ST # A, ORLANDO, FL' -> '12', 'N MAIN ST', '# A'.
-- Takes capitals; no row for any other form. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_plain_address_parts(capitals text)
RETURNS TABLE (house_number text, street text, unit text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT
    split_part(line.text, ' ', 1),
    substr(line.text, strpos(line.text, ' ') + 1, length(line.text) - strpos(line.text, ' ') - CASE line.unit_words
      WHEN 0 THEN 0
      WHEN 1 THEN length(split_part(line.text, ' ', -1)) + 1
      ELSE length(split_part(line.text, ' ', -1)) + length(split_part(line.text, ' ', -2)) + 2 END),
    CASE WHEN line.unit_words > 0 THEN '# ' || ltrim(split_part(line.text, ' ', -1), '#') END
  FROM (
    -- 2. How many words at its end are the unit: 0 '12 MAIN ST', 1 '12 MAIN ST #5', 2 '12 MAIN ST APT 5'; null for any
    -- other form.
    SELECT
      clause.text,
      CASE
        WHEN clause.text ~ ('[^A-Z0-9 #]|  | $|^[^1-9]|^\d+[^\d ]|^\d{7}|^99999|^\d+ (?:\d+ |#|[A-D] )| NO |[^ ]#'
          '|#.*[ #].*[ #]|^\d+ (?:AND|OR|TO|THRU|BLOCK|BLK|OF|REAR) '
          '| (?:APT|UNIT|STE|SUITE|BLDG|FL|LOT|RM|PH|TOWER) .* ')
        THEN NULL
        WHEN split_part(clause.text, ' ', -1) IN (
            'ST', 'AVE', 'DR', 'RD', 'LN', 'CT', 'CIR', 'WAY', 'PL', 'BLVD', 'TER', 'TRL', 'LOOP', 'CV', 'PKWY', 'RUN',
            'STREET', 'AVENUE', 'DRIVE', 'ROAD', 'LANE', 'COURT', 'CIRCLE', 'PLACE', 'TERRACE', 'TRAIL', 'COVE')
        THEN CASE
          WHEN split_part(clause.text, ' ', -2) NOT IN ('#', 'APT', 'APARTMENT', 'UNIT', 'STE', 'SUITE')
            AND strpos(clause.text, '#') = 0
          THEN 0 END
        WHEN split_part(clause.text, ' ', -1) !~ '^#?(?:[A-Z]?\d+[A-Z]?|[A-Z])$' THEN NULL
        WHEN split_part(clause.text, ' ', CASE WHEN split_part(clause.text, ' ', -1) LIKE '#%' THEN -2 ELSE -3 END)
          NOT IN ('ST', 'AVE', 'DR', 'RD', 'LN', 'CT', 'CIR', 'WAY', 'PL', 'BLVD', 'TER', 'TRL', 'LOOP', 'CV', 'PKWY',
            'STREET', 'AVENUE', 'DRIVE', 'ROAD', 'LANE', 'COURT', 'CIRCLE', 'PLACE', 'TERRACE')
        THEN NULL
        WHEN split_part(clause.text, ' ', -1) LIKE '#%' THEN 1
        WHEN split_part(clause.text, ' ', -2) IN ('#', 'APT', 'UNIT', 'STE') THEN 2
      END AS unit_words
    FROM (
      -- 1. City, state and ZIP away. '12 MAIN ST, ORLANDO, FL 32801' -> '12 MAIN ST'
      SELECT CASE
        WHEN strpos(capitals, ',') > 0
          AND capitals ~ '^[^,]+, ?[A-Z]{4,}(?: [A-Z]+)*(?:,? [A-Z]{2})?(?:,? \d{5}(?:-\d{4})?)?$'
          AND split_part(ltrim(split_part(capitals, ',', 2)), ' ', 1) NOT IN (
            'APARTMENT', 'BASEMENT', 'BLDG', 'BSMT', 'BUILDING', 'FIRST', 'FLOOR', 'FRNT', 'FRONT', 'LOBBY', 'LOWER',
            'LOWR', 'OFFICE', 'PENTHOUSE', 'REAR', 'ROOM', 'SECOND', 'SLIP', 'SPACE', 'SUITE', 'THIRD', 'TOWER',
            'TRAILER', 'TRLR', 'UNIT', 'UPPER', 'UPPR', 'NORTH', 'SOUTH', 'EAST', 'WEST', 'NORTHEAST', 'NORTHWEST',
            'SOUTHEAST', 'SOUTHWEST', 'STREET', 'AVENUE', 'DRIVE', 'ROAD', 'LANE', 'COURT', 'CIRCLE', 'BLVD', 'PLACE',
            'TERRACE')
        THEN split_part(capitals, ',', 1)
        ELSE capitals
      END AS text
      OFFSET 0
    ) AS clause
    OFFSET 0
  ) AS line
  WHERE line.unit_words IS NOT NULL
$$
"""

#: ``wholesaler/db/functions/address_parts.sql`` of that time
ADDRESS_PARTS = r"""
-- An address as published to three texts: its house number, what it says of the street, and what it says of the unit
-- (null for nothing). '0012 N.W. Main St., # A, Orlando, FL 32801' -> '12', 'NW MAIN ST', '# A'. What street and unit
-- mean is found out once for each distinct text (wholesaler_standard_street, wholesaler_standard_unit).
--
-- No row for what has no house number, names two, or holds what nobody writes in an address. ASCII, since not every
-- database can hold more. A migration installs this text, frozen.
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
      ELSE (
        SELECT CASE WHEN dotted.address LIKE '%.%'
          THEN regexp_replace(dotted.address, '(?<=\m[A-Z])\.(?=[A-Z]\M)', '', 'g') ELSE dotted.address END
        FROM (
          SELECT CASE WHEN clauses.address LIKE '%,%'
            THEN regexp_replace(clauses.address, '(?<=^\d+[A-Z]?) *,+ *|,(?= *JR\M)', ' ')
            ELSE clauses.address END AS address
          FROM (
            SELECT rtrim(ltrim(translate(folded.address, E';\n\r\t\v\f', ',,,   '), ' ,.'''),
              ' !"$%&''()*+,-./:;<=>?@[\]^_`{|}~') AS address
          ) AS clauses
        ) AS dotted
      )
    END AS address
    OFFSET 0
  ) AS lines
  CROSS JOIN LATERAL (
    -- 5. City, state and ZIP away: from the first clause on that is neither unit, direction nor type of street; without
    -- commas, what stands between a type of street and a state. '12 MAIN ST, APT 3, ORLANDO, FL 32801' -> '12 MAIN ST
    -- APT 3'
    SELECT CASE WHEN lines.address LIKE '%,%' OR ends.has_state THEN coalesce(
      (regexp_match(CASE WHEN ends.has_state THEN lines.address END,
        -- the type stands behind a word that is no direction: ST CHARLES AVE is one street, and ST PETERSBURG a city
        '^(\S+ (?:(?:[NSEW]|N[EW]|S[EW]|NORTH|SOUTH|EAST|WEST|(?:NORTH|SOUTH)(?:EAST|WEST)) )?'
        '(?!(?:[NSEW]|N[EW]|S[EW]|NORTH|SOUTH|EAST|WEST) )(?:[^ ,]+ )+'
        '(?<! (?:ST|STREET|AVE|AVENUE|DR|DRIVE|RD|ROAD|LN|LANE|CT|COURT|BLVD|WAY) )'
        '(?:ST|STR|STRT|STRET|STREET|AV|AVE|AVEN|AVENU|AVN|AVNUE|AVENUE|DR|DRV|DRIV|DV|DRIVE|RD|ROAD|LN|LA|LANE|CT|CRT'
        '|COURT|CI|CIR|CIRC|CIRCL|CRCL|CRCLE|CIRCLE|BLVD|BL|BLV|BVD|BOUL|BOULV|BOULEVARD|PKWY|PKY|PKWAY|PWY|PARKWAY|HWY'
        '|HIGHWY|HIWAY|HWAY|HIGHWAY|WAY|WY|PL|PLC|PLACE|TER|TERR|TERRC|TERRACE|TRL|TRAIL|LOOP|LP|SQ|SQR|SQUARE|CV'
        '|COVE)\.?(?: (?:[NSEW]|N[EW]|S[EW]|NORTH|SOUTH|EAST|WEST|(?:NORTH|SOUTH)(?:EAST|WEST)))?'
        '(?: (?:#|APT|UNIT|STE|BLDG|FL)\.? ?(?:[A-Z]?\d+[A-Z]?|[A-Z])){0,2})'
        '(?: (?:(?:ST|FT|MT|EL|LA|LAS|LOS|SAN|NEW|DES|PORT)\.? )?[A-Z]{4,}(?: (?:[A-Z]{4,}|BAY|KEY|OAK)){0,2},? *'
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
    FROM (
      SELECT right(lines.address, 3) IN (
          ' AR', ' AZ', ' CA', ' FL', ' GA', ' IA', ' IL', ' KS', ' KY', ' MA', ' MD', ' MI', ' MN', ' MO', ' MS',
          ' NC', ' NH', ' NJ', ' NM', ' NV', ' NY', ' OH', ' PA', ' RI', ' SC', ' TN', ' TX', ' UT', ' VA', ' WA',
          ' WI', ' WV')
        OR ascii(right(lines.address, 1)) BETWEEN 48 AND 57
          AND lines.address ~ '[ ,][A-Z]{2},? *\d{5}(?:-\d{4})?$' AS has_state
    ) AS ends
    OFFSET 0
  ) AS bare
  CROSS JOIN LATERAL (
    -- 6. Punctuation to what it means: # stands alone, '3-A' -> '3A', "O'BRIEN" -> 'OBRIEN'; a hyphen between numbers,
    -- the slash of a fraction and & stay for now.
    SELECT CASE
      WHEN NOT looks.is_rough THEN bare.address
      ELSE (
        SELECT btrim(regexp_replace(
          CASE WHEN marked.address LIKE '%-%' THEN regexp_replace(regexp_replace(marked.address,
            '(?<=\m[A-Z])-(?=\d+\M)|(?<=\d)-(?=[A-Z]\M)', '', 'g'), '(?<!\d)-|-(?!\d)', ' ', 'g')
          ELSE marked.address END,
          ' {2,}', ' ', 'g'))
        FROM (
          SELECT replace(replace(translate(
            CASE WHEN bare.address LIKE ANY (ARRAY['% - %', '% TO %', '% THRU %'])
              THEN regexp_replace(bare.address, '(?<=\d)\s+(?:-|TO|THRU)\s+(?=\d)', '-') ELSE bare.address END,
            '."()*_:[]''`', '         '), '#', ' # '), '&', ' & ') AS address
        ) AS marked
      )
    END AS address
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
        WHEN plain.address ~ '^(?:[NSEW]? ?\d+ ?[NSEW] ?|[NSEW])\d+ '
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
    -- 9. '12' and '1/2' -> '12 1/2', '12' and 'A MAIN ST' -> '12A'; what is left, with only blanks between words. No
    -- address has more than twelve.
    SELECT
      concat(number.parts[1], number.parts[2], left(street.text, lettered.is_so::int), '-' || number.parts[3],
        ' ' || number.parts[4]) AS house_number,
      number.parts[1] AS digits,
      substr(street.text, 1 + 2 * lettered.is_so::int) AS remainder,
      number.parts[6] AS unit
    FROM (
      SELECT CASE
        WHEN length(number.parts[5]) - length(replace(number.parts[5], ' ', '')) > 11 THEN NULL
        WHEN number.parts[5] LIKE ANY (ARRAY['%-%', '% NO %', '% NUMBER %'])
        THEN regexp_replace(translate(number.parts[5], '-', ' '),
          ' (RD|ROAD|HWY|HIGHWAY|RT|RTE|ROUTE) (?:NO|NUMBER) (?=\d)', ' \1 ')
        ELSE number.parts[5]
      END AS text
    ) AS street
    CROSS JOIN LATERAL (
      SELECT street.text LIKE '_ %' AND num_nonnulls(number.parts[2], number.parts[3], number.parts[4]) = 0
        AND street.text ~ ('^[A-D] (?!ST |STREET|AVE|ROAD|RD |LANE|DRIVE|COURT|PLACE)[A-Z]{3,}'
          ' (?:ST|STREET|AVE|AVENUE|DR|DRIVE|RD|ROAD|LN)$') AS is_so
    ) AS lettered
    OFFSET 0
  ) AS numbered
  CROSS JOIN LATERAL (
    SELECT split_part(numbered.remainder, ' ', -1) AS word, split_part(numbered.remainder, ' ', -2) AS before
    OFFSET 0
  ) AS last
  CROSS JOIN LATERAL (
    -- 10. The unit: from its designator on, from a word such as REAR, or the numbers and letters behind the street.
    -- Only behind a street: STE MARIE ST, RM 620 and UNIT RD are some. 'N MAIN ST E 5' -> ' 5', 'MAIN ST BLDG 2 # 5' ->
    -- ' BLDG 2 # 5'
    SELECT CASE
      WHEN length(last.word) > 1 AND last.word !~ '[\d#]'
        AND last.word NOT IN ('REAR', 'FRONT', 'FRNT', 'UPPER', 'UPPR', 'LOWER', 'LOWR', 'SIDE', 'BASEMENT', 'BSMT',
          'LOBBY', 'LBBY', 'OFFICE', 'OFC', 'PENTHOUSE', 'PH', 'FLOOR', 'FLR', 'FL', 'UNIT', 'APT', 'APARTMENT',
          'SUITE', 'STE', 'NO', 'GARAGE', 'GAR', 'UP', 'DN', 'DOWN')
        AND last.before NOT IN ('APT', 'APARTMENT', 'UNIT', 'SUITE', 'STE', '#')
        AND NOT looks.is_rough
      THEN ''
      ELSE coalesce(
        CASE WHEN numbered.remainder !~
          '^(?:[NSEW]|N[EW]|S[EW]|NORTH|SOUTH|EAST|WEST|(?:NORTH|SOUTH)(?:EAST|WEST)) [A-Z]+ \w+$'
        THEN substring(numbered.remainder FROM ' (?:'
          '#.*'
          '|(?:APT|APARTMENT|UNIT|SUITE|STE|ROOM|RM|NO|NUMBER|TRAILER|TRLR|LOT|SPACE|SPC|SLIP|DOCK|PIER|HANGAR|HNGR'
            '|BLDG|BLD|BUILDING|TOWER|TWR|WING|FLOOR|FLR|FL|PENTHOUSE|PH|DEPT|CABANA|GARAGE|STORAGE|PARKING|KEY|STOP)'
            '(?:\d| (?:NO |NUMBER |# )?(?:[A-Z]{0,3}\d|[A-Z](?: |$))).*'
          '|(?:APT|APARTMENT|UNIT|SUITE|STE) (?!(?:ST|RD|DR|LN|CT|PL|AV|WY|CV|LP)(?: |$))[A-Z]{2}(?: .*)?'
          '|(?:UNIT|APT|APARTMENT|SUITE|STE)'
          '|(?:(?:UNIT|APT|APARTMENT|SUITE|STE) )?(?:REAR|BASEMENT|BSMT|PENTHOUSE|PH|FRNT|UPPR|LOWR|LBBY|OFC)(?: .*)?'
          '|(?:\d{1,2}(?:ST|ND|RD|TH)?|FIRST|SECOND|THIRD|FOURTH) (?:FLOOR|FLR|FL)(?: .*)?'
          ')$') END,
        substring(numbered.remainder FROM
          '(?<=\w (?:ST|STREET|AVE|AVENUE|DR|DRIVE|RD|ROAD|LN|LANE|CT|COURT|CIR|CIRCLE|BLVD|WAY|PL|PLACE|TER|TERRACE)'
          '(?: [NSEW]| N[EW]| S[EW])?)'
          ' (?:FRONT|UPPER|LOWER|UP|DN|DOWN|SIDE|LOBBY|OFFICE|GARAGE|GAR|APT [A-Z]+|UNIT [A-Z]+|SUITE [A-Z]+'
          '|STE [A-Z]+)(?: .*)?$'),
        (
          SELECT regexp_replace(run.text, '^(?: [NSEW]\M)+', '')
          FROM (
            SELECT substring(numbered.remainder FROM
              '(?: (?:(?!\d+(?:ST|ND|RD|TH)\M)[A-Z]{0,2}\d+[A-Z]{0,2}|\d/\d|[A-Z]|&))+$') AS text
          ) AS run
          CROSS JOIN LATERAL (
            SELECT left(numbered.remainder, length(numbered.remainder) - length(run.text)) AS street
          ) AS before
          WHERE before.street ~ '[A-Z]{2}' AND before.street !~ (
            '(?:^|\s)(?:US|SR|CR|FM|RM|RR|SH|IH|HWY|HIGHWAY|HW|HY|ROUTE|RTE|RT|INTERSTATE|ALT|ALTERNATE|BUS|BUSINESS'
            '|(?:STATE|COUNTY|CO|ST|CNTY|CTY|MARKET|FARM|RANCH|TOWNSHIP|TWP|FOREST|PRIVATE|PARK|SERVICE|FM|RM)'
            ' (?:RD|ROAD))$'
            '|^(?:(?:[NSEW]|N[EW]|S[EW]|(?:NORTH|SOUTH)?(?:EAST|WEST)|NORTH|SOUTH|OLD|NEW) )*'
            '(?:AVENUE|AVE|AV|ROAD|RD|STREET|LOOP|SPUR'
            '|CALLE|CAMINO|VIA|PASEO|AVENIDA|FARM TO MARKET|COUNTY|STATE|FARM|CTH|[A-Z]{2}|NORTH|SOUTH|EAST|WEST'
            '|OLD|NEW)$')
            AND run.text !~ '^ (?:I|U S|S R|C R|F M|R M) \d'
        ),
        '')
    END AS unit
    OFFSET 0
  ) AS split
  CROSS JOIN LATERAL (
    -- 11. 'REAR MAIN ST' is the rear of a number of Main Street.
    SELECT
      CASE WHEN numbered.remainder LIKE 'REAR _% _%' THEN substr(street.text, 6) ELSE street.text END AS street,
      nullif(btrim(concat_ws(' ',
        numbered.unit, CASE WHEN numbered.remainder LIKE 'REAR _% _%' THEN 'REAR' END, split.unit)), '') AS unit
    FROM (SELECT left(numbered.remainder, length(numbered.remainder) - length(split.unit)) AS text) AS street
    OFFSET 0
  ) AS parted
  -- 12. 0 and 99999 are how rolls write land without a number: '0 OAK ST' is every lot of Oak Street. 9999 is a number
  -- that houses have. Of two numbers before the street nobody knows which it is, unless the second is the street's.
  WHERE parted.street <> '' AND length(folded.address) <= 200
    AND (left(numbered.digits, 1) NOT IN ('0', '9') OR numbered.digits !~ '^(0|9{5,}$)')
    AND split_part(parted.street, ' ', 1) NOT IN ('AND', 'OR', 'TO', 'THRU', 'BLK', 'OF')
    AND parted.street NOT LIKE 'BLOCK % %'
    AND (ascii(parted.street) BETWEEN 65 AND 90
      OR parted.street !~ ('^\d{3,} (?!(?:ST|STREET|AVE|AVENUE|TER|CT|PL|LN|DR|RD|WAY) (?:[NSEW]|N[EW]|S[EW])$)\S+ \S'
        '|^[^A-Z\d]|^\d+$'))
    AND (strpos(parted.street, '/') = 0 OR parted.street !~ '/(?!\d)|(?<!\d)/')
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
      kinds.words -> 'type' AS types, kinds.words -> 'place' AS places, kinds.words -> 'direction' AS directions,
      kinds.words -> 'number' AS numbers, kinds.words -> 'prefix' AS prefixes, kinds.words -> 'road' AS roads
    FROM (SELECT wholesaler_street_words() AS words OFFSET 0) AS kinds
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
        '\m(U|S|C|F|R|I) (S|R|M|H)(?= (?:\d+[A-Z]?|HIGHWAY|HWY|ROUTE|RTE|RT|ROAD|RD)\M)', '\1\2')
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
        '^((?:(?:[NSEW]|N[EW]|S[EW]|(?:NORTH|SOUTH)?(?:EAST|WEST)|NORTH|SOUTH|OLD|NEW) )*)'
        '(?:(ALT|ALTERNATE|BUS|BUSINESS) )?'
        '((?:[A-Z]+ ){1,4}?)(?:(?:NO|NUMBER) )?(?:(ALT|ALTERNATE|BUS|BUSINESS|BYP|BYPASS|TRUCK) )?'
        '(\d+[A-Z]?(?: (?:(?:AND|&) )?\d+[A-Z]?)?|A ?1 ?A|[A-Z]\d+[A-Z]?'
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
        CASE WHEN road.parts[3] NOT IN ('ST ', 'CO ') AND (spelled.phrase <> 'RR' OR length(road.parts[5]) > 2)
          THEN words.roads ->> spelled.phrase END,
        CASE WHEN split_part(road.parts[3], ' ', 1) IN ('AL', 'AK', 'AZ', 'AR', 'CA', 'FL', 'GA', 'HI', 'ID', 'IL',
            'IN', 'IA', 'KS', 'KY', 'LA', 'ME', 'MD', 'MA', 'MI', 'MN', 'MS', 'MO', 'MT', 'NV', 'NH', 'NJ', 'NM', 'NY',
            'NC', 'ND', 'OH', 'OK', 'OR', 'PA', 'RI', 'SC', 'SD', 'TN', 'TX', 'UT', 'VT', 'VA', 'WA', 'WV', 'WI', 'WY',
            'FLORIDA', 'GEORGIA', 'TEXAS', 'KENTUCKY', 'ALABAMA', 'OHIO', 'TENNESSEE', 'MICHIGAN', 'ILLINOIS')
          AND (spelled.rest = '' AND length(road.parts[7]) < 4 OR spelled.rest IN ('HIGHWAY', 'ROUTE', 'ROAD')
            OR words.roads ->> spelled.rest = 'STATE_ROAD')
          AND ascii(road.parts[5]) < 65
        THEN 'STATE_ROAD' END)
      FROM (
        SELECT
          string_agg(CASE
            WHEN word.place = 1 AND word.word = 'ST' THEN 'STATE'
            WHEN word.place = 1 AND word.word IN ('CO', 'CNTY', 'CTY') THEN 'COUNTY'
            ELSE coalesce(words.types ->> word.word, word.word) END, '_' ORDER BY word.place) AS phrase,
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
        road.parts[1], called.name, '_', replace(replace(replace(
          CASE WHEN left(road.parts[5], 2) = 'A ' THEN replace(road.parts[5], ' ', '') ELSE road.parts[5] END,
          ' AND ', '_'), ' & ', '_'), ' ', '_'),
        CASE left(coalesce(road.parts[2], road.parts[4], road.parts[6]), 2)
          WHEN 'AL' THEN '_ALTERNATE' WHEN 'BU' THEN '_BUSINESS' WHEN 'BY' THEN '_BYPASS' WHEN 'TR' THEN '_TRUCK' END,
        CASE WHEN called.name LIKE '%MARKET_ROAD' THEN regexp_replace(road.parts[7], '^ (?:ROAD|RD)\M', '')
          ELSE road.parts[7] END)
      WHEN apart.text LIKE ANY (ARRAY['%KING%', '%MLK%', '%M L K%']) THEN regexp_replace(apart.text,
        '\m(?:(?:REV|REVEREND|DR|DOCTOR) )*(?:(?:MARTIN LUTHER|MARTIN L|M L|ML) KING|MARTINLUTHERKING|ML ?K|M L K'
        '|MLKING)(?: (?:JR|JUNIOR))?\M', 'MARTIN_LUTHER_KING')
      WHEN apart.text LIKE ANY (ARRAY['%KENNEDY%', '%JFK%']) THEN regexp_replace(apart.text,
        '\m(?:PRES |PRESIDENT )?(?:(?:JOHN F|J F|JF|JOHN FITZGERALD) KENNEDY|JFK)\M', 'JOHN_F_KENNEDY')
      WHEN apart.text LIKE ANY (ARRAY['%AV% DE%', '%AV% EL %', '%AV% LA%', '%AV% LOS %']) THEN regexp_replace(
        apart.text,
        '\m(?:AVENUE|AVE|AV|AVDA) (?=(?:DE|DEL|EL|LA|LAS|LOS) )', 'AVENIDA ')
      -- AVE SERENA, of one word that is no direction and no type: in English the name would stand before
      WHEN apart.text ~ '^(?:AVE?|AVDA|AVENUE) (?!NORTH|SOUTH|EAST|WEST|ROAD|PLACE|COURT|LANE|DRIVE|STREET)[A-Z]{4,}$'
      THEN concat('AVENIDA ', split_part(apart.text, ' ', 2))
      WHEN apart.text LIKE '%TY%'
        AND apart.text ~ 'TY ?(?:FIRST|SECOND|THIRD|FOURTH|FIFTH|SIXTH|SEVENTH|EIGHTH|NINTH)\M'
      THEN (
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
      (words.directions ? listed.parts[1] AND cardinality(listed.parts) > 1 AND NOT (
        coalesce(words.types ->> listed.parts[2] IN (
          'STREET', 'AVENUE', 'PLACE', 'LANE', 'ROAD', 'DRIVE', 'COURT', 'TERRACE', 'WAY', 'BOULEVARD',
          'CIRCLE'), false)
        AND (cardinality(listed.parts) = 2 OR cardinality(listed.parts) = 3 AND words.directions ? listed.parts[3])
      ))::int AS before,
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
      WHEN cardinality(own.parts) = 1 AND ltrim(own.parts[1], '0123456789') = ''
        AND typed.suffix IN (
          'STREET', 'AVENUE', 'TERRACE', 'COURT', 'PLACE', 'LANE', 'DRIVE', 'WAY', 'CIRCLE', 'BOULEVARD')
      THEN own.parts[1] || CASE
        WHEN own.parts[1] LIKE '%1_' THEN 'TH' WHEN own.parts[1] LIKE '%1' THEN 'ST'
        WHEN own.parts[1] LIKE '%2' THEN 'ND' WHEN own.parts[1] LIKE '%3' THEN 'RD' ELSE 'TH' END
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
      '|UNKNOWN|UNASSIGNED|NO ADDRESS)\M|\w (?:APT|APARTMENT|UNIT) \w|^(?:NONE|TBD|LOT|BLOCK|UNIT|APT|BLDG)$|\mBOX$'
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
    SELECT
      CASE WHEN glued.words LIKE '%0%' THEN regexp_replace(glued.words, '\m0+(?=\d)', '', 'g')
        ELSE glued.words END AS words
    FROM (SELECT regexp_replace(concat(' ', unit, ' '), '( [A-Z]{2,}|#)(?=\d)', '\1 ', 'g') AS words) AS glued
    OFFSET 0
  ) AS apart
  CROSS JOIN LATERAL (
    -- 2. One word for one thing, # where it says nothing of the place. 'BLDG 2 APT 3' -> 'BUILDING 2 # 3'
    SELECT
      concat(' ', string_agg(coalesce(kinds.words ->> word.word, word.word), ' ' ORDER BY word.place), ' ') AS words
    FROM (
      SELECT vocabulary.words -> 'unit' AS words
      FROM (SELECT wholesaler_street_words() AS words OFFSET 0) AS vocabulary
      OFFSET 0
    ) AS kinds
    CROSS JOIN LATERAL string_to_table(apart.words, ' ') WITH ORDINALITY AS word (word, place)
    WHERE word.word <> ''
    OFFSET 0
  ) AS spelled
  CROSS JOIN LATERAL (
    -- 3. What tells kinds of place apart in brackets, with its number. 'BUILDING 2 # 3' -> ' [BUILDING 2] # 3'
    SELECT regexp_replace(
      CASE WHEN spelled.words LIKE '%FLOOR%'
        THEN regexp_replace(spelled.words, '(?<!#) (\d+)(?:ST|ND|RD|TH)? FLOOR (?![A-Z]?\d)', ' FLOOR \1 ')
        ELSE spelled.words END,
      ' (?:(BUILDING|CABANA|DEPARTMENT|DOCK|FLOOR|GARAGE|HANGAR|KEY|LOT|PARKING|PENTHOUSE|PIER|SLIP|SPACE|STOP'
      '|STORAGE|TOWER|WING)(?: #)*((?: [A-Z]{0,2}\d+[A-Z]?| [A-Z])(?: \d/\d+)?(?= ))?'
      '|(BASEMENT|FRONT|LOBBY|LOWER|OFFICE|REAR|SIDE|UPPER))(?= )', ' [\1\2\3]', 'g') AS words
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
        btrim(regexp_replace(marked.words, '(?: |\[[^]]*\]|#|(?<!\d)/|/(?!\d))+', ' ', 'g')),
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

FUNCTIONS = (STREET_WORDS, PLAIN_ADDRESS_PARTS, ADDRESS_PARTS, STANDARD_STREET, STANDARD_UNIT, STANDARD_ADDRESS)

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
    wholesaler_standard_address(split_part(answer.matched_address, ',', 1), '') AS matched,
    LATERAL (
      SELECT
        CASE WHEN length(own.street) <= length(matched.street) THEN own.street ELSE matched.street END AS shorter,
        CASE WHEN length(own.street) <= length(matched.street) THEN matched.street ELSE own.street END AS longer
    ) AS streets
  WHERE own.house_number = matched.house_number
    AND longer ~ concat(
      '^((NORTH|SOUTH)?(EAST|WEST)? |(NORTH|SOUTH) )?', regexp_replace(shorter, '(\W)', '\\\1', 'g'),
      '( [A-Z]+)?( (NORTH|SOUTH)?(EAST|WEST)?)?$')
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
    for signature in ("address_parts(text)", "plain_address_parts(text)", "street_words()"):
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
