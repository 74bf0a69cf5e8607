"""Which combinations of order type, time in force and instructions the paper venue takes."""

from typing import Final

from tools.core.entry import NewOrder, OrderType
from tools.core.orders import TimeInForce
from tools.execution.venue_words import VenueReason

STOPS: Final = (OrderType.STOP, OrderType.STOP_LIMIT)
AT_MARKET: Final = (OrderType.MARKET, OrderType.STOP)
IMMEDIATE: Final = (TimeInForce.IOC, TimeInForce.FOK)


def objection(order: NewOrder) -> VenueReason | None:
    """Return why a request is refused whatever the market is like; None if it is not."""
    return _price_objection(order) or _time_objection(order)


def _price_objection(order: NewOrder) -> VenueReason | None:
    at_market = order.order_type in AT_MARKET
    if at_market and order.price_ticks is not None:
        return VenueReason.MARKET_WITH_PRICE
    if not at_market and order.price_ticks is None:
        return VenueReason.LIMIT_WITHOUT_PRICE
    is_stop = order.order_type in STOPS
    if is_stop and order.stop_ticks is None:
        return VenueReason.STOP_WITHOUT_STOP_PRICE
    if not is_stop and order.stop_ticks is not None:
        return VenueReason.STOP_PRICE_UNUSED
    if order.post_only and (at_market or order.time_in_force in IMMEDIATE):
        return VenueReason.POST_ONLY_CANNOT_TAKE
    return None


def _time_objection(order: NewOrder) -> VenueReason | None:
    time_in_force = order.time_in_force
    if time_in_force is TimeInForce.DAY:
        return VenueReason.DAY_UNKNOWN
    if order.order_type is OrderType.MARKET and time_in_force not in IMMEDIATE:
        return VenueReason.MARKET_CANNOT_REST
    if order.order_type in STOPS and time_in_force in IMMEDIATE:
        return VenueReason.STOP_CANNOT_BE_IMMEDIATE
    has_expiry, has_life = order.expire_ns is not None, order.ttl_ns is not None
    if time_in_force is TimeInForce.GTD:
        return VenueReason.GTD_WITHOUT_END if has_expiry == has_life else None
    return VenueReason.END_UNUSED if has_expiry or has_life else None
