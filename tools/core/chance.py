"""Chance as a pure function: nothing to save, nothing to restore.

A draw is named by what it is for. Adding a symbol, an order or a log line therefore
changes no other draw. The mixing function is SplitMix64 (Steele, Lea and Flood 2014).
"""

from typing import Final

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15


def mix64(value: int) -> int:
    """Return the SplitMix64 output for the state `value`, as an integer of 64 bits."""
    z = (value + _GOLDEN) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def stream_id(name: str) -> int:
    """Return the number of a named stream: its UTF-8 bytes folded through `mix64`."""
    folded = 0
    for byte in name.encode("utf-8"):
        folded = mix64(folded ^ byte)
    return folded


def draw64(seed: int, stream: int, ident: int, k: int) -> int:
    """Return draw `k` about the thing `ident` in `stream`: uniform over 64 bits."""
    return mix64(mix64(mix64(mix64(seed & _MASK) ^ stream) ^ (ident & _MASK)) ^ (k & _MASK))


def below(seed: int, stream: int, ident: int, k: int, bound: int) -> int:
    """Return a draw in ``0 .. bound - 1`` (multiply-shift; bias under bound / 2**64)."""
    return (draw64(seed, stream, ident, k) * bound) >> 64
