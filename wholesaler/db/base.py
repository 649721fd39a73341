"""What all tables share: one metadata, constraint names, and the column types that recur."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from geoalchemy2 import Geography, WKBElement
from sqlalchemy import BigInteger, DateTime, Identity, MetaData, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


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
PointLocation = Annotated[
    WKBElement | None, mapped_column(Geography("POINT", srid=4326, spatial_index=False), nullable=True)
]
