"""Rows into a file. What is in memory is a portion, whatever the number of rows."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from audits.spreadsheet import DANGEROUS, safe_cell
from reports.exporting.columns import WRITTEN, Column, Format
from reports.exporting.copying import Progress, copy_rows, may_be_copied
from reports.exporting.rows import Portion, Rows

GROUP = 50_000
CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/jsonl",
    Format.PARQUET: "application/vnd.apache.parquet",
}


def write_rows(rows: Rows, format: Format, file: BinaryIO, progress: Progress = lambda number: None) -> int:
    """Write all rows; how many. `progress` is called with the number so far after each portion, and may raise."""
    if may_be_copied(rows, format):
        return copy_rows(rows, format, file, progress)
    counted = _Counted(rows.portions(format), progress)
    {Format.CSV: _csv, Format.JSONL: _jsonl, Format.PARQUET: _parquet}[format](rows.columns, counted, file)
    return counted.number


class _Counted:
    def __init__(self, portions: Iterator[Portion], progress: Progress) -> None:
        self.portions, self.progress, self.number = portions, progress, 0

    def __iter__(self) -> Iterator[Portion]:
        for portion in self.portions:
            yield portion
            self.number += len(portion)
            self.progress(self.number)


def _csv(columns: Sequence[Column], portions: _Counted, file: BinaryIO) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow([column.name for column in columns])
    written = [column.kind in WRITTEN for column in columns]
    for portion in portions:
        by_column = (
            # A call for each of a million rows' cells takes longer than all the rest of the writing.
            [safe_cell(cell) if cell and cell[0] in DANGEROUS else cell for cell in cells] if is_written else cells
            for is_written, cells in zip(written, zip(*portion, strict=True), strict=True)
        )
        writer.writerows(zip(*by_column, strict=True))
    text.flush()
    text.detach()


def _jsonl(columns: Sequence[Column], portions: _Counted, file: BinaryIO) -> None:
    for portion in portions:
        file.write("".join(f"{line}\n" for (line,) in portion).encode())


def _parquet(columns: Sequence[Column], portions: _Counted, file: BinaryIO) -> None:
    # Only workers that write Parquet, and only then, carry its library.
    from arro3.core import RecordBatchReader
    from arro3.io import write_parquet

    from reports.exporting.arrow import batches_of, schema_of

    schema = schema_of(columns)
    reader = RecordBatchReader.from_batches(schema, batches_of(columns, portions, schema))
    write_parquet(reader, file, compression="zstd(1)", max_row_group_size=GROUP)
