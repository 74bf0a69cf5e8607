"""Statistics of execution quality against worked examples and arithmetic."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import sqrt

import pytest

from tools.core.chance import below
from tools.lab.stats.bootstrap import interval, ratio_intervals, resampled_sums, starts_of, widening
from tools.lab.stats.competing_risks import aalen_johansen, kaplan_meier
from tools.lab.stats.effective import effective_size
from tools.lab.stats.multiple import benjamini_hochberg
from tools.lab.stats.wilson import wilson

NAMES = ("FILL", "CANCEL", "EXPIRE")


def test_incidence_by_hand() -> None:
    # Ten orders; one is lost from sight at 3, when one fills at the same time.
    durations = [1, 2, 2, 3, 3, 4, 5, 5, 6, 7]
    causes = ["FILL", "CANCEL", "FILL", None, "FILL", "CANCEL", "FILL", "EXPIRE", "CANCEL", "FILL"]
    found = aalen_johansen(durations, causes, NAMES)
    assert found.times == [1, 2, 3, 4, 5, 6, 7]
    assert found.at_risk == [10, 9, 7, 5, 4, 2, 1]
    alive = [Fraction(1)]
    for events, at_risk in zip((1, 2, 1, 1, 2, 1, 1), found.at_risk, strict=True):
        alive.append(alive[-1] * (at_risk - events) / at_risk)
    fills = Fraction(0)
    for number, ended in enumerate((1, 1, 1, 0, 1, 0, 1)):
        fills += alive[number] * ended / found.at_risk[number]
        assert found.by_cause["FILL"][number] == pytest.approx(float(fills), abs=1e-12)
    together = [sum(found.by_cause[name][at] for name in NAMES) for at in range(7)]
    assert together == pytest.approx([1 - float(left) for left in alive[1:]])
    assert found.at("FILL", 0) == 0
    assert found.at("FILL", 1) == found.by_cause["FILL"][0]
    assert found.at("CANCEL", 10**9) == found.by_cause["CANCEL"][-1]  # nobody is left


def test_nothing_is_known_beyond_the_last_who_was_watched() -> None:
    # Of four one fills at 1 and one at 3; one is lost at 2 and the last at 4, when nobody is left to see.
    found = aalen_johansen([1, 2, 3, 4], ["FILL", None, "FILL", None], NAMES)
    assert found.at("FILL", 3) == found.at("FILL", 4) == pytest.approx(1 / 4 + 3 / 4 * 1 / 2)
    assert found.at("FILL", 5) is None and found.at("CANCEL", 5) is None
    # The same where one is lost at the very time of the last end.
    assert aalen_johansen([2, 2], ["FILL", None], NAMES).at("FILL", 3) is None
    assert kaplan_meier([1, 2], [True, False]).at("end", 3) is None
    assert kaplan_meier([1, 2], [False, True]).at("end", 3) == 1


def test_without_losses_the_incidence_is_the_share() -> None:
    causes = ["FILL"] * 30 + ["CANCEL"] * 70
    found = aalen_johansen(list(range(100)), causes, NAMES)
    assert found.by_cause["FILL"][-1] == pytest.approx(0.3)
    assert found.by_cause["CANCEL"][-1] == pytest.approx(0.7)


def test_cancels_as_losses_overstate() -> None:
    # Half of the orders are cancelled at 1, the others fill at 2: half fill, and "if never
    # cancelled" all do.
    durations, causes = [1, 1, 2, 2], ["CANCEL", "CANCEL", "FILL", "FILL"]
    assert aalen_johansen(durations, causes, NAMES).at("FILL", 2) == pytest.approx(0.5)
    assert kaplan_meier(durations, [cause == "FILL" for cause in causes], "FILL").at("FILL", 2) == 1


def test_nothing_has_no_incidence() -> None:
    found = aalen_johansen([], [], NAMES)
    assert (found.times, found.at("FILL", 0), found.at("FILL", 5)) == ([], 0, None)
    assert aalen_johansen([3, 4], [None, None], NAMES).times == []


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (10, 10), (3, 10), (1, 1), (415, 834)])
def test_wilson_bounds_solve_the_score_equation(successes: int, trials: int) -> None:
    # The bounds are the p at which |share - p| = z sqrt(p (1 - p) / n), by definition.
    z = 1.959963984540054
    low, high = wilson(successes, trials)
    for bound in (low, high):
        apart = successes / trials - bound
        assert apart * apart == pytest.approx(z * z * bound * (1 - bound) / trials, abs=1e-12)
    assert 0 <= low <= successes / trials <= high <= 1


def test_wilson_of_nothing() -> None:
    assert wilson(0, 0) is None


def test_adjusted_p_values_of_benjamini_and_hochberg() -> None:
    # The fifteen of their paper (1995, section 3): at 0.05 four are discoveries.
    found = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
        0.6528, 0.7590, 1.0000,
    ]  # fmt: skip
    adjusted = benjamini_hochberg(found)
    assert sum(p <= 0.05 for p in adjusted) == 4
    assert adjusted == sorted(adjusted)
    assert adjusted[3] == pytest.approx(min(0.0095 * 15 / 4, adjusted[4]))
    assert benjamini_hochberg(found[::-1]) == adjusted[::-1]
    assert benjamini_hochberg([]) == []


def test_the_effective_size_by_hand() -> None:
    # 1 and -1 in runs of 2: autocorrelations by counting products of neighbours.
    values = [1, 1, -1, -1] * 50
    n = len(values)
    one = sum(a * b for a, b in pairwise(values)) / n
    assert one == 1 / n  # 100 runs: 100 neighbours agree, 99 do not
    pair = 1 + one  # the next pair, of lags 2 and 3, is below 0
    assert effective_size(values) == pytest.approx(n / (2 * pair - 1))


def test_the_effective_size_of_an_autoregression() -> None:
    # Of lag-1 correlation r: n (1 - r) / (1 + r).
    for share in (0.0, 0.5, 0.8):
        values = [0.0]
        for k in range(20_000):
            values.append(share * values[-1] + below(1, 2, 3, k, 2_001) - 1_000)
        wanted = len(values) * (1 - share) / (1 + share)
        assert effective_size(values) == pytest.approx(wanted, rel=0.1)


def test_alternating_values_are_worth_no_more_than_their_number() -> None:
    assert effective_size([1, -1] * 50) == 100
    assert effective_size([7] * 10) == 10
    assert effective_size([]) == 0
    assert effective_size([3]) == 1


def test_resampled_sums_are_those_of_the_blocks_drawn() -> None:
    rows = [(value, value * value) for value in range(23)]
    for number, total in enumerate(resampled_sums(rows, 5, 20, 7)):
        drawn = [row for start in starts_of(23, 5, number, 7) for row in rows[start : start + 5]][:23]
        assert total == [sum(one for one, _ in drawn), sum(two for _, two in drawn)]
    assert resampled_sums([], 5) == []


def test_a_ratio_with_its_interval() -> None:
    rows = [((-1) ** at * (at % 7), 2, 3, 1) for at in range(400)]
    first, second = ratio_intervals(rows, 10)
    assert first is not None and second is not None
    assert first.low < sum(row[0] for row in rows) / 800 < first.high
    assert (second.low, second.high) == (3, 3)
    assert second.p_value == pytest.approx(2 / 1001)  # no resample is at or below 0; one is counted
    assert first.p_value > 0.05
    plain = interval(rows, lambda part: sum(row[0] for row in part) / sum(row[1] for row in part))
    same = ratio_intervals(rows, 20)[0]  # 20 is the length that `interval` takes for 400
    assert same is not None and plain is not None
    assert same.high - same.low == pytest.approx(widening(20) * (plain[1] - plain[0]))


def test_few_blocks_are_widened_by_student_s_quantile_and_what_they_leave_out() -> None:
    for blocks, student in ((5, 2.776), (8, 2.365), (20, 2.093), (41, 2.021)):  # 97.5 %, tables
        assert widening(blocks) == pytest.approx(student / 1.960 * sqrt(blocks / (blocks - 1)), rel=3e-3)


@pytest.mark.parametrize("blocks", [2, 3, 5])
def test_an_interval_holds_the_mean_nineteen_times_in_twenty(blocks: int) -> None:
    """Sums of twelve independent uniforms; around their own mean and unwidened it was 55, 72 and 84 %."""
    held = 0
    for trial in range(200):
        drawn = [sum(below(trial, 1, at, k, 1001) - 500 for k in range(12)) for at in range(10 * blocks)]
        (found,) = ratio_intervals([(value, 1) for value in drawn], 10, 200, trial)
        assert found is not None
        held += found.low <= 0 <= found.high
    assert held >= 182, "200 draws of 95 % are at least 182 in 98 of 100 cases"


def test_an_interval_lies_around_the_ratio_although_fewer_blocks_hold_the_ends() -> None:
    """High at both ends, so that resamples are lower than the sample by more than they vary."""
    rows = [(100 if at in (0, 39) else at % 2, 1) for at in range(40)]
    (found,) = ratio_intervals(rows, 20)
    assert found is not None and found.low <= sum(row[0] for row in rows) / 40 <= found.high


def test_one_block_is_no_sample_of_blocks() -> None:
    assert ratio_intervals([(1, 1)] * 19, 10) == [None]
    assert ratio_intervals([(1, 1)] * 20, 10) != [None]
    assert ratio_intervals([], 10) == []
    assert ratio_intervals([(1, 0)] * 40, 10) == [None]  # no ratio anywhere
