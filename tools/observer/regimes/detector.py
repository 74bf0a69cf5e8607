"""What a regime detector is: a plug-in that learns what is usual and says when it is not."""

from abc import abstractmethod
from typing import Final, Protocol

from tools.core.market import MarketState
from tools.core.verdicts import Evidence

QUIET: Final = 0
FAST: Final = 1
UNSTABLE: Final = 2


class RegimeDetector(Protocol):
    """Takes one sample at each whole second of event time.

    Between samples its answer changes only by its hold running out.
    """

    @abstractmethod
    def sample(self, state: MarketState) -> None:
        """Take the sample of this second; `state.tick` is True."""
        ...

    @abstractmethod
    def warm(self) -> bool:
        """Return True once every feature has its minimum of samples."""
        ...

    @abstractmethod
    def hold_until_ns(self) -> int:
        """Return the time from which no alarm holds any more."""
        ...

    @abstractmethod
    def level(self, now_ns: int) -> int:
        """Return `QUIET`, `FAST` or `UNSTABLE`."""
        ...

    @abstractmethod
    def reason(self, now_ns: int) -> str:
        """Return which alarm holds that level; empty when quiet."""
        ...

    @abstractmethod
    def evidence(self, now_ns: int) -> tuple[Evidence, ...]:
        """Return the figures of that alarm as they were when it last fired."""
        ...

    @abstractmethod
    def bounds(self) -> tuple[Evidence, ...]:
        """Return each alarm's present figure and the limit at which it would fire."""
        ...

    @abstractmethod
    def snapshot(self) -> dict[str, object]:
        """Return everything that the future depends on."""
        ...

    @abstractmethod
    def restore(self, saved: dict[str, object]) -> None:
        """Take over what `snapshot` returned."""
        ...
