"""VPIN: the imbalance of buyers and sellers in buckets of equal volume.

Easley, Lopez de Prado and O'Hara (2012), with the true side of each trade in place of their
bulk classification. Report only: Andersen and Bondarenko (2014) find that it follows intensity.
"""

from collections.abc import Iterable

BUCKETS = 50


def imbalances(trades: Iterable[tuple[int, bool]], bucket_lots: int) -> list[int]:
    """Return ``|bought - sold|`` of every full bucket of `bucket_lots`; a trade may fill several.

    >>> imbalances([(3, True), (4, False)], 5)
    [1]
    """
    if bucket_lots < 1:
        return []
    out: list[int] = []
    bought = filled = 0
    for lots, is_buy in trades:
        left = lots
        while left:
            part = min(left, bucket_lots - filled)
            left -= part
            filled += part
            bought += part if is_buy else 0
            if filled == bucket_lots:
                out.append(abs(2 * bought - bucket_lots))
                bought = filled = 0
    return out


def vpin(trades: Iterable[tuple[int, bool]], bucket_lots: int, buckets: int = BUCKETS) -> float | None:
    """Return the mean imbalance of the last `buckets` full buckets, 0 to 1; None for fewer."""
    last = imbalances(trades, bucket_lots)[-buckets:]
    return sum(last) / (buckets * bucket_lots) if len(last) == buckets else None
