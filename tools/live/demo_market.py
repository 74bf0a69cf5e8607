"""P0.1's synthetic market: a saw-tooth of quotes and an edge that falls in a straight line."""

from tools.core.demo import demo_instrument
from tools.core.errors import UsageError
from tools.core.events import Quote
from tools.core.instrument import Steps
from tools.core.units import div_half_even

_BASE_BTC = 50_000
_BASE_OTHER = 3_000


def demo_quote(symbol: str, iteration: int, recv_ns: int) -> Quote:
    """Return the quote of one iteration.

    Mid is ``base x (1 + (i mod 10) x 0.001)`` with base 50000 if the symbol contains BTC,
    else 3000; bid is ``mid x 0.9995`` and ask ``mid x 1.0005``, to the nearest tick.
    """
    instrument = demo_instrument(symbol)
    if instrument is None:
        raise UsageError(f"symbol {symbol!r} must be 2 to 20 characters of A-Z and 0-9")
    steps = instrument.steps()
    base = _BASE_BTC if "BTC" in symbol else _BASE_OTHER
    milli_mid = base * (1000 + iteration % 10)  # mid in 1e-3
    return Quote(
        symbol=symbol,
        recv_ns=recv_ns,
        exch_ns=recv_ns,
        bid_ticks=_ticks(milli_mid * 9995, steps),
        bid_lots=1,
        ask_ticks=_ticks(milli_mid * 10005, steps),
        ask_lots=1,
        update_id=iteration + 1,
    )


def _ticks(price_e7: int, steps: Steps) -> int:
    """Return a price in units of 1e-7 as the nearest tick."""
    return div_half_even(price_e7 * 10**steps.price_decimals, 10**7 * steps.tick_units)


def demo_edge_ubps(iteration: int, iterations: int, start_ubps: int, end_ubps: int) -> int:
    """Return the edge of one iteration: from `start_ubps` in a straight line towards `end_ubps`.

    The end itself is not reached: iteration i of N has gone i/N of the way. P0.1 falls
    from 10 to 2 basis points.
    """
    return start_ubps - (start_ubps - end_ubps) * iteration // iterations
