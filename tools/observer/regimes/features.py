"""What a detector can watch: one-second figures of the market state, by name."""

from collections import deque
from typing import Final

from tools.core.errors import ConfigError
from tools.core.market import MarketState
from tools.core.snapshots import Snapshot, read_ints, read_opt

FEATURES: Final = (
    "trades_1s",
    "quotes_1s",
    "move_10s_ht",
    "rv_10s_ht2",
    "spread_1s_ubps",
    "depth_10s_lots",
)
COUNTS: Final = ("trades_1s", "quotes_1s")
FALLING: Final = ("depth_10s_lots",)
"""Features of which less is worse."""

_RV: Final = "rv_10s_ht2"
_RV_CHANGES: Final = 10
_SOURCE: Final[dict[str, str]] = {"trades_1s": "trades"}  # everything else needs quotes


def check_features(path: str, features: tuple[str, ...], known: tuple[str, ...] = FEATURES) -> None:
    """Raise `ConfigError` naming `path` if a feature is none of those known."""
    for feature in features:
        if feature not in known:
            raise ConfigError(f"{path}: {feature!r} is none of {', '.join(known)}")


def sample_of(feature: str, state: MarketState) -> int | None:
    """Return a feature's sample; None while its stream was never seen or it cannot be known."""
    if _SOURCE.get(feature, "quotes") in state.missing:
        return None
    if feature == "trades_1s":
        return state.trades_1s
    if feature == "quotes_1s":
        return state.quotes_1s
    if feature == "move_10s_ht":
        return state.move_10s_ht
    if feature == "spread_1s_ubps":
        return state.spread_1s_ubps
    return state.depth_10s_lots


class Sampler:
    """Reads the samples of one second, and keeps what realised variation needs.

    Realised variation is the sum of the squared changes of the mid over the last ten samples,
    in half-ticks squared. Ask for every sample once a second, whether or not it is used.
    """

    def __init__(self, features: tuple[str, ...]) -> None:
        self._varies: Final = _RV in features
        self._mid_ht: int | None = None
        self._squares_ht2: deque[int] = deque()

    def see(self, state: MarketState) -> None:
        """Take in the second, before its samples are read."""
        if not self._varies:
            return
        mid_ht = state.mid_ht
        before_ht = self._mid_ht
        self._mid_ht = mid_ht
        if mid_ht is None or before_ht is None:
            self._squares_ht2.clear()
            return
        change_ht = mid_ht - before_ht
        self._squares_ht2.append(change_ht * change_ht)
        if len(self._squares_ht2) > _RV_CHANGES:
            self._squares_ht2.popleft()

    def sample(self, feature: str, state: MarketState) -> int | None:
        """Return a feature's sample of the second that `see` took in last."""
        if feature != _RV:
            return sample_of(feature, state)
        if len(self._squares_ht2) < _RV_CHANGES:
            return None
        total_ht2 = 0
        for square_ht2 in self._squares_ht2:
            total_ht2 += square_ht2
        return total_ht2

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {"mid_ht": self._mid_ht, "squares_ht2": list(self._squares_ht2)}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._mid_ht = read_opt(saved, "mid_ht")
        self._squares_ht2 = deque(read_ints(saved, "squares_ht2"))
