"""Why the paper venue refused something, or ended an order; the texts are what its reports carry."""

from enum import StrEnum


class VenueReason(StrEnum):
    """What the venue says with a rejection, an expiry, or the refusal of a cancel or amendment."""

    # the request as such
    LIMIT_WITHOUT_PRICE = "Limit order without a price"  # LIMIT and STOP_LIMIT need one
    MARKET_WITH_PRICE = "Market order with a price"  # MARKET and STOP take what is displayed
    STOP_WITHOUT_STOP_PRICE = "Stop order without a stop price"  # STOP and STOP_LIMIT need one
    STOP_PRICE_UNUSED = "Only a stop order has a stop price"  # LIMIT and MARKET work from their arrival
    MARKET_CANNOT_REST = "Market order must be IOC or FOK"  # without a limit there is no price to rest at
    STOP_CANNOT_BE_IMMEDIATE = "Stop order must be GTC or GTD"  # it waits before it works
    POST_ONLY_CANNOT_TAKE = "Post-only order cannot be immediate"  # a market order, a stop, IOC, FOK
    DAY_UNKNOWN = "No trading day here"  # these markets never close: a DAY order has no end
    GTD_WITHOUT_END = "GTD order needs an expiry or a time to live"  # one of the two, and not both
    END_UNUSED = "Only a GTD order has an end"  # an expiry or time to live that nothing would heed
    # at its arrival
    NO_MARKET = "No market data"  # not both sides of the book are known
    WOULD_CROSS = "Post-only order would cross"  # against what is displayed at that moment
    WOULD_TRIGGER = "Stop order would trigger at once"  # the last print has reached its stop price already
    ALREADY_OVER = "Expiry is in the past"  # a GTD order that arrives at or after its end
    NOTHING_TO_REDUCE = "Reduce-only order would not reduce"  # flat, or a position of the same side
    # of an order that worked
    IOC_REMAINDER = "IOC remainder"  # what an IOC order did not get at once
    MARKET_REMAINDER = "Market order remainder"  # likewise, of a stop that has become a market order
    FOK_UNFILLED = "FOK order cannot be filled at once"  # less is displayed than was asked for
    TIME_OVER = "Time in force is over"  # its expiry, or the end of its time to live
    SELF_MATCH = "Self-match"  # it would have traded with an order of ours
    # of a cancel or an amendment
    ALREADY_CLOSED = "Order is already closed"  # filled, canceled or expired before the request arrived
    UNKNOWN_ORDER = "Unknown order"  # never heard of, or forgotten
    NOTHING_TO_AMEND = "Nothing to amend"  # the terms asked for are those in force
    STOP_NOT_AMENDED = "Waiting stop order cannot be amended"  # cancel it and send another
