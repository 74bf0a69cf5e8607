"""Does the imbalance of the best queues tell the next move of the mid (Gould and Bonart 2016)?"""

from collections.abc import Sequence

TENTHS = 10
_PPM = 1_000_000
Move = tuple[int, bool]  # imbalance in ppm before the move; was it up?


def auc(moves: Sequence[Move]) -> float | None:
    """Return the chance that a move up had more imbalance before it than a move down; ties half.

    None unless there are moves of both kinds.
    """
    ups = sum(up for _, up in moves)
    downs = len(moves) - ups
    if not ups or not downs:
        return None
    twice = below = 0  # twice the pairs in order; downs at smaller imbalances
    ordered = sorted(moves)
    at = 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        rose = sum(move[1] for move in ordered[at:end])
        down = end - at - rose
        twice += rose * (2 * below + down)
        below += down
        at = end
    return twice / (2 * ups * downs)


def mean_squared_residual(moves: Sequence[Move]) -> float | None:
    """Return the mean of ``(up - p)^2``, p the share of moves up among the *others* of its tenth.

    A coin scores .25. Leaving the move itself out keeps small samples honest; a move alone in
    its tenth is taken against one half.
    """
    if not moves:
        return None
    count = [0] * TENTHS
    ups = [0] * TENTHS
    for imbalance_ppm, up in moves:
        tenth = min(imbalance_ppm * TENTHS // _PPM, TENTHS - 1)
        count[tenth] += 1
        ups[tenth] += up
    total = 0.0
    for tenth in range(TENTHS):
        n, rose = count[tenth], ups[tenth]
        if n == 1:
            total += 0.25
        elif n > 1:
            others = n - 1
            total += rose * ((1 - (rose - 1) / others) * (1 - (rose - 1) / others))
            total += (n - rose) * ((rose / others) * (rose / others))
    return total / len(moves)
