"""One message of each documented Binance shape, with made-up numbers, and what it must give."""

from typing import Final

from tools.core.instrument import Instrument
from tools.observer.decode.decoder import Example

SPOT: Final = "binance-spot"
USDM: Final = "binance-usdm"

EXAMPLE_INSTRUMENTS: Final = (
    Instrument(venue=USDM, symbol="BTCUSDT", tick="0.1", lot="0.001"),
    Instrument(venue=SPOT, symbol="NEXOUSDT", tick="0.001", lot="0.01", profile="minor"),
)

EXAMPLES: Final[tuple[Example, ...]] = (
    Example(
        name="usdm bookTicker",
        payload=b'{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":7001,"s":"BTCUSDT",'
        b'"b":"65012.30","B":"1.250","a":"65012.40","A":"0.004","T":1735689600123,"E":1735689600125}}',
        event="Quote",
        fields={
            "symbol": "binance-usdm:BTCUSDT",
            "exch_ns": 1735689600123000000,
            "bid_ticks": 650123,
            "bid_lots": 1250,
            "ask_ticks": 650124,
            "ask_lots": 4,
            "update_id": 7001,
        },
    ),
    Example(
        name="spot bookTicker",
        payload=b'{"stream":"nexousdt@bookTicker","data":{"u":52,"s":"NEXOUSDT","b":"1.21300000",'
        b'"B":"939.70000000","a":"1.21400000","A":"25.60000000"}}',
        event="Quote",
        fields={
            "symbol": "binance-spot:NEXOUSDT",
            "exch_ns": None,
            "bid_ticks": 1213,
            "bid_lots": 93970,
            "ask_ticks": 1214,
            "ask_lots": 2560,
            "update_id": 52,
        },
    ),
    Example(
        name="usdm trade",
        payload=b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1735689600130,"T":1735689600128,'
        b'"s":"BTCUSDT","t":880,"p":"65012.40","q":"0.012","X":"MARKET","m":false}}',
        event="Trade",
        fields={
            "symbol": "binance-usdm:BTCUSDT",
            "exch_ns": 1735689600128000000,
            "price_ticks": 650124,
            "qty_lots": 12,
            "buyer_aggressor": True,
            "market": "MARKET",
            "first_id": 880,
            "last_id": 880,
        },
    ),
    Example(
        name="usdm trade of the insurance fund",
        payload=b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1735689600131,"T":1735689600129,'
        b'"s":"BTCUSDT","t":881,"p":"66300.00","q":"0.001","X":"INSURANCE_FUND","m":true}}',
        event="Trade",
        fields={"price_ticks": 663000, "buyer_aggressor": False, "market": "OTHER", "first_id": 881},
    ),
    Example(
        name="spot trade",
        payload=b'{"stream":"nexousdt@trade","data":{"e":"trade","E":1735689600140,"s":"NEXOUSDT","t":91,'
        b'"p":"1.21600000","q":"10.82000000","b":5,"a":6,"T":1735689600139,"m":true,"M":true}}',
        event="Trade",
        fields={
            "symbol": "binance-spot:NEXOUSDT",
            "exch_ns": 1735689600139000000,
            "price_ticks": 1216,
            "qty_lots": 1082,
            "buyer_aggressor": False,
            "market": "MARKET",
            "first_id": 91,
            "last_id": 91,
        },
    ),
    Example(
        name="usdm aggTrade",
        payload=b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1735689600150,"s":"BTCUSDT",'
        b'"a":44,"p":"65012.30","q":"0.100","f":882,"l":887,"T":1735689600149,"m":true}}',
        event="Trade",
        fields={"qty_lots": 100, "buyer_aggressor": False, "first_id": 882, "last_id": 887},
    ),
    Example(
        name="spot aggTrade",
        payload=b'{"stream":"nexousdt@aggTrade","data":{"e":"aggTrade","E":1735689600160,"s":"NEXOUSDT",'
        b'"a":45,"p":"1.21500000","q":"3.00000000","f":92,"l":92,"T":1735689600159,"m":false,"M":true}}',
        event="Trade",
        fields={"symbol": "binance-spot:NEXOUSDT", "buyer_aggressor": True, "first_id": 92, "last_id": 92},
    ),
    Example(
        name="usdm depthUpdate",
        payload=b'{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1735689600171,'
        b'"T":1735689600170,"s":"BTCUSDT","U":7002,"u":7009,"pu":7001,"b":[["65012.30","1.000"]],"a":[]}}',
        event="Depth",
        fields={
            "symbol": "binance-usdm:BTCUSDT",
            "exch_ns": 1735689600170000000,
            "first_id": 7002,
            "last_id": 7009,
        },
    ),
    Example(
        name="spot depthUpdate",
        payload=b'{"stream":"nexousdt@depth@100ms","data":{"e":"depthUpdate","E":1735689600180,'
        b'"s":"NEXOUSDT","U":53,"u":53,"b":[],"a":[["1.21500000","125.93000000"]]}}',
        event="Depth",
        fields={"symbol": "binance-spot:NEXOUSDT", "exch_ns": 1735689600180000000, "last_id": 53},
    ),
    Example(
        name="mark price, whose T is the funding time",
        payload=b'{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1735689601000,'
        b'"s":"BTCUSDT","p":"65010.11","P":"65000.0","i":"65009.2","r":"0.0001","T":1735718400000}}',
        event="FeedStatus",
        fields={"kind": "IGNORED", "detail": "MARK_PRICE", "symbol": "binance-usdm:BTCUSDT"},
    ),
    Example(
        name="book by REST",
        payload=b'{"lastUpdateId":7003,"E":1735689600175,"T":1735689600172,'
        b'"bids":[["65012.30","1.000"]],"asks":[["65012.40","0.004"]]}',
        event="FeedStatus",
        fields={"kind": "IGNORED", "detail": "SNAPSHOT"},
    ),
    Example(
        name="an event type that is not known",
        payload=b'{"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1735689600190,"o":{"s":"BTCUSDT"}}}',
        event="FeedStatus",
        fields={"kind": "IGNORED", "detail": "UNKNOWN_TYPE"},
    ),
)
