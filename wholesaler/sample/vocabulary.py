"""Invented words the sample is made of: no person, bank, law firm, city or street in here is real."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TREES = _words(
    "Alder Birch Cedar Dogwood Elm Fir Gum Hazel Ironwood Juniper Kapok Laurel Maple Nutmeg Oak Pine Quince Rowan "
    "Spruce Tupelo Willow Yew"
)
GIVEN_NAMES = _words(
    "Alex Blair Casey Dana Emery Finley Gray Harper Indigo Jordan Kendall Logan Morgan Noel Oakley Parker Quinn Riley "
    "Sage Tatum"
)
COMPANY_ENDINGS = (
    "HOMES LLC",
    "RESIDENTIAL BORROWER 7 LLC",
    "INVESTMENT GROUP LLC",
    "2019-1 BORROWER L P",
    "CONDOMINIUM ASSN INC",
    "FAMILY TRUST",
    "HOLDINGS INC",
)
#: What a name must never do: become markup, a formula, a mention, a second line, or break the load.
HOSTILE_NAMES = (
    "<b>ALDER & SONS</b> LLC",
    "<script>alert(1)</script> ROWAN",
    '=HYPERLINK("http://example.invalid","ELM RILEY")',
    "+CEDAR HOMES LLC",
    "-2+3 KAPOK TRUST",
    "@SUM(1+1) BIRCH",
    "<!channel> HOLDINGS LLC",
    "*OAK_PARKER* `TRUST`",
    "YEW\tQUINN\r\nBcc: nobody@example.invalid",
    "GUM\u0007 SAGE\u001b[31m",
    "FIR\u0000 CASEY",
    "MAGNÓLIA & NOGAL S À R L",
    'O\'QUINCE "TATUM"; DROP TABLE properties; --',
)

LENDERS = (
    "First Cypress Bank NA",
    "Heron National Bank",
    "Mangrove Home Loans Services Lp",
    "Saw Palmetto Credit Union",
    "Limpkin Mortgage Corporation",
    "Spoonbill Savings FSB",
    "ANHINGA TRUST COMPANY",
    "The Bank Of Tupelo Springs",
    "Live Oak Loan Servicing LLC",
    "Gopher Tortoise Mortgage Asset Trust II",
)
TRUSTEES = (
    "Egret & Ibis Place",
    "Egret & Ibis Pl",
    "Law Offices Of Bluestem, PA",
    "Muhly Law Group PA",
    "Sabal, Coontie & Beautyberry",
    "Wiregrass Law Firm, Pa.",
    "Tickseed Scofflaw, PC",
)

#: The first city is the one that publishes its code enforcement cases.
CITIES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Kapok City", ("34901", "34903", "34904", "34905", "34907"), "KPK"),
    ("Heron Grove", ("34912", "34913"), "HGR"),
    ("Tupelo Springs", ("34921", "34924"), "TUP"),
    ("Lake Quince", ("34931",), "LQN"),
    ("Juniper Park", ("34942", "34943"), "JUN"),
    ("Nutmeg Bay", ("34951",), "NUT"),
)
ZONING = ("R-1", "R-1A", "R-1AA", "R-2", "R-3", "P-D", "RSF-1A", "PD/T/SP/AR/W")

#: Abbreviation (the roll's) → what a notice spells out.
STREET_TYPES = {
    "DR": "DRIVE",
    "ST": "STREET",
    "CT": "COURT",
    "LN": "LANE",
    "CIR": "CIRCLE",
    "RD": "ROAD",
    "AVE": "AVENUE",
    "BLVD": "BOULEVARD",
    "WAY": "WAY",
    "LOOP": "LOOP",
    "TRL": "TRAIL",
    "PL": "PLACE",
    "PKWY": "PARKWAY",
    "TER": "TERRACE",
}
DIRECTIONS = {"N": "NORTH", "S": "SOUTH", "E": "EAST", "W": "WEST"}
STREET_BEGINNINGS = _words(
    "AMBER ANHINGA ARBOR ASTER AZALEA BANYAN BASIL BAY BEACON BLUESTEM BOBCAT BRAMBLE BREEZY BRIAR BUTTONBUSH "
    "CALADIUM CAMPHOR CANNA CARDINAL CATTAIL CHERT CITRON CLOVER COONTIE COPPER CORAL COTTON CRANE CRESCENT CROSSVINE "
    "CYPRESS DAHOON DOVE DRIFT EGRET ELDER EMBER FALCON FERN FIG FINCH FLINT FOX GALLBERRY GARDENIA GENTLE GINGER "
    "GOLDEN GOSHAWK GRANITE GRASS GROUSE GUAVA HAMMOCK HARRIER HAWK HEATHER HERON HICKORY HIDDEN HOLLY HONEY IBIS "
    "INDIGO IRIS IVY JASMINE JUNCO KESTREL KINGLET LANTANA LARK LEMON LILY LIMPKIN LINDEN LONG LOTUS LYONIA MAGNOLIA "
    "MALLARD MANGO MARBLE MARIGOLD MARSH MARTIN MEADOW MERLIN MILKWEED MISTY MOSS MUHLY MULBERRY MYRTLE NEEDLE ORCHID "
    "ORIOLE OSPREY OTTER OWL PALM PALMETTO PARTRIDGE PEBBLE PELICAN PERSIMMON PLUM PLUMBAGO POPPY QUAIL RAVEN REDBUD "
    "REED ROBIN ROSE RUSH SABAL SAND SAWGRASS SEDGE SHELTER SILVER SPARROW SPOONBILL STARLING STONE SUMAC SUMMER "
    "SWALLOW SWEETBAY TANAGER TEAL THISTLE THRUSH TICKSEED TRILLIUM TURTLE VERBENA VIOLET WARBLER WAXWING WHISPER "
    "WIREGRASS WISTERIA WREN YARROW YAUPON"
)
#: With a hyphen: joined to the beginning.
STREET_ENDINGS = _words(
    "-MERE -WOOD -BROOK -FIELD -GATE -LAND -MONT -STONE -TON -VIEW -WAY -WORTH BEND BLUFF BREEZE CHASE COVE CREEK "
    "CROSSINGS DALE DUNES ESTATES FOREST GARDEN GLEN GREEN GROVE HARBOR HARVEST HEIGHTS HILL HOLLOW ISLE KNOLL LAKE "
    "LANDING MANOR MEADOWS MILL MIST NEIGHBORS NEST OAKS ORCHARD PARK PASTURE PINES POINT POND PRAIRIE PRESERVE "
    "RAPIDS RIDGE RIFFLE ROCK RUN SADDLE SHADE SHADOW SHOALS SHORE SPRINGS STAR SUN SUNRISE TIDE TOWER TRACE VALE "
    "VALLEY VISTA WATERS"
)

#: Code of a case number, label, comment.
CASE_TYPES = (
    ("LOT", "Lot", "Overgrown lot."),
    ("H", "Housing", "Roof and windows in disrepair."),
    ("C", "Commercial", "Parking on the lawn."),
    ("ABT", "Abatement", "Trash and debris removed by the city."),
    ("TREE", "Tree", "Tree cut without a permit."),
    ("POOL", "Pool", "Unfenced pool, green water."),
    ("Z", "Zoning", "Fence above the height allowed."),
    ("SGN", "Sign", "Sign without a permit."),
)
