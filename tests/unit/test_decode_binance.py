"""Binance messages of every documented shape, with numbers worked out by hand."""

import pytest

from tools.core.errors import ConfigError, ExitCode, InputError
from tools.core.events import Depth, FeedKind, FeedStatus, Market, MarketEvent, Quote, Trade
from tools.core.instrument import Instrument
from tools.observer.decode import UnknownInstrument
from tools.observer.decode.binance import EXAMPLE_INSTRUMENTS, EXAMPLES, Config, build

INSTRUMENTS = {i.key: i for i in EXAMPLE_INSTRUMENTS}
RECV = 1_735_689_600_200_000_000


def decode(text: str | bytes, only: tuple[str, ...] = ()) -> MarketEvent:
    payload = text.encode() if isinstance(text, str) else text
    return build(INSTRUMENTS, only=only).decode(payload, RECV)


def reason(text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        decode(text)
    return str(caught.value)


def usdm_trade(**changes: str) -> str:
    fields = {
        "e": '"trade"', "E": "1735689600130", "T": "1735689600128", "s": '"BTCUSDT"', "t": "880",
        "p": '"65012.40"', "q": '"0.012"', "X": '"MARKET"', "m": "false",
    }  # fmt: skip
    fields.update(changes)
    return "{" + ",".join(f'"{k}":{v}' for k, v in fields.items() if v) + "}"


def usdm_quote(**changes: str) -> str:
    fields = {
        "e": '"bookTicker"', "u": "7", "s": '"BTCUSDT"', "b": '"65012.30"', "B": '"1.250"',
        "a": '"65012.40"', "A": '"0.004"', "T": "1735689600123", "E": "1735689600125",
    }  # fmt: skip
    fields.update(changes)
    return "{" + ",".join(f'"{k}":{v}' for k, v in fields.items() if v) + "}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_examples(example) -> None:
    event = decode(example.payload)
    assert type(event).__name__ == example.event
    assert event.recv_ns == RECV
    for name, value in example.fields.items():
        assert getattr(event, name) == value, name


def test_bare_message_equals_wrapped() -> None:
    bare = usdm_quote()
    wrapped = '{"stream":"btcusdt@bookTicker","data":' + bare + "}"
    assert decode(bare) == decode(wrapped)


def test_whitespace_and_unknown_fields_change_nothing() -> None:
    assert decode(' \t{ "new" : {"x":[1.5e3]}, ' + usdm_quote()[1:] + " \r\n") == decode(usdm_quote())


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"X": ""}, Market.MARKET),  # older messages have no X
        ({"X": '"MARKET"'}, Market.MARKET),
        ({"X": '"INSURANCE_FUND"'}, Market.OTHER),
        ({"X": '"SOMETHING_NEW"'}, Market.OTHER),
        ({"X": '"NA"', "p": '"0"', "q": '"0"'}, Market.OTHER),
    ],
)
def test_print_kinds(changes: dict[str, str], wanted: Market) -> None:
    event = decode(usdm_trade(**changes))
    assert isinstance(event, Trade)
    assert event.market is wanted


@pytest.mark.parametrize(("m", "buyer_aggressor"), [("true", False), ("false", True)])
def test_aggressor_is_the_side_that_is_not_the_maker(m: str, buyer_aggressor: bool) -> None:
    event = decode(usdm_trade(m=m))
    assert isinstance(event, Trade)
    assert event.buyer_aggressor is buyer_aggressor


@pytest.mark.parametrize("value", ["1", "0", '"true"', "null"])
def test_m_must_be_a_boolean(value: str) -> None:
    assert reason(usdm_trade(m=value)) == "BAD_FIELD"


@pytest.mark.parametrize(
    ("value", "exch_ns"),
    [
        ("1735689600128", 1_735_689_600_128_000_000),
        ("1735689600128456", 1_735_689_600_128_456_000),  # microseconds, told by magnitude
        ("1262304000000", 1_262_304_000_000_000_000),
        ("4102444799999", 4_102_444_799_999_000_000),
    ],
)
def test_exchange_times(value: str, exch_ns: int) -> None:
    event = decode(usdm_trade(T=value))
    assert isinstance(event, Trade)
    assert event.exch_ns == exch_ns


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("1262303999999", "BAD_TIME"),
        ("4102444800000", "BAD_TIME"),
        ("0", "BAD_TIME"),
        ("-1735689600128", "BAD_TIME"),
        ("1735689600128000000", "BAD_TIME"),
        ('"1735689600128"', "BAD_FIELD"),
        ("1735689600128.5", "BAD_FIELD"),
        ("1735689600128e0", "BAD_FIELD"),
        ("true", "BAD_FIELD"),
        ("null", "BAD_FIELD"),
    ],
)
def test_times_refused(value: str, wanted: str) -> None:
    assert reason(usdm_trade(T=value)) == wanted


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("65012.4", 650_124),
        ("65012.40000000", 650_124),
        ("65012", 650_120),
        ("0.1", 1),
        ("0065012.4", 650_124),
    ],
)
def test_prices(text: str, ticks: int) -> None:
    event = decode(usdm_trade(p=f'"{text}"'))
    assert isinstance(event, Trade)
    assert event.price_ticks == ticks


