"""What risk answers whoever asks: what is held, what is used of each limit, what each instrument may do."""

from tools.core.events import Side
from tools.core.verdicts import Evidence, RiskVerdict
from tools.risk.exposure import Exposure
from tools.risk.hold_book import HoldBook
from tools.risk.holds import Effect, Latch
from tools.risk.watch import RiskWatch


class RiskViews(RiskWatch):
    """The watch with its answers; none of them changes what risk decides."""

    @property
    def now_ns(self) -> int:
        """The event time that was set last."""
        return self._now_ns

    @property
    def freeze_log(self) -> HoldBook:
        """The holds: causes, history, thaws."""
        return self.holds

    def is_frozen(self, symbol: str | None = None) -> bool:
        """Return True while nothing new may be sent: in one symbol, or at all."""
        if symbol is None:
            return self.holds.frozen
        return self.holds.binding(symbol, Effect.HALT) is not None

    def to_withdraw(self, client_id: str, symbol: str, side: Side) -> bool:
        """Return True for an open order that is killed or held: it must not rest.

        Where positions may only shrink that is one of a side whose open orders could do more
        than bring the position to flat.
        """
        if client_id in self.condemned or self.is_frozen(symbol):
            return True
        if self.holds.binding(symbol, Effect.REDUCE_ONLY) is None:
            return False
        exposure = self._book.by_symbol.get(symbol)
        return exposure is None or not exposure.reduces(side, 0)

    def verdict(self, symbol: str = "") -> RiskVerdict:
        """Return the monitor's part in a symbol's decision; the same object while it stays the same."""
        hold = self.holds.binding(symbol, Effect.HALT)
        reason = "OPEN"
        if hold is not None:
            reason = "FROZEN" if isinstance(hold, Latch) else "PAUSED"
        elif not self.reconciler.agreed:
            reason = "NOT_RECONCILED"
        known = self._verdicts.get(symbol)
        if known is not None and known.reason == reason:
            return known
        since_ns = 0 if known is None and reason == "OPEN" else self._now_ns
        made = RiskVerdict(since_ns, reason == "OPEN", reason)
        self._verdicts[symbol] = made
        return made

    def peaks(self) -> dict[str, int]:
        """Return the most that was used of each limit, the lowest of a floor, sorted by name.

        Looked at whenever an order leaves, and those of which a limit may come near also each second
        in which anything has moved.
        """
        return self._panel.peaks()

    def exposures(self) -> dict[str, Exposure]:
        """Return the exposure of every instrument seen, by symbol."""
        return self._book.by_symbol

    def headroom(self) -> tuple[Evidence, ...]:
        """Return every limit of every control with how much of it is used now; see `Control.headroom`."""
        return self._panel.headroom(self._standing())
