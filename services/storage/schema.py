"""What every table shares: the one list of all of them, and two types of columns."""

from sqlalchemy import BigInteger, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only for a column of exactly INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")

# Compared byte by byte on both databases, so that an index finds what begins with something.
Key = String(64).with_variant(String(64, collation="C"), "postgresql")
