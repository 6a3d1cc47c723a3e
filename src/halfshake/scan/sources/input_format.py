"""`InputFormat`: how a file of targets is written."""

from __future__ import annotations

from enum import StrEnum


class InputFormat(StrEnum):
    """The names of the formats, as `--input-format` takes them."""

    lines = "lines"
    csv = "csv"
    jsonl = "jsonl"
    file_sd = "file-sd"
