"""Parquet of rows that were written as JSON: first the columns' names, then a list for each row."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

if TYPE_CHECKING:
    from pathlib import Path


def write_parquet(rows: Path, path: Path) -> None:
    """Write the rows as Parquet, so many at a time. Raises OSError."""
    with rows.open("rb") as lines:
        names: list[str] = json.loads(next(lines))
        schema = pa.schema([(name, _type(name)) for name in names])
        with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
            while batch := [json.loads(line) for line in islice(lines, ROWS_AT_ONCE)]:
                columns = [
                    pa.array([_value(row[place], field.type) for row in batch], field.type)
                    for place, field in enumerate(schema)
                ]
                writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _type(name: str) -> Any:
    last = name.rpartition(".")[2]
    if last in {"observed_at", "not_before", "not_after", "path_not_after"}:
        return pa.timestamp("s", "UTC")
    if last in {"port", "bits", "seconds_left", "path_seconds_left", "acceptable_cas_bytes"}:
        return pa.int64()
    if last in {"days_left", "lifetime_ratio_left"} or name.startswith("timings_ms."):
        return pa.float64()
    if last in {"requested", "trusted", "name_matches"}:
        return pa.bool_()
    return pa.string()


def _value(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value)
    if not pa.types.is_string(kind) or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# 10,000 whole documents are some 30 MB.
ROWS_AT_ONCE = 10_000
