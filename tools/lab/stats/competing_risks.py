"""Times to one of several ends, of which only the first is seen: competing risks.

The cumulative incidence of Aalen and Johansen (1978) is the share that has ended by a time, and
in which way. Kaplan and Meier (1958) with the other ends as if they had been lost from sight
answers another question, what would be without those ends, if they told nothing about the one
that is left; an order is cancelled for a reason, so it overstates.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Incidence:
    """Step functions over the times at which something ended.

    Parameters
    ----------
    times
        Ascending, without repetition.
    at_risk
        How many were still there just before each.
    by_cause
        The share ended by each time, of each cause; they and the share left sum to 1.
    until
        The last time up to which anybody was watched; None if nobody was left then, so that
        all is known.
    """

    times: list[int]
    at_risk: list[int]
    by_cause: dict[str, list[float]]
    until: int | None

    def at(self, cause: str, time: int) -> float | None:
        """Return the share ended by a time in one way: 0 before the first end, None beyond `until`."""
        if self.until is not None and time > self.until:
            return None
        last = 0.0
        for when, share in zip(self.times, self.by_cause[cause], strict=True):
            if when > time:
                break
            last = share
        return last


def _counts(
    durations: Sequence[int], causes: Sequence[str | None]
) -> list[tuple[int, int, dict[str | None, int]]]:
    """Return for each time: how many were there just before it, and how many ended in which way."""
    by_time: dict[int, dict[str | None, int]] = {}
    for duration, cause in zip(durations, causes, strict=True):
        ended = by_time.setdefault(duration, {})
        ended[cause] = ended.get(cause, 0) + 1
    left = len(durations)
    out: list[tuple[int, int, dict[str | None, int]]] = []
    for time in sorted(by_time):
        out.append((time, left, by_time[time]))
        left -= sum(by_time[time].values())
    return out


def aalen_johansen(durations: Sequence[int], causes: Sequence[str | None], names: Sequence[str]) -> Incidence:
    """Return the cumulative incidence of each cause in `names`; None as cause: lost from sight.

    Who is lost at a time at which others end was still there.
    """
    times: list[int] = []
    at_risk: list[int] = []
    by_cause: dict[str, list[float]] = {name: [] for name in names}
    alive = 1.0
    shares = dict.fromkeys(names, 0.0)
    until: int | None = 0
    for time, left, ended in _counts(durations, causes):
        events = sum(ended.get(name, 0) for name in names)
        until = None if events == left else time
        if not events:
            continue
        times.append(time)
        at_risk.append(left)
        for name in names:
            shares[name] += alive * ended.get(name, 0) / left
            by_cause[name].append(shares[name])
        alive *= (left - events) / left
    return Incidence(times=times, at_risk=at_risk, by_cause=by_cause, until=until)


def kaplan_meier(durations: Sequence[int], seen: Sequence[bool], name: str = "end") -> Incidence:
    """Return ``1 - S(t)`` of Kaplan and Meier, as the incidence of the only cause; False: lost."""
    causes = [name if end else None for end in seen]
    return aalen_johansen(durations, causes, (name,))
