"""The words that addresses are made of: in full, as rolls abbreviate them, and as people write them."""

DIRECTIONS = {
    "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W", "NORTHEAST": "NE", "NORTHWEST": "NW", "SOUTHEAST": "SE",
    "SOUTHWEST": "SW",
}  # fmt: skip
OPPOSITE = {"NORTH": "SOUTH", "SOUTH": "NORTH", "EAST": "WEST", "WEST": "EAST"}
SUFFIXES = {
    "STREET": "ST", "DRIVE": "DR", "AVENUE": "AVE", "ROAD": "RD", "LANE": "LN", "COURT": "CT", "CIRCLE": "CIR",
    "WAY": "WAY", "PLACE": "PL", "BOULEVARD": "BLVD", "TRAIL": "TRL", "PARKWAY": "PKWY", "TERRACE": "TER",
    "LOOP": "LOOP", "CROSSING": "XING", "PIKE": "PIKE", "TURNPIKE": "TPKE", "RIDGE": "RDG", "PLAZA": "PLZ",
    "POINT": "PT", "COVE": "CV", "TRACE": "TRCE", "SQUARE": "SQ", "BEND": "BND", "RUN": "RUN", "HILL": "HL",
    "GLEN": "GLN", "WALK": "WALK", "ALLEY": "ALY", "PASS": "PASS",
}  # fmt: skip
#: suffixes as people write them: USPS Publication 28 knows most, and neither CI nor LA
SPELLINGS = {
    "STREET": ("STR", "STRT"), "AVENUE": ("AV", "AVEN", "AVN"), "LANE": ("LA",), "COURT": ("CRT",),
    "CIRCLE": ("CI", "CIRC", "CRCLE"), "BOULEVARD": ("BOUL", "BOULV"), "PARKWAY": ("PKY", "PARKWY"),
    "TERRACE": ("TERR",), "DRIVE": ("DRV", "DRIV"), "TURNPIKE": ("TRNPK",),
}  # fmt: skip
#: what a street is most often called besides: the suffixes of a family of one name
COMMON_SUFFIXES = ("STREET", "DRIVE", "AVENUE", "ROAD", "LANE", "COURT", "CIRCLE", "WAY", "PLACE", "TERRACE")
#: words that are one suffix alone and another in the plural, as Publication 28 lists them
PLURALS = (
    "LAKE", "SPRING", "MILL", "SHORE", "VILLAGE", "MEADOW", "GLEN", "GARDEN", "VALLEY", "MOUNTAIN", "BROOK", "FIELD",
    "GREEN", "GROVE", "HARBOR", "HILL", "KNOLL", "MANOR", "PINE", "RIDGE", "VIEW",
)  # fmt: skip
ORDINALS = {
    "1ST": "FIRST", "2ND": "SECOND", "3RD": "THIRD", "4TH": "FOURTH", "5TH": "FIFTH", "6TH": "SIXTH", "7TH": "SEVENTH",
    "8TH": "EIGHTH", "9TH": "NINTH", "10TH": "TENTH", "11TH": "ELEVENTH", "12TH": "TWELFTH", "13TH": "THIRTEENTH",
    "14TH": "FOURTEENTH", "15TH": "FIFTEENTH", "16TH": "SIXTEENTH", "17TH": "SEVENTEENTH", "18TH": "EIGHTEENTH",
    "19TH": "NINETEENTH", "20TH": "TWENTIETH",
}  # fmt: skip
#: roads by what they are, and what each is called: the first is the roll's in most towns
HIGHWAYS = {
    "STATE ROAD": ("STATE ROAD {}", "SR {}", "STATE RD {}", "ST RD {}", "SR-{}", "STATE HIGHWAY {}", "STATE HWY {}"),
    "US HIGHWAY": ("US HIGHWAY {}", "US HWY {}", "US {}", "U S HIGHWAY {}", "U.S. {}", "US-{}"),
    "COUNTY ROAD": ("COUNTY ROAD {}", "CR {}", "CO RD {}", "COUNTY RD {}", "CR-{}"),
    "FARM TO MARKET ROAD": ("FM {}", "FARM TO MARKET ROAD {}", "FARM TO MARKET {}", "FM ROAD {}", "F M {}"),
}
#: the same, written together
GLUED_HIGHWAYS = {"STATE ROAD": "SR{}", "US HIGHWAY": "US{}", "COUNTY ROAD": "CR{}", "FARM TO MARKET ROAD": "FM{}"}
HIGHWAY_NUMBERS = {
    "STATE ROAD": ("50", "408", "414", "426", "429", "434", "436", "438", "482", "520", "527", "535", "551"),
    "US HIGHWAY": ("17", "27", "92", "98", "192", "301", "441"),
    "COUNTY ROAD": ("13", "15", "419", "425", "435", "436", "437", "455", "526", "535", "545", "561", "D", "DD"),
    "FARM TO MARKET ROAD": ("149", "359", "521", "529", "723", "1093", "1463", "1960", "2100", "2234", "2920"),
}
#: two routes on one road
DOUBLE_HIGHWAY = ("US HIGHWAY 17-92", "US HWY 17 92", "US HIGHWAY 17/92", "US 17-92", "US HWY 17/92")
KING = "MARTIN LUTHER KING"
KINGS = (
    "MARTIN LUTHER KING JR", "DR MARTIN LUTHER KING JR", "MARTIN LUTHER KING", "DR MARTIN LUTHER KING",
    "MARTIN LUTHER KING JUNIOR", "DR. MARTIN LUTHER KING, JR.",
)  # fmt: skip
#: streets that are named so in many counties, by what makes them hard
SAINTS = (
    "SAINT JOHNS", "SAINT LOUIS", "SAINT CHARLES", "SAINT AUGUSTINE", "SAINT CLAIR", "SAINT GEORGE", "SAINT MARYS",
    "SAINT ANDREWS", "SAINT PAUL", "SAINT JAMES", "SAINT FRANCIS", "SAINT MARTIN", "SAINT LAWRENCE", "SAINT IVES",
    "SAINT ALBANS", "SAINT CLOUD", "SAINT JOSEPH", "SAINT MORITZ", "SAINT PETERS", "SAINT THOMAS",
)  # fmt: skip
MOUNTS = (
    "MOUNT VERNON", "MOUNT PLEASANT", "MOUNT OLIVE", "MOUNT ZION", "MOUNT HOPE", "MOUNT COMFORT", "MOUNT JEFFERSON",
    "MOUNT EVEREST", "MOUNT HOREB", "FORT KING", "FORT LINCOLN", "FORT MASON", "FORT GATLIN", "FORT JEFFERSON",
)  # fmt: skip
MOUNT_SHORT = {"MOUNT": "MT", "FORT": "FT"}
SPANISH = (
    "AVENIDA DEL SOL", "AVENIDA DEL MAR", "AVENIDA DE LAS FLORES", "AVENIDA CENTRAL", "AVENIDA DEL NORTE",
    "CAMINO REAL", "CAMINO DEL RIO", "CAMINO REDONDO", "CALLE DE LUNA", "CALLE REAL", "VIA ROSA", "VIA VERDE",
    "PASEO DEL PRADO", "PASEO DE PERALTA", "AVENIDA SERENA", "CAMINO ALTO",
)  # fmt: skip
#: what the first word of these is called besides; VIA, CALLE and PASEO are not shortened
SPANISH_SHORT = {"AVENIDA": ("AVE", "AVDA", "AV"), "CAMINO": ("CAM",)}
ACCENTS = {
    "SAN JOSE": "SAN JOSÉ", "CANON": "CAÑON", "PINON": "PIÑON", "PENA": "PEÑA", "ESPANOLA": "ESPAÑOLA",
    "LEON": "LEÓN", "CORDOBA": "CÓRDOBA", "NINO": "NIÑO", "CAFE": "CAFÉ", "CHATEAU": "CHÂTEAU", "BOLIVAR": "BOLÍVAR",
    "MUNOZ": "MUÑOZ", "ORDONEZ": "ORDOÑEZ", "MONTANA VISTA": "MONTAÑA VISTA", "CASTANA": "CASTAÑA",
}  # fmt: skip
NUMBER_WORDS = {
    "THREE OAKS": "3 OAKS", "FOUR SEASONS": "4 SEASONS", "SEVEN OAKS": "7 OAKS", "TWELVE OAKS": "12 OAKS",
    "TWO NOTCH": "2 NOTCH", "FIVE FORKS": "5 FORKS", "TEN OAKS": "10 OAKS", "NINE EAGLES": "9 EAGLES",
}  # fmt: skip
IRISH = ("OBRIEN", "OCONNELL", "OHARA", "ODELL", "OLEARY", "ONEAL")
#: parts that compound names are made of: where a name may be written as two words
ENDINGS = (
    "WOOD", "VIEW", "BROOK", "FIELD", "SIDE", "DALE", "HILL", "RIDGE", "GATE", "BRANCH", "HURST", "CREST", "HAVEN",
    "STONE", "CREEK", "WATER", "LAND", "SHORE", "MOOR", "FORD", "GLEN",
)  # fmt: skip
#: a misspelt word that is one of these would be read as something else than a name
RESERVED = frozenset(
    {*DIRECTIONS, *DIRECTIONS.values(), *SUFFIXES, *SUFFIXES.values(), *(v for s in SPELLINGS.values() for v in s)}
    | {"HIGHWAY", "HWY", "ROUTE", "RTE", "STATE", "COUNTY", "SAINT", "MOUNT", "MT", "FORT", "FT", "UNIT", "APT", "STE"}
    | {"SUITE", "LOT", "FLOOR", "FL", "BLDG", "REAR", "UPPER", "LOWER", "FRONT", "DR", "JR", "OLD", "NEW"}
)
TOWNS = (
    ("ORLANDO", ("32801", "32803", "32805", "32807", "32808")), ("APOPKA", ("32703", "32712")),
    ("WINTER PARK", ("32789", "32792")), ("OCOEE", ("34761",)), ("WINTER GARDEN", ("34787",)),
    ("MAITLAND", ("32751",)), ("WINDERMERE", ("34786",)), ("BELLE ISLE", ("32809", "32812")), ("OAKLAND", ("34760",)),
    ("ZELLWOOD", ("32798",)), ("CHRISTMAS", ("32709",)), ("TANGERINE", ("32777",)),
)  # fmt: skip
