"""Estimate the shifts of the micro-price (Stoikov 2018) from quotes; integers in, integers out.

A state is a bucket of the imbalance and a spread in ticks. Transitions from quote to quote are
counted, each also mirrored (bid and offer exchanged), which makes the result antisymmetric:

    Q[x,y] = P(x -> y, dM = 0)    T[x,y] = P(x -> y, dM != 0)    R[x] = E[dM; one step]
    G1 = (I - Q)^-1 R             B = (I - Q)^-1 T               G = sum of B^k G1
"""

from collections.abc import Iterable, Sequence

from tools.observer.gauges.microprice import bucket_of

_PPM = 1_000_000
_MAX_TERMS = 10_000
_SMALL = 1e-12

Best = tuple[int, int, int, int]  # bid ticks, bid lots, ask ticks, ask lots
Matrix = list[list[float]]


class Transitions:
    """Counts of transitions; what is kept is integers, so order and machine do not matter."""

    def __init__(self, buckets: int, spreads: int) -> None:
        self.buckets = buckets
        self.spreads = spreads
        self.size = buckets * spreads
        self.still = [[0] * self.size for _ in range(self.size)]
        self.moved = [[0] * self.size for _ in range(self.size)]
        self.change_ht = [0] * self.size
        self.count = [0] * self.size

    def state(self, best: Best) -> int | None:
        """Return the state of a best bid and offer; None where they are crossed or locked."""
        spread = best[2] - best[0]
        if spread < 1:
            return None
        row = min(spread, self.spreads) - 1
        return row * self.buckets + bucket_of(best[1], best[3], self.buckets)

    def add(self, quotes: Iterable[Best]) -> None:
        """Count the transitions of a run of quotes, each also mirrored."""
        before: Best | None = None
        for best in quotes:
            if before is not None:
                one, two = self.state(before), self.state(best)
                if one is not None and two is not None:
                    moved_ht = best[0] + best[2] - before[0] - before[2]
                    self._one(one, two, moved_ht)
                    self._one(self._mirror(one), self._mirror(two), -moved_ht)
            before = best

    def _mirror(self, state: int) -> int:
        row, bucket = divmod(state, self.buckets)
        return row * self.buckets + self.buckets - 1 - bucket

    def _one(self, one: int, two: int, moved_ht: int) -> None:
        self.count[one] += 1
        self.change_ht[one] += moved_ht
        if moved_ht:
            self.moved[one][two] += 1
        else:
            self.still[one][two] += 1


def shifts_ppm(seen: Transitions) -> tuple[int, ...]:
    """Return the shift of each state in millionths of a tick; 0 where a state was never left."""
    size = seen.size
    left = [[float(x == y) for y in range(size)] for x in range(size)]
    right: Matrix = [[0.0] * (size + 1) for _ in range(size)]
    for x in range(size):
        if seen.count[x]:
            right[x][size] = seen.change_ht[x] / seen.count[x]
            for y in range(size):
                left[x][y] -= seen.still[x][y] / seen.count[x]
                right[x][y] = seen.moved[x][y] / seen.count[x]
    solved = solve(left, right)
    term = [row[size] for row in solved]
    total = list(term)
    for _ in range(_MAX_TERMS):
        term = [sum_of([solved[x][y] * term[y] for y in range(size)]) for x in range(size)]
        total = [total[x] + term[x] for x in range(size)]
        if max(abs(part) for part in term) < _SMALL:
            break
    out: list[int] = []
    for x in range(size):
        mirror = x // seen.buckets * seen.buckets + seen.buckets - 1 - x % seen.buckets
        # M is in half-ticks; what rounding left of the antisymmetry is taken out.
        out.append(round((total[x] - total[mirror]) / 4 * _PPM))
    return tuple(out)


def sum_of(parts: Sequence[float]) -> float:
    """Return a sum from left to right: the same roundings everywhere."""
    total = 0.0
    for part in parts:
        total += part
    return total


def solve(left: Matrix, right: Matrix) -> Matrix:
    """Return X with ``left X = right``, by elimination with the largest pivot; both are overwritten.

    A column without a pivot (a state that never comes to a move) gives a row of zeros.
    """
    size = len(left)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(left[row][column]))
        left[column], left[pivot] = left[pivot], left[column]
        right[column], right[pivot] = right[pivot], right[column]
        head = left[column][column]
        if abs(head) < _SMALL:
            left[column] = [float(at == column) for at in range(size)]
            right[column] = [0.0] * len(right[column])
            head = 1.0
        left[column] = [value / head for value in left[column]]
        right[column] = [value / head for value in right[column]]
        for row in range(size):
            factor = left[row][column]
            if row != column and factor:
                left[row] = [a - factor * b for a, b in zip(left[row], left[column], strict=True)]
                right[row] = [a - factor * b for a, b in zip(right[row], right[column], strict=True)]
    return right
