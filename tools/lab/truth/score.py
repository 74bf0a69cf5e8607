"""How far a model's fills are from the truth, in whole numbers."""

from dataclasses import dataclass
from typing import Final

from tools.core.units import PPM
from tools.lab.truth.trial import LEVEL3, MODELS, TRUTH, Probe

ENVELOPE: Final = "envelope"
TOLERANCE_PPM: Final = 200
"""Share of probes that may lie outside the envelope: 0.02 %."""


@dataclass(init=False)
class Row:
    """One model on one cell. Shares are of the probes, in ppm.

    `error_ppm` is its share of fills less the true one, `brier_ppm` the mean squared error of
    its forecast (a model says 0 or 1, the envelope says one half where it cannot know).
    `markout_milliticks` is the mean gain of its fills 5 s later, `bias_milliticks` that less
    the truth's. `late_ms` is the median of its fill time less the true one, where both filled.
    """

    cell: Final[str]
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

    def __init__(self, cell: str, model: str, probes: list[Probe]) -> None:
        total = len(probes)
        truth = sum(TRUTH in probe.filled_ns for probe in probes)
        said = sum(model in probe.filled_ns for probe in probes)
        both = sum(model in probe.filled_ns and TRUTH in probe.filled_ns for probe in probes)
        self.cell = cell
        self.model = model
        self.probes = total
        self.filled_ppm = _share(said, total)
        self.error_ppm = _share(said, total) - _share(truth, total)
        self.false_positive_ppm = _share(said - both, total)
        self.false_negative_ppm = _share(truth - both, total)
        self.brier_ppm = _share(said + truth - 2 * both, total)
        self.markout_milliticks = _markout(model, probes)
        self.bias_milliticks = _less(self.markout_milliticks, _markout(TRUTH, probes))
        self.late_ms = _late_ms(model, probes)


@dataclass(init=False)
class EnvelopeRow:
    """The two edges together. `covered_ppm` counts the probes whose truth lies between them.

    A probe is outside where `risk_averse` filled and the truth did not (`false_certain_ppm`),
    where the truth filled and `optimistic` did not (`false_no_ppm`), or where both edges were
    right about that and one was on the wrong side of the true time (`early_ppm`). `width_ppm`
    is the share of POSSIBLE.
    """

    cell: Final[str]
    model: Final[str]
    probes: Final[int]
    covered_ppm: Final[int]
    false_certain_ppm: Final[int]
    false_no_ppm: Final[int]
    early_ppm: Final[int]
    width_ppm: Final[int]
    brier_ppm: Final[int]

    def __init__(self, cell: str, probes: list[Probe]) -> None:
        total = len(probes)
        false_certain = false_no = early = possible = quarters = 0
        for probe in probes:
            low, true, high = (probe.filled_ns.get(name) for name in ("risk_averse", TRUTH, "optimistic"))
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
        self.model = ENVELOPE
        self.probes = total
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


def rows(cell: str, probes: list[Probe]) -> list[Row | EnvelopeRow]:
    """Return a row for the truth and each model, and the envelope's last."""
    named: list[Row | EnvelopeRow] = [Row(cell, name, probes) for name in (TRUTH, LEVEL3, *MODELS)]
    return [*named, EnvelopeRow(cell, probes)]


def _share(count: int, total: int) -> int:
    return (count * PPM * 2 + total) // (2 * total) if total else 0


def _markout(name: str, probes: list[Probe]) -> int | None:
    known = [probe.markout_ht[name] for probe in probes if name in probe.markout_ht]
    return sum(known) * 500 // len(known) if known else None


def _less(one: int | None, two: int | None) -> int | None:
    return None if one is None or two is None else one - two


def _late_ms(name: str, probes: list[Probe]) -> int | None:
    late = sorted(
        probe.filled_ns[name] - probe.filled_ns[TRUTH]
        for probe in probes
        if name in probe.filled_ns and TRUTH in probe.filled_ns
    )
    return late[len(late) // 2] // 1_000_000 if late else None
