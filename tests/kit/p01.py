"""P0.1's demo once more, in floats and in a few lines: the oracle behind the two samples.

It knows only what the P0.1 document and its measured behaviour say: the order of the draws,
the order of the quotes, and when the edge freezes. It shares no code with the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random


@dataclass
class Expected:
    attempts: int = 0
    placed: int = 0
    fill_events: int = 0
    partial: dict[str, int] = field(default_factory=dict)
    rejected: list[str] = field(default_factory=list)
    canceled: int = 0
    positions: dict[str, float] = field(default_factory=dict)
    frozen_at: int | None = None


def p01(
    symbols, iterations, fill_rate, reject_rate, threshold, seed=42, partial_rate=0.1, end=2.0
) -> Expected:
    """Return what P0.1 comes to; an order is open unless its whole quantity was filled."""
    dice = Random(seed)
    out = Expected(positions=dict.fromkeys(symbols, 0.0), partial=dict.fromkeys(symbols, 0))
    still_open = 0
    for i in range(iterations):
        if out.frozen_at is None:
            for symbol in symbols:
                for sign in (1, -1):
                    out.attempts += 1
                    if dice.random() < reject_rate:
                        out.rejected.append(f"CLI{out.attempts:08d}")
                        continue
                    out.placed += 1
                    if dice.random() >= fill_rate:
                        still_open += 1
                        continue
                    qty = 0.01
                    if dice.random() < partial_rate:
                        qty *= 0.5 + 0.4 * dice.random()
                        out.partial[symbol] += 1
                        still_open += 1
                    out.fill_events += 1
                    out.positions[symbol] += sign * qty
            if 10 - (i / iterations) * (10 - end) < threshold:
                out.frozen_at = i
                out.canceled = still_open
    return out
