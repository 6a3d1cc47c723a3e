"""Blocks of text, put together to one gzip stream that every gzip reader takes."""

from __future__ import annotations

import gzip
import subprocess
import zlib

from hypothesis import given
from hypothesis import strategies as st

from halfshake.watch.metrics.kept_text import EMPTY, HEADER, GzipStream, block


def stream_of(texts: list[bytes]) -> bytes:
    """A gzip stream, from blocks."""
    stream = GzipStream()
    return HEADER + b"".join(stream.add(block(text)) for text in texts) + stream.end()


@given(st.lists(st.binary(max_size=3000)), st.integers(0, 200_000))
def test_any_texts_in_any_order_are_one_stream(texts: list[bytes], zeros: int) -> None:
    """One member, whose checksum and length the library checks."""
    texts.append(bytes(zeros))
    reader = zlib.decompressobj(wbits=31)
    assert reader.decompress(stream_of(texts)) == b"".join(texts)
    assert reader.eof
    assert reader.unused_data == b""


@given(st.binary(max_size=3000))
def test_a_block_gives_its_text_back(text: bytes) -> None:
    """And of no text there is only one."""
    assert block(text).text() == text
    assert (block(text) is EMPTY) is (text == b"")


def test_an_empty_stream_is_one() -> None:
    """A monitor without targets."""
    assert gzip.decompress(stream_of([])) == b""


def test_the_gzip_program_accepts_it() -> None:
    """As it checks files."""
    stream = stream_of([b"a\n" * 100_000, b"", b"b\n"])
    done = subprocess.run(["gzip", "-dc"], input=stream, capture_output=True, check=True)
    assert done.stdout == b"a\n" * 100_000 + b"b\n"
