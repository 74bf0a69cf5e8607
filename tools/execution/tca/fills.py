"""Fills until the last mid that they are measured by is known, and the sums over them."""

from typing import Final

from tools.core.events import Side
from tools.core.reports import Liquidity
from tools.execution.tca.best import BestHistory
from tools.execution.tca.horizons import HORIZONS, HORIZONS_NS
from tools.execution.tca.records import Context, FillQuality


class WaitingFill:
    """A fill that is not measured to its last horizon yet."""

    def __init__(
        self,
        client_id: str,
        exec_id: str,
        symbol: str,
        side: Side,
        liquidity: Liquidity,
        price_ticks: int,
        qty_lots: int,
        time_ns: int,
        heard_ns: int,
        fee_e8: int,
        racing: bool,
        before_ht: int | None,
        context: Context,
    ) -> None:
        self.client_id: Final = client_id
        self.exec_id: Final = exec_id
        self.symbol: Final = symbol
        self.side: Final = side
        self.signed_lots: Final = qty_lots if side is Side.BUY else -qty_lots
        self.liquidity: Final = liquidity
        self.price_ticks: Final = price_ticks
        self.price_ht: Final = 2 * price_ticks
        self.qty_lots: Final = qty_lots
        self.time_ns: Final = time_ns
        self.heard_ns: Final = heard_ns
        self.fee_e8: Final = fee_e8
        self.racing: Final = racing
        self.before_ht: Final = before_ht
        self.context: Final = context

    def notional_htl(self) -> int:
        """Return price x quantity."""
        return self.price_ht * self.qty_lots

    def measured(self, best: BestHistory, until_ns: int) -> FillQuality:
        """Return the fill with the mids in force at its horizons; None for those beyond `until_ns`."""
        before_ht = self.before_ht
        after: list[int | None] = []
        markouts: list[int | None] = []
        drifts: list[int | None] = []
        for length_ns in HORIZONS_NS:
            at_ns = self.time_ns + length_ns
            mid_ht = best.mid_at(at_ns) if at_ns <= until_ns else None
            after.append(mid_ht)
            if mid_ht is None:
                markouts.append(None)
                drifts.append(None)
            else:
                markouts.append(self.signed_lots * (mid_ht - self.price_ht))
                drifts.append(None if before_ht is None else self.signed_lots * (mid_ht - before_ht))
        capture_htl = None if before_ht is None else self.signed_lots * (before_ht - self.price_ht)
        return FillQuality(
            self.client_id,
            self.exec_id,
            self.symbol,
            self.side,
            self.liquidity,
            self.price_ticks,
            self.qty_lots,
            self.time_ns,
            self.heard_ns,
            self.fee_e8,
            self.racing,
            before_ht,
            tuple(after),
            capture_htl,
            tuple(markouts),
            tuple(drifts),
            self.context,
        )


class HorizonSums:
    """The edge identity at one horizon, summed over the fills that have both mids."""

    def __init__(self) -> None:
        self.fills = 0
        self.notional_htl = 0
        self.markout_htl = 0
        self.capture_htl = 0
        self.drift_htl = 0
        self.fees_e8 = 0
        self.residual_htl = 0  # of the absolute values, so that two errors cannot hide each other

    def add(self, notional_htl: int, markout_htl: int, capture_htl: int, drift_htl: int, fee_e8: int) -> None:
        """Add one fill."""
        self.fills += 1
        self.notional_htl += notional_htl
        self.markout_htl += markout_htl
        self.capture_htl += capture_htl
        self.drift_htl += drift_htl
        self.fees_e8 += fee_e8
        self.residual_htl += abs(markout_htl - capture_htl - drift_htl)

    def to_dict(self) -> dict[str, object]:
        """Return the sums: markout = capture + drift, and fees on both sides."""
        return {
            "capture_htl": self.capture_htl,
            "drift_htl": self.drift_htl,
            "fees_e8": self.fees_e8,
            "fills": self.fills,
            "markout_htl": self.markout_htl,
            "notional_htl": self.notional_htl,
            "residual_htl": self.residual_htl,
        }


class FillSums:
    """The edge identity at every horizon."""

    def __init__(self) -> None:
        self.fills = 0
        self.without_mid = 0
        self._horizons: Final[list[HorizonSums]] = []
        for _ in HORIZONS:
            self._horizons.append(HorizonSums())

    def add(self, fill: FillQuality, notional_htl: int) -> None:
        """Add a measured fill."""
        self.fills += 1
        capture_htl = fill.capture_htl
        if capture_htl is None:
            self.without_mid += 1
            return
        for at, sums in enumerate(self._horizons):
            markout_htl, drift_htl = fill.markouts_htl[at], fill.drifts_htl[at]
            if markout_htl is not None and drift_htl is not None:
                sums.add(notional_htl, markout_htl, capture_htl, drift_htl, fill.fee_e8)

    def drift_htl(self, at: int) -> int:
        """Return the sum of ``d q (mid after - mid before)`` at a horizon."""
        return self._horizons[at].drift_htl

    def to_dict(self) -> dict[str, object]:
        """Return the sums by horizon."""
        out: dict[str, object] = {"fills": self.fills, "without_mid": self.without_mid}
        for at, horizon in enumerate(HORIZONS):
            out[horizon[0]] = self._horizons[at].to_dict()
        return out
