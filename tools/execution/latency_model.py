"""What a latency model is: a plug-in that says how long a message takes, in event time."""

from abc import abstractmethod
from typing import Protocol


class LatencyModel(Protocol):
    """Delays in ns, never negative.

    A model is a pure function of its configuration and its arguments: `number` names the
    message, so that chance, where a model has any, needs nothing to save or restore.
    `excess_ns` is by how much the feed of the instrument lagged behind its own best when it
    was last heard: what a session of that moment could have known.
    """

    @abstractmethod
    def entry_ns(self, sent_ns: int, number: int, excess_ns: int) -> int:
        """Return how long an order takes to reach the venue."""
        ...

    @abstractmethod
    def cancel_ns(self, sent_ns: int, number: int, excess_ns: int) -> int:
        """Return how long a cancel or an amendment takes to reach the venue."""
        ...

    @abstractmethod
    def response_ns(self, happened_ns: int, number: int, excess_ns: int) -> int:
        """Return how long a report takes to reach us."""
        ...
