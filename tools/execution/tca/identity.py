"""The book identity: where the profit of a run came from, with nothing left over.

    profit at the mid = gross spread + integral of (inventory x mid changes) + amendments

in half-tick x lot, exactly, for every run. The left side is booked by `Position` from prices
alone; the right side is summed up here from mids, along another way. Fees and funding are
beside it, in 1e-8 of the quote currency, on both sides the same.
"""


class BookIdentity:
    """The right side, kept up quote by quote and fill by fill.

    A fill is heard of after it happened. From the mid just before it to the mid of now, its
    quantity is credited at once; from then on it is part of the inventory. That is the
    integral with the fill at its own time.
    """

    def __init__(self) -> None:
        self.mid_ht: int | None = None
        self.inventory_lots = 0
        self.gross_htl = 0  # sum of d q (mid before - price)
        self.carried_htl = 0  # integral of inventory d(mid)
        self.amended_htl = 0  # busts, corrections, redenominations
        self.entered_htl = 0  # at what mids the inventory was entered while there was none yet

    def on_mid(self, mid_ht: int) -> None:
        """Take the mid from now on."""
        if self.mid_ht is None:
            self.carried_htl += self.inventory_lots * mid_ht - self.entered_htl
            self.entered_htl = 0
        else:
            self.carried_htl += self.inventory_lots * (mid_ht - self.mid_ht)
        self.mid_ht = mid_ht

    def on_fill(self, signed_lots: int, price_ht: int, before_ht: int | None) -> None:
        """Take a fill and the mid just before it; without one it has earned no spread."""
        base_ht = price_ht if before_ht is None else before_ht
        self.gross_htl += signed_lots * (base_ht - price_ht)
        self._enter(signed_lots, base_ht)

    def on_amend(self, signed_lots: int, price_ht: int) -> None:
        """Take what a bust or a correction books at a price, or a redenomination at 0."""
        base_ht = price_ht if self.mid_ht is None else self.mid_ht
        self.amended_htl += signed_lots * (base_ht - price_ht)
        self._enter(signed_lots, base_ht)

    def _enter(self, signed_lots: int, base_ht: int) -> None:
        self.inventory_lots += signed_lots
        if self.mid_ht is None:
            self.entered_htl += signed_lots * base_ht
        else:
            self.carried_htl += signed_lots * (self.mid_ht - base_ht)

    def profit_htl(self) -> int:
        """Return the right side: before fees, at the mid of now."""
        return self.gross_htl + self.carried_htl + self.amended_htl
