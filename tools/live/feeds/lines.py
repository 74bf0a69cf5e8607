"""Bytes of a recording to lines: plain or gzip by its first bytes, in constant memory.

What is wrong with the container (cut off, damaged, another format) does not raise: all
that could be read is handed out, and `LineReader.problem` then says what was wrong.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from tools.core.errors import InputError

_READ_BYTES: Final = 1 << 16
_BLOCK_BYTES: Final = 1 << 18
_GZIP_MAGIC: Final = b"\x1f\x8b"
_FOREIGN: Final = (
    (b"\x28\xb5\x2f\xfd", "zstd file; unpack it first"),
    (b"\xfd7zXZ\x00", "xz file; unpack it first"),
    (b"BZh", "bzip2 file; unpack it first"),
    (b"PK\x03\x04", "zip file; unpack it first"),
    (b"PAR1", "parquet file, and no recording of messages"),
)


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """What an audit log says about one input: its name without folders, bytes, SHA-256."""

    name: str
    size: int
    sha256: str

    def to_dict(self) -> dict[str, object]:
        """Return the three facts by name."""
        return {"name": self.name, "sha256": self.sha256, "size": self.size}


def describe_input(path: str | Path) -> InputFile:
    """Return name, size and SHA-256 of a file; raise `InputError` if it cannot be read."""
    digest = hashlib.sha256()
    size = 0
    with open_input(path) as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    return InputFile(name=Path(path).name, size=size, sha256=digest.hexdigest())


def open_input(path: str | Path) -> BinaryIO:
    """Open a file for reading; raise `InputError` that names it if that cannot be done."""
    try:
        return open(path, "rb")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder; name its files") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


class LineReader:
    """Hands out the lines of one recording in blocks, without their line ends.

    Parameters
    ----------
    opener
        Opens the stream; called each time `blocks` starts.
    max_line_bytes
        Of a longer line, only this many bytes are handed out.
    """

    def __init__(self, opener: Callable[[], BinaryIO], max_line_bytes: int) -> None:
        self._opener: Final = opener
        self._max_line: Final = max_line_bytes
        self.problem = ""
        self.bytes_read = 0
        self.torn = False

    def blocks(self) -> Iterator[list[bytes]]:
        """Yield lists of lines. `torn` is True when the last line handed out has no end."""
        carry = b""
        self.torn = False
        self.problem = ""
        self.bytes_read = 0
        for data in self._chunks():
            if len(carry) >= self._max_line:
                _, end, data = data.partition(b"\n")
                if not end:
                    continue
                yield [carry]
                carry = b""
            lines = (carry + data).split(b"\n")
            carry = lines.pop()[: self._max_line]
            if lines:
                yield lines
        if carry:
            self.torn = True
            yield [carry]

    def _chunks(self) -> Iterator[bytes]:
        with self._opener() as stream:
            chunk = self._read(stream)
            for magic, what in _FOREIGN:
                if chunk.startswith(magic):
                    self.problem = f"is a {what}"
                    return
            if chunk.startswith(_GZIP_MAGIC):
                yield from self._gunzip(chunk, stream)
                return
            while chunk:
                yield chunk
                chunk = self._read(stream)

    def _read(self, stream: BinaryIO) -> bytes:
        try:
            chunk = stream.read(_READ_BYTES)
        except OSError as error:
            self.problem = f"reading stopped ({error.strerror})"
            return b""
        self.bytes_read += len(chunk)
        return chunk

    def _gunzip(self, chunk: bytes, stream: BinaryIO) -> Iterator[bytes]:
        """Yield the plain bytes of all gzip members; their check sums are checked by zlib."""
        unzip = zlib.decompressobj(31)
        while chunk:
            if unzip.eof:
                chunk = chunk.lstrip(b"\0")  # padding between members is allowed
                if not chunk:
                    chunk = self._read(stream)
                    continue
                if not _GZIP_MAGIC.startswith(chunk[:2]):
                    self.problem = "has other data after the end of the gzip"
                    return
                unzip = zlib.decompressobj(31)
            before = unzip.copy()
            try:
                data = unzip.decompress(chunk, _BLOCK_BYTES)
            except zlib.error:
                yield _salvage(before, chunk)
                self.problem = "is a damaged gzip; what comes after the damage was not read"
                return
            if data:
                yield data
            chunk = (unzip.unused_data if unzip.eof else unzip.unconsumed_tail) or self._read(stream)
        if not unzip.eof:
            yield unzip.flush()  # what was held back by the bound on one block
        if not unzip.eof and not self.problem:
            self.problem = "is a gzip that was cut off; what came before was read"


def _salvage(unzip: "zlib._Decompress", chunk: bytes) -> bytes:
    """Return what a chunk with damage in it gives up to the damage."""
    saved = bytearray()
    for at in range(len(chunk)):
        try:
            saved += unzip.decompress(chunk[at : at + 1])
        except zlib.error:
            break
    return bytes(saved)
