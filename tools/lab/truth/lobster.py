"""Real orders of a LOBSTER message file as ghosts: what happened to them, and what models say.

Columns of a line: time in seconds after midnight, type, order id, size, price, direction (1 is
a buy order, -1 a sell order). Types: 1 submission, 2 partial cancel, 3 deletion, 4 execution
of a visible order, 5 of a hidden one, 6 cross trade, 7 halt.

The file has no book to begin with. An order that is named and was never submitted rests from
before the file began, with all the lots that the file later takes off it; those that the file
never names stay unknown. Hidden executions are shown to nobody: their direction is not published.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools.core.chance import below, stream_id
from tools.core.errors import InputError
from tools.core.events import Side
from tools.core.units import parse_scaled
from tools.execution.order_events import OrderEvent, OrderEventKind
from tools.lab.truth.trial import BATCH_NS, LIFE_NS, Probe, Trial

_STREAM: Final = stream_id("truth.lobster")
_SUBMIT, _REDUCE, _DELETE, _EXECUTE, _HIDDEN, _CROSS, _HALT = 1, 2, 3, 4, 5, 6, 7
_KINDS: Final = {
    _SUBMIT: OrderEventKind.ADDED,
    _REDUCE: OrderEventKind.CANCELED,
    _DELETE: OrderEventKind.CANCELED,
    _EXECUTE: OrderEventKind.TRADED,
}


class MessageFile:
    """What a file holds: causes in order (None is a halt), the submissions among them, counts."""

    def __init__(self) -> None:
        self.causes: Final[list[list[OrderEvent] | None]] = []
        self.submitted = 0
        self.hidden = 0
        self.crosses = 0
        self.halts = 0
        self.before = 0  # orders from before the file

    def summary(self) -> str:
        """Return the counts in words."""
        return (
            f"{self.submitted} orders submitted, {self.before} from before the file; not shown: "
            f"{self.hidden} hidden executions, {self.crosses} crosses; {self.halts} halts"
        )


def read(path: str, tick: int) -> MessageFile:
    """Read a message file; prices must be whole multiples of `tick`.

    Raises
    ------
    InputError
        The file cannot be read, or a line cannot be used: the message names it.
    """
    try:
        text = Path(path).read_text(encoding="ascii")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is no LOBSTER message file: it is not ASCII text") from None
    out = MessageFile()
    orders: dict[int, tuple[Side, int, int]] = {}  # side, price, lots open
    early: dict[int, OrderEvent] = {}
    last_ns = 0
    for number, line in enumerate(text.splitlines(), 1):
        place = f"{path}:{number}"
        time_ns, kind, order_id, size, price, direction = _fields(place, line)
        if time_ns < last_ns:
            raise InputError(f"{place}: time goes back")
        last_ns = time_ns
        if kind not in _KINDS:
            _note(out, kind)
            continue
        if size < 1:
            raise InputError(f"{place}: a size must be at least 1, not {size}")
        if price % tick or price <= 0:
            raise InputError(f"{place}: price {price} is no multiple of the tick {tick} (see --tick)")
        side = Side.BUY if direction == 1 else Side.SELL
        event = OrderEvent(time_ns, _KINDS[kind], order_id, side, price // tick, size)
        _account(place, kind, event, orders, early)
        out.submitted += kind == _SUBMIT
        previous = out.causes[-1] if out.causes else None
        if kind == _EXECUTE and previous and _one_taker(previous[-1], event):
            previous.append(event)
        else:
            out.causes.append([event])
    if not out.submitted:
        raise InputError(f"{path}: no order is submitted in it")
    out.before = len(early)
    if early:
        out.causes.insert(0, list(early.values()))
    return out


def _fields(place: str, line: str) -> tuple[int, int, int, int, int, int]:
    parts = line.split(",")
    if len(parts) < 6:
        raise InputError(f"{place}: needs time,type,order id,size,price,direction; has {len(parts)} columns")
    try:
        time_ns = parse_scaled(parts[0].strip(), 9)
        kind, order_id, size, price, direction = (int(part) for part in parts[1:6])
    except (ValueError, InputError):
        raise InputError(f"{place}: is not six numbers: {line[:60]!r}") from None
    if not _SUBMIT <= kind <= _HALT:
        raise InputError(f"{place}: type {kind} is none of 1 .. 7")
    if kind != _HALT and direction not in (1, -1):
        raise InputError(f"{place}: direction {direction} is neither 1 nor -1")
    return time_ns, kind, order_id, size, price, direction


def _note(out: MessageFile, kind: int) -> None:
    if kind == _HIDDEN:
        out.hidden += 1
    elif kind == _CROSS:
        out.crosses += 1
    else:
        out.halts += 1
        out.causes.append(None)


def _account(
    place: str,
    kind: int,
    event: OrderEvent,
    orders: dict[int, tuple[Side, int, int]],
    early: dict[int, OrderEvent],
) -> None:
    """Follow what is open of each order; what takes more than there is cannot be used."""
    known = orders.get(event.order_id)
    if kind == _SUBMIT:
        if known is not None or event.order_id in early:
            raise InputError(f"{place}: order {event.order_id} is submitted a second time")
        orders[event.order_id] = (event.side, event.price_ticks, event.lots)
        return
    if known is None:
        before = early.get(event.order_id)
        lots = event.lots + (0 if before is None else before.lots)
        if before is not None and (before.side, before.price_ticks) != (event.side, event.price_ticks):
            raise InputError(f"{place}: order {event.order_id} has another side or price than before")
        early[event.order_id] = OrderEvent(
            0, OrderEventKind.ADDED, event.order_id, event.side, event.price_ticks, lots
        )
        return
    side, price_ticks, open_lots = known
    if (side, price_ticks) != (event.side, event.price_ticks):
        raise InputError(f"{place}: order {event.order_id} has another side or price than before")
    if event.lots > open_lots or (kind == _DELETE and event.lots != open_lots):
        raise InputError(f"{place}: order {event.order_id} has {open_lots} open, not {event.lots}")
    orders[event.order_id] = (side, price_ticks, open_lots - event.lots)


def _one_taker(one: OrderEvent, two: OrderEvent) -> bool:
    """Return True if two executions can be of one taker."""
    return (one.kind, one.time_ns, one.side) == (two.kind, two.time_ns, two.side)


def probes_of(file: MessageFile, count: int, seed: int, batch_ns: int = BATCH_NS) -> list[Probe]:
    """Return the fates of about `count` of the submitted orders, chosen by chance."""
    trial = Trial(batch_ns)
    for events in file.causes:
        if events is None:
            trial.withdraw()  # what would have been in a halt, nobody knows
            continue
        event = events[0]
        chosen = below(seed, _STREAM, event.order_id, 0, file.submitted) < count
        if event.kind is OrderEventKind.ADDED and len(events) == 1 and chosen and trial.usable:
            trial.place(event.side, event.price_ticks, event.time_ns, event.time_ns + LIFE_NS, event.order_id)
        trial.step(events)
    return trial.finish()


def lines(causes: Iterator[list[OrderEvent]], tick: int) -> Iterator[str]:
    """Yield order events as lines of a message file, without the line ends."""
    open_lots: dict[int, int] = {}
    for events in causes:
        for event in events:
            left = open_lots.get(event.order_id, 0)
            if event.kind is OrderEventKind.ADDED:
                kind, left = _SUBMIT, event.lots
            else:
                left -= event.lots
                kind = _EXECUTE if event.kind is OrderEventKind.TRADED else (_REDUCE if left else _DELETE)
            open_lots[event.order_id] = left
            seconds, ns = divmod(event.time_ns, 1_000_000_000)
            direction = 1 if event.side is Side.BUY else -1
            price = event.price_ticks * tick
            yield f"{seconds}.{ns:09d},{kind},{event.order_id},{event.lots},{price},{direction}"
