"""What all tables share: one metadata, constraint names, and the column types that recur."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Identity, MetaData, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import UserDefinedType

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Point(UserDefinedType[str]):
    """A place by longitude and latitude, which Python reads and writes as PostGIS spells it: statements work with it.

    Migrations have GeoAlchemy2's, whose import takes as long as that of all tables.
    """

    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        """Its name in the database."""
        return "geography(POINT,4326)"


class Base(DeclarativeBase):
    """The schema. Every primary and foreign key starts with ``market``, so that the tables can be distributed by it."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        str: Text(),
        int: BigInteger(),
        datetime: DateTime(timezone=True),
        Decimal: Numeric(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


MarketKey = Annotated[str, mapped_column(Text(), primary_key=True)]
RowId = Annotated[int, mapped_column(BigInteger(), Identity(), primary_key=True)]
Now = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=text("now()"))]
Flag = Annotated[bool, mapped_column(server_default=text("true"))]
Score = Annotated[Decimal, mapped_column(Numeric(5, 2))]
PointLocation = Annotated[str | None, mapped_column(Point(), nullable=True)]