BAD_AMOUNTS = ["0", "0.000", "-65012.4", "+65012.4", "6.5e4", "1E5", "NaN", "Infinity", "", ".", ".5", "5.",
               " 5", "5 ", "5_0", "1,000", "0x10", "1.2.3", "\u0665", "\u00b2", "1" * 31,
               "0." + "0" * 30 + "1"]  # fmt: skip


@pytest.mark.parametrize("text", [*BAD_AMOUNTS, "65012.45", "65012.400000001"])
def test_prices_refused(text: str) -> None:
    assert reason(usdm_trade(p=f'"{text}"')) == "BAD_PRICE"
    assert reason(usdm_quote(b=f'"{text}"')) == "BAD_PRICE"


@pytest.mark.parametrize("text", [*BAD_AMOUNTS, "0.0125"])
def test_quantities_refused(text: str) -> None:
    assert reason(usdm_trade(q=f'"{text}"')) == "BAD_QUANTITY"
    assert reason(usdm_quote(A=f'"{text}"')) == "BAD_QUANTITY"


@pytest.mark.parametrize("value", ["65012.4", "65012", "null", "true", "[]", "{}", '["65012.4"]'])
def test_prices_must_be_text(value: str) -> None:
    assert reason(usdm_trade(p=value)) == "BAD_FIELD"


def test_a_price_is_judged_the_same_the_second_time() -> None:
    decoder = build(INSTRUMENTS)
    for _ in range(2):
        assert decoder.decode(usdm_trade().encode(), RECV).price_ticks == 650_124
        with pytest.raises(InputError, match="BAD_PRICE"):
            decoder.decode(usdm_trade(p='"65012.45"').encode(), RECV)


def test_remembered_prices_stay_bounded() -> None:
    decoder = build(INSTRUMENTS)
    for n in range(1, 10_000):
        assert decoder.decode(usdm_trade(p=f'"{n}.5"').encode(), RECV).price_ticks == 10 * n + 5
    assert len(decoder._usdm["BTCUSDT"].price._known) <= 4096


def test_a_tick_that_is_no_power_of_ten() -> None:
    odd = Instrument(venue="binance-usdm", symbol="BTCUSDT", tick="0.25", lot="5")
    decoder = build({odd.key: odd})
    event = decoder.decode(usdm_trade(p='"10.75"', q='"15"').encode(), RECV)
    assert (event.price_ticks, event.qty_lots) == (43, 3)
    for changes in ({"p": '"10.8"', "q": '"15"'}, {"p": '"10.75"', "q": '"16"'}):
        with pytest.raises(InputError):
            decoder.decode(usdm_trade(**changes).encode(), RECV)


@pytest.mark.parametrize("prices", [("65012.50", "65012.40"), ("65012.40", "65012.40")])
def test_crossed_and_locked_quotes_are_quotes(prices: tuple[str, str]) -> None:
    assert isinstance(decode(usdm_quote(b=f'"{prices[0]}"', a=f'"{prices[1]}"')), Quote)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("-1", "BAD_ID"),
        (str(2**63), "BAD_ID"),
        ("1.0", "BAD_FIELD"),
        ('"880"', "BAD_FIELD"),
        ("true", "BAD_FIELD"),
    ],
)
def test_ids_refused(value: str, wanted: str) -> None:
    assert reason(usdm_trade(t=value)) == wanted
    assert reason(usdm_quote(u=value)) == wanted


@pytest.mark.parametrize("value", ["null", "true", "1", "[]"])
def test_marks_must_be_text(value: str) -> None:
    assert reason(usdm_trade(X=value)) == "BAD_FIELD"
    assert reason(usdm_trade(X="", M='"MARKET"')) == "BAD_FIELD"


def test_largest_id() -> None:
    event = decode(usdm_trade(t=str(2**63 - 1)))
    assert isinstance(event, Trade)
    assert event.first_id == event.last_id == 2**63 - 1


def test_ranges_that_run_backwards_are_refused() -> None:
    aggregate = usdm_trade(e='"aggTrade"', t="", a="44", f="9", l="8")
    assert reason(aggregate) == "BAD_ID"
    assert reason('{"e":"depthUpdate","E":1735689600171,"T":1735689600170,"s":"BTCUSDT","U":9,"u":8,'
                  '"pu":7,"b":[],"a":[]}') == "BAD_ID"  # fmt: skip


