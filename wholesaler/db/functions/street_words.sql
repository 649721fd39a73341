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
