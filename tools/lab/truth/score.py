"""How far a model's fills are from the truth, in whole numbers."""

from dataclasses import dataclass
from typing import Final

from tools.core.units import PPM
from tools.lab.truth.trial import FEEDS, LEVEL3, MODELS, TRUTH, Name, Probe

ENVELOPE: Final = "envelope"
TOLERANCE_PPM: Final = 200
"""Share of probes that may lie outside the envelope: 0.02 %."""

ALL: Final = "all"
_INSIDE: Final = "inside"
_DEEPEST: Final = 4


@dataclass(init=False)
class Row:
    """One model on one cell, by what a feed shows it. Shares are of the probes, in ppm.

    `error_ppm` is its share of fills less the true one, `brier_ppm` the mean squared error of
    its forecast (a model says 0 or 1, the envelope says one half where it cannot know).
    `markout_milliticks` is the mean gain of its fills 5 s later, `bias_milliticks` that less
    the truth's. `late_ms` is the median of its fill time less the true one, where both filled.
    """

    cell: Final[str]
    feed: Final[str]
    model: Final[str]
    probes: Final[int]
    filled_ppm: Final[int]
    error_ppm: Final[int]
    false_positive_ppm: Final[int]
    false_negative_ppm: Final[int]
    brier_ppm: Final[int]
    markout_milliticks: Final[int | None]
    bias_milliticks: Final[int | None]
    late_ms: Final[int | None]

    def __init__(self, cell: str, name: Name, probes: list[Probe]) -> None:
        total = len(probes)
        truth = sum(TRUTH in probe.filled_ns for probe in probes)
        said = sum(name in probe.filled_ns for probe in probes)
        both = sum(name in probe.filled_ns and TRUTH in probe.filled_ns for probe in probes)
        self.cell = cell
        self.feed, self.model = name
        self.probes = total
        self.filled_ppm = _share(said, total)
        self.error_ppm = _share(said, total) - _share(truth, total)
        self.false_positive_ppm = _share(said - both, total)
        self.false_negative_ppm = _share(truth - both, total)
        self.brier_ppm = _share(said + truth - 2 * both, total)
        self.markout_milliticks = _markout(name, probes)
        self.bias_milliticks = _less(self.markout_milliticks, _markout(TRUTH, probes))
        self.late_ms = _late_ms(name, probes)


@dataclass(init=False)
class EnvelopeRow:
    """The two edges together, by what a feed shows them; of all probes of a cell or of some.

    `behind` says which: `ALL`, or those that came to rest so many ticks behind the best
    (`distance`). `covered_ppm` counts the probes whose truth lies between the edges. A probe
    is outside where `risk_averse` filled and the truth did not (`false_certain_ppm`), where
    the truth filled and `optimistic` did not (`false_no_ppm`), or where both edges were right
    about that and one was on the wrong side of the true time (`early_ppm`). `width_ppm` is
    the share of POSSIBLE, `filled_ppm` that of true fills.
    """

    cell: Final[str]
    feed: Final[str]
    model: Final[str]
    behind: Final[str]
    probes: Final[int]
    filled_ppm: Final[int]
    covered_ppm: Final[int]
    false_certain_ppm: Final[int]
    false_no_ppm: Final[int]
    early_ppm: Final[int]
    width_ppm: Final[int]
    brier_ppm: Final[int]

    def __init__(self, cell: str, feed: str, behind: str, probes: list[Probe]) -> None:
        total = len(probes)
        edges: tuple[Name, Name, Name] = ((feed, "risk_averse"), TRUTH, (feed, "optimistic"))
        false_certain = false_no = early = possible = quarters = 0
        for probe in probes:
            low, true, high = (probe.filled_ns.get(name) for name in edges)
            if true is None:
                false_certain += low is not None
            elif high is None:
                false_no += 1
            elif true < high or (low is not None and low < true):
                early += 1
            if low is None and high is not None:
                possible += 1
                quarters += 1
            elif (low is None) is not (true is None):
                quarters += 4
        self.cell = cell
        self.feed = feed
        self.model = ENVELOPE
        self.behind = behind
        self.probes = total
        self.filled_ppm = _share(sum(TRUTH in probe.filled_ns for probe in probes), total)
        self.covered_ppm = _share(total - false_certain - false_no - early, total)
        self.false_certain_ppm = _share(false_certain, total)
        self.false_no_ppm = _share(false_no, total)
        self.early_ppm = _share(early, total)
        self.width_ppm = _share(possible, total)
        self.brier_ppm = _share(quarters, 4 * total)

    @property
    def holds(self) -> bool:
        """True if no more than `TOLERANCE_PPM` lie outside."""
        return PPM - self.covered_ppm <= TOLERANCE_PPM


def distance(behind_ticks: int) -> str:
    """Return in words how far behind the best: ``inside``, ``0`` at the best, ..., ``4+``."""
    if behind_ticks < 0:
        return _INSIDE
    return str(behind_ticks) if behind_ticks < _DEEPEST else f"{_DEEPEST}+"


DISTANCES: Final = (_INSIDE, *(distance(ticks) for ticks in range(_DEEPEST + 1)))


def rows(cell: str, probes: list[Probe]) -> list[Row | EnvelopeRow]:
    """Return rows for the truth and the exact model, then a block for each feed.

    A block is a row for each model, the envelope's, and the envelope's by distance where the
    probes have more than one.
    """
    out: list[Row | EnvelopeRow] = [Row(cell, name, probes) for name in (TRUTH, LEVEL3)]
    groups = [(name, [p for p in probes if distance(p.behind_ticks) == name]) for name in DISTANCES]
    groups = [group for group in groups if group[1]]
    for feed in FEEDS:
        out += [Row(cell, (feed, model), probes) for model in MODELS]
        out.append(EnvelopeRow(cell, feed, ALL, probes))
        if len(groups) > 1:
            out += [EnvelopeRow(cell, feed, name, group) for name, group in groups]
    return out


def _share(count: int, total: int) -> int:
    return (count * PPM * 2 + total) // (2 * total) if total else 0


def _markout(name: Name, probes: list[Probe]) -> int | None:
    known = [probe.markout_ht[name] for probe in probes if name in probe.markout_ht]
    return sum(known) * 500 // len(known) if known else None


def _less(one: int | None, two: int | None) -> int | None:
    return None if one is None or two is None else one - two


def _late_ms(name: Name, probes: list[Probe]) -> int | None:
    late = sorted(
        probe.filled_ns[name] - probe.filled_ns[TRUTH]
        for probe in probes
        if name in probe.filled_ns and TRUTH in probe.filled_ns
    )
    return late[len(late) // 2] // 1_000_000 if late else None