@pytest.mark.parametrize("field", ["E", "X"])
def test_fields_that_may_be_missing(field: str) -> None:
    assert isinstance(decode(usdm_trade(**{field: ""})), Trade)


@pytest.mark.parametrize("field", ["T", "s", "t", "p", "q", "m"])
def test_fields_that_may_not_be_missing(field: str) -> None:
    assert reason(usdm_trade(**{field: ""})) == "MISSING_FIELD"


def test_spot_quote_with_a_time_is_not_guessed() -> None:
    assert reason(usdm_quote(e="")) == "UNKNOWN_SHAPE"


def test_spot_trade_that_lost_its_m_is_not_taken_for_futures() -> None:
    assert reason(usdm_trade(X="", b="5", a="6")) == "UNKNOWN_SHAPE"


def test_spot_depth_with_futures_time_is_not_guessed() -> None:
    assert reason('{"e":"depthUpdate","E":1735689600171,"T":1735689600170,"s":"NEXOUSDT","U":8,"u":9,'
                  '"b":[],"a":[]}') == "UNKNOWN_SHAPE"  # fmt: skip


def test_depth_levels_must_be_lists() -> None:
    text = '{"e":"depthUpdate","E":1735689600171,"s":"NEXOUSDT","U":8,"u":9,"b":1,"a":[]}'
    assert reason(text) == "BAD_FIELD"


def test_spot_depth_time_is_the_event_time() -> None:
    event = decode('{"e":"depthUpdate","E":1735689600171,"s":"NEXOUSDT","U":8,"u":9,"b":[],"a":[]}')
    assert event == Depth("binance-spot:NEXOUSDT", RECV, 1_735_689_600_171_000_000, 8, 9)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ('{"lastUpdateId":160,"bids":[],"asks":[]}', "SNAPSHOT"),
        ('{"stream":"btcusdt@depth5","data":{"lastUpdateId":160,"bids":[["1","2"]],"asks":[]}}', "SNAPSHOT"),
        ('{"result":null,"id":1}', "CONTROL"),
        ('[{"e":"24hrMiniTicker"}]', "ARRAY"),
        ('{"stream":"!ticker@arr","data":[{"e":"24hrTicker"}]}', "ARRAY"),
        ('{"e":"serverShutdown","E":1770123456789}', "UNKNOWN_TYPE"),
        ('{"e":"kline","s":"BTCUSDT","k":{"t":1,"o":"1"}}', "UNKNOWN_TYPE"),
        ('{"e":"markPriceUpdate","s":"NEWUSDT","T":1735718400000}', "MARK_PRICE"),
    ],
)
def test_recognised_and_ignored(text: str, detail: str) -> None:
    assert decode(text) == FeedStatus("", RECV, FeedKind.IGNORED, detail)


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (b"", "NOT_JSON"),
        (b"hello", "NOT_JSON"),
        (b"{", "NOT_JSON"),
        (usdm_trade()[:-1].encode(), "NOT_JSON"),
        (usdm_trade().encode() + b"x", "NOT_JSON"),
        (usdm_trade().encode() + b"{}", "NOT_JSON"),
        (usdm_trade(t="NaN").encode(), "NOT_JSON"),
        (usdm_trade(t="-Infinity").encode(), "NOT_JSON"),
        (b'{"a":1,}', "NOT_JSON"),
        (b"\xff\xfe" + usdm_trade().encode(), "NOT_UTF8"),
        (b'{"e":"\xff"}', "NOT_UTF8"),
        (b"[" * 100_000, "TOO_DEEP"),
        (b'{"a":' * 100_000, "TOO_DEEP"),
        (b"[" * 9 + b"]" * 9, "TOO_DEEP"),
        (b"[" * 8, "NOT_JSON"),
        (usdm_trade(t="9" * 5_000).encode(), "TOO_MANY_DIGITS"),
        (usdm_trade(p='"' + "9" * 5_000 + '"').encode(), "TOO_MANY_DIGITS"),
        (usdm_trade(extra="1" * 41).encode(), "TOO_MANY_DIGITS"),
        (b'{"x":"' + b"a" * 1_048_576 + b'"}', "TOO_LONG"),
        (usdm_trade()[:-1].encode() + b',"p":"1.0"}', "DUPLICATE_KEY"),
        (b'{"stream":"a","stream":"b","data":{}}', "DUPLICATE_KEY"),
        (b"1", "UNKNOWN_SHAPE"),
        (b'"text"', "UNKNOWN_SHAPE"),
        (b"null", "UNKNOWN_SHAPE"),
        (b"{}", "UNKNOWN_SHAPE"),
        (b'{"stream":"x"}', "UNKNOWN_SHAPE"),
        (b'{"stream":"x","data":5}', "UNKNOWN_SHAPE"),
        (b'{"e":5}', "BAD_FIELD"),
        (b'{"e":["trade"]}', "BAD_FIELD"),
        (usdm_trade(s="5").encode(), "BAD_FIELD"),
        (usdm_trade(s='["BTCUSDT"]').encode(), "BAD_FIELD"),
        (b'{"code":-1121,"msg":"Invalid symbol."}', "UNKNOWN_SHAPE"),
    ],
)
def test_refused(payload: bytes, wanted: str) -> None:
    assert reason(payload) == wanted


