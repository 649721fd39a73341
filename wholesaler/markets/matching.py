"""The rules by which records without a parcel number find theirs; a market file can turn each off."""

from pydantic import BaseModel, ConfigDict


class Matching(BaseModel):
    """Which rules find a parcel by its address, here and among properties whose number the roll does not know.

    Each holds only where exactly one parcel within 150 m fits or, without a place, exactly one in the county. Their
    names stand in evidence, statistics and ``[matching]`` of a market file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    #: the address says the same, with the same place, or the same ZIP or city where there is none
    same_address: bool = True
    #: neither place nor ZIP or city tell, and no other parcel of the county has the address
    only_one_in_county: bool = True
    #: the ZIP is another one, and the place is near
    place_over_zip_code: bool = True
    #: a unit or door at an address that has one parcel, and that one without a unit
    unit_at_single_parcel: bool = True
    #: one of the two has no suffix
    suffix_missing: bool = True
    #: names that are the same without their spaces
    space_differs: bool = True
    #: a letter more, less, other, or changed places, in a name of five letters or more
    one_letter_differs: bool = True

    @property
    def rules(self) -> list[str]:
        """The names of the rules that are in use."""
        return [name for name in type(self).model_fields if getattr(self, name)]


#: all rules, in the order in which they are shown
RULES = tuple(Matching.model_fields)
