"""What a health factor is: a plug-in that scores one input from 0 to 100."""

from abc import abstractmethod
from typing import Final, Protocol

from tools.core.errors import ConfigError
from tools.core.market import MarketState
from tools.core.quality import ExecQuality
from tools.core.verdicts import Evidence

FULL: Final = 100
HALF: Final = 50


class HealthFactor(Protocol):
    """Scores one input: 100 at ``good``, 50 at ``warn``, 0 at ``bad`` and where it is unknown.

    The score never rises as the input gets worse, and is rounded against us. Its `Config`
    says whether the factor is critical (alone decisive) or weighted, and its anchors.
    """

    @abstractmethod
    def score(self, state: MarketState, quality: ExecQuality) -> int:
        """Return the score, 0 to 100."""
        ...

    @abstractmethod
    def reason(self, state: MarketState, quality: ExecQuality) -> str:
        """Return what to call it when this factor is the worst."""
        ...

    @abstractmethod
    def evidence(self, state: MarketState, quality: ExecQuality) -> tuple[Evidence, ...]:
        """Return the figure and its ``bad`` anchor."""
        ...


def falling_score(value: int, good: int, warn: int, bad: int) -> int:
    """Return the score of a value that is worse the larger it is.

    >>> [falling_score(x, 20, 100, 500) for x in (20, 60, 100, 300, 500)]
    [100, 75, 50, 25, 0]
    """
    if value <= good:
        return FULL
    if value >= bad:
        return 0
    if value <= warn:
        return HALF + HALF * (warn - value) // (warn - good)
    return HALF * (bad - value) // (bad - warn)


def rising_score(value: int, good: int, warn: int, bad: int) -> int:
    """Return the score of a value that is worse the smaller it is; ``good > warn > bad``.

    >>> [rising_score(x, 70, 30, 10) for x in (70, 50, 30, 20, 10)]
    [100, 75, 50, 25, 0]
    """
    return falling_score(-value, -good, -warn, -bad)


def check_anchors(where: str, good: int, warn: int, bad: int) -> None:
    """Raise `ConfigError` unless the anchors get worse strictly in order."""
    if not good < warn < bad:
        raise ConfigError(f"{where}: anchors must be in order, good {good}, warn {warn}, bad {bad}")


def check_part(where: str, critical: bool, weight: int) -> None:
    """Raise `ConfigError` unless a factor is critical with weight 0, or weighted with more."""
    if critical == (weight > 0) or weight < 0:
        raise ConfigError(f"{where}: a critical factor has weight 0, any other one a positive weight")
