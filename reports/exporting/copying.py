"""CSV and JSON Lines as PostgreSQL itself writes them (COPY): Python passes the bytes on, a row at a time.

The bytes are those of `writing`: as Python's csv module writes them, with empty cells for NULL and for empty text.
"""

from collections.abc import Callable, Sequence
from typing import BinaryIO

from django.db import connection

from audits.spreadsheet import DANGEROUS
from reports.exporting.columns import WRITTEN, Column, Format, Kind
from reports.exporting.rows import PORTION, QueryRows, Rows

# ruff: noqa: S608  (all parts are written here or by the ORM, values are parameters)
DANGEROUS_CODES = ", ".join(str(ord(one)) for one in sorted(DANGEROUS) if one != "\0")  # No text holds NUL.
# `ascii` is the number of the first character, whatever the alphabet; 0 where there is none.
SAFE = (
    f"CASE WHEN ascii({{0}}) = 0 THEN NULL WHEN ascii({{0}}) IN ({DANGEROUS_CODES}) THEN '''' || {{0}} ELSE {{0}} END"
)
# As Python writes a float: both use the fewest digits, Python always with a fraction or an exponent, that from 1e16 on.
PYTHONIC = """
CASE WHEN abs({0}) >= 1e16 OR abs({0}) < 1e-4 AND {0} <> 0 THEN lower(replace({0}::text, 'Infinity', 'inf'))
     WHEN {0} = trunc({0}) THEN {0}::text::numeric::text || '.0'
     ELSE {0}::text::numeric::text END
"""
COPY = {
    Format.CSV: "COPY ({}) TO STDOUT (FORMAT csv)",
    # Neither of these two is in a line of JSON, so nothing is quoted.
    Format.JSONL: r"COPY ({}) TO STDOUT (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')",
}
ENDINGS = {Format.CSV: b"\r\n", Format.JSONL: b"\n"}
Progress = Callable[[int], None]


def may_be_copied(rows: Rows, format: Format) -> bool:
    """Rows of a single column are the one case in which csv quotes an empty cell."""
    has_lines = format == Format.JSONL or (format == Format.CSV and len(rows.columns) > 1)
    return has_lines and isinstance(rows, QueryRows)


def copy_rows(rows: QueryRows, format: Format, file: BinaryIO, progress: Progress) -> int:
    """Write all rows; how many. Inside a transaction.

    `progress` must leave this connection alone; what it raises ends the statement.
    """
    sql, values = rows.sql(format)
    if format == Format.CSV:
        file.write((",".join(column.name for column in rows.columns) + "\r\n").encode())
        sql = _cells(sql, rows.columns)
    with connection.cursor() as cursor:
        passed = _Passed(file, ENDINGS[format], progress, stop=cursor.connection.cancel)
        cursor.copy_expert(COPY[format].format(cursor.mogrify(sql, values).decode()), passed)
    if passed.waiting:
        progress(passed.number)
    return passed.number


def _cells(sql: str, columns: Sequence[Column]) -> str:
    """OFFSET 0: each value is made once, however often it is looked at."""
    names = [f"t{number}" for number in range(len(columns))]
    cells = (_cell(column, name) for column, name in zip(columns, names, strict=True))
    return f"SELECT {', '.join(cells)} FROM ({sql} OFFSET 0) AS rendered ({', '.join(names)})"


def _cell(column: Column, name: str) -> str:
    if column.kind in WRITTEN:
        return SAFE.format(name)
    return PYTHONIC.format(name) if column.kind == Kind.NUMBER else name


class _Passed:
    """What COPY writes to: it is given each row with its newline."""

    def __init__(self, file: BinaryIO, ending: bytes, progress: Progress, *, stop: Callable[[], None]) -> None:
        self.write_on, self.ending, self.progress, self.stop = file.write, ending, progress, stop
        self.number = self.waiting = 0

    def write(self, row: bytes) -> None:
        try:
            self._pass_on(row)
        except BaseException:
            # Else the server would work on to the last row, and the roll-back wait for it.
            self.stop()
            raise

    def _pass_on(self, row: bytes) -> None:
        self.write_on(row[:-1] + self.ending)
        self.number += 1
        self.waiting += len(row)
        if self.waiting > PORTION:
            self.waiting = 0
            self.progress(self.number)