def test_eight_levels_are_allowed() -> None:
    nested = "[" * 7 + "]" * 7
    assert isinstance(decode(usdm_trade(extra=nested)), Trade)


def test_forty_digits_are_allowed() -> None:
    assert isinstance(decode(usdm_trade(extra="1" * 40)), Trade)


def test_bounds_come_from_the_configuration() -> None:
    tight = build(INSTRUMENTS, Config(max_message_bytes=50))
    with pytest.raises(InputError, match="TOO_LONG"):
        tight.decode(usdm_trade().encode(), RECV)


@pytest.mark.parametrize(
    ("text", "table"),
    [
        (usdm_trade(s='"SOLUSDT"'), "binance-usdm.SOLUSDT"),
        (usdm_quote(s='"SOLUSDT"', b='"0.00000123"'), "binance-usdm.SOLUSDT"),
        ('{"u":1,"s":"SOLUSDT","b":"1.5","B":"1","a":"1.6","A":"2"}', "binance-spot.SOLUSDT"),
        (
            '{"e":"depthUpdate","E":1735689600171,"s":"SOLUSDT","U":8,"u":9,"b":[],"a":[]}',
            "binance-spot.SOLUSDT",
        ),
        (
            '{"stream":"solusdt@trade","data":' + usdm_trade(s='"SOLUSDT"') + "}",
            "binance-usdm.SOLUSDT",
        ),
        (usdm_trade(s='"NEXOUSDT"'), "binance-usdm.NEXOUSDT"),
    ],
)  # fmt: skip
def test_unknown_instrument_names_the_table_to_add(text: str, table: str) -> None:
    with pytest.raises(UnknownInstrument) as caught:
        decode(text)
    assert isinstance(caught.value, ConfigError)
    assert caught.value.exit_code == ExitCode.CONFIG
    assert str(caught.value).startswith(f"{table}: ")
    assert f'[{table}] tick = "...", lot = "..."' in str(caught.value)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (usdm_trade(s='"SOLUSDT"', p='"-1"'), "BAD_PRICE"),
        (usdm_trade(s='"SOLUSDT"', T="5"), "BAD_TIME"),
        (usdm_trade(s='"sol usdt"'), "BAD_SYMBOL"),
        (usdm_trade(s='""'), "BAD_SYMBOL"),
        (usdm_trade(s='"\\ud800"'), "BAD_SYMBOL"),
        ('{"stream":"btcusdt@trade","data":' + usdm_trade(s='"BTCUSDX"') + "}", "BAD_SYMBOL"),
        ('{"stream":5,"data":' + usdm_trade(s='"SOLUSDT"') + "}", "BAD_FIELD"),
        (usdm_trade(s='"NEXOUSDT"', X="", N="true"), "UNKNOWN_SHAPE"),
        (usdm_trade(s='"NEXOUSDT"', e='"aggTrade"', f="1", l="1", X="", N="true"), "UNKNOWN_SHAPE"),
    ],
)
def test_damage_is_not_taken_for_an_unknown_instrument(text: str, wanted: str) -> None:
    assert reason(text) == wanted


@pytest.mark.parametrize("only", [("NEXOUSDT",), ("binance-spot:NEXOUSDT",)])
def test_filter_drops_the_others_before_their_prices_are_read(only: tuple[str, ...]) -> None:
    dropped = FeedStatus("", RECV, FeedKind.IGNORED, "FILTERED")
    assert decode(usdm_trade(p='"65012.45"'), only) == dropped
    assert decode(usdm_quote(), only) == dropped
    assert decode(usdm_trade(s='"SOLUSDT"'), only) == dropped
    assert decode('{"e":"markPriceUpdate","s":"BTCUSDT","T":1}', only) == dropped
    kept = decode('{"u":1,"s":"NEXOUSDT","b":"1.213","B":"1.00","a":"1.214","A":"2.00"}', only)
    assert isinstance(kept, Quote)


def test_other_venues_are_left_out() -> None:
    other = Instrument(venue="bybit-linear", symbol="BTCUSDT", tick="0.1", lot="0.001")
    with pytest.raises(UnknownInstrument):
        build({other.key: other}).decode(usdm_trade().encode(), RECV)
