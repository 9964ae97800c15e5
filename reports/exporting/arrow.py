"""Portions as Arrow's record batches, for the Parquet writer."""

from collections.abc import Iterable, Iterator, Sequence

from arro3.core import Array, DataType, Field, RecordBatch, Schema

from reports.exporting.columns import Column, Kind
from reports.exporting.rows import Portion

TYPES = {
    Kind.WHOLE: DataType.int64(),
    Kind.NUMBER: DataType.float64(),
    Kind.FLAG: DataType.bool(),
    Kind.TIME: DataType.timestamp("us", tz="UTC"),
}


def schema_of(columns: Sequence[Column]) -> Schema:
    return Schema([Field(one.name, TYPES.get(one.kind, DataType.string()), nullable=True) for one in columns])


def batches_of(columns: Sequence[Column], portions: Iterable[Portion], schema: Schema) -> Iterator[RecordBatch]:
    for portion in portions:
        cells = zip(*portion, strict=True)
        arrays = [_array(column, list(one)) for column, one in zip(columns, cells, strict=True)]
        yield RecordBatch.from_arrays(arrays, schema=schema)


def _array(column: Column, cells: list) -> Array:
    if column.kind == Kind.TIME:
        # Microseconds, as the database was asked for them.
        return Array(cells, DataType.int64()).cast(TYPES[Kind.TIME])
    return Array(cells, TYPES.get(column.kind, DataType.string()))
