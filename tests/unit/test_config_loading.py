"""TOML to configuration and back: units, exact types, and what is refused, by its path."""

import tomllib
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from typing import Any

import pytest

from tools.core.errors import ConfigError, InputError, UsageError
from tools.live.config import (
    default_text,
    load_instruments,
    load_sections,
    read_config,
    read_instruments,
    to_toml_value,
    toml_key,
)
from tools.live.config_tree import config_from_resolved, parse_config, resolved_config, sections_of
from tools.live.settings import LabConfig
from tools.observer.decode import binance


class Mode(StrEnum):
    FAST = "fast"
    SLOW = "slow"


@dataclass(frozen=True, kw_only=True)
class Sample:
    cooldown_ns: int = 60_000_000_000
    fee_ubps: int = 2_000_000
    share_ppm: int = 400_000
    cap_e8: int = 1_000_000_000_000
    count: int = 3
    on: bool = True
    name: str = "plain"
    mode: Mode = Mode.FAST
    names: tuple[str, ...] = ("a", "b")
    windows_ns: tuple[int, ...] = (1_000_000_000,)

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ConfigError("sample.count: must not be negative")
        if self.name == "":
            raise UsageError("name must not be empty")


@dataclass(frozen=True, kw_only=True)
class Root:
    sample: Sample = field(default_factory=Sample)
    decode: binance.Config = field(default_factory=binance.Config)


SECTIONS: dict[str, type] = {"sample": Sample, "risk.rate": Sample, "decode": binance.Config}


def load(body: str) -> Sample:
    value = load_sections("[sample]\n" + body, SECTIONS, "my.toml")["sample"]
    assert isinstance(value, Sample)
    return value


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_sections(text, SECTIONS, "my.toml")
    return str(caught.value)


def test_nothing_given_is_all_defaults() -> None:
    assert load_sections("", SECTIONS, "x") == {
        "sample": Sample(),
        "risk.rate": Sample(),
        "decode": binance.Config(),
    }


@pytest.mark.parametrize(
    ("body", "attribute", "value"),
    [
        ('cooldown = "20 s"', "cooldown_ns", 20 * 10**9),
        ('cooldown = "20s"', "cooldown_ns", 20 * 10**9),
        ('cooldown = "1.5 min"', "cooldown_ns", 90 * 10**9),
        ('cooldown = "2 h"', "cooldown_ns", 7_200 * 10**9),
        ('cooldown = "250 ms"', "cooldown_ns", 250_000_000),
        ('cooldown = "3 us"', "cooldown_ns", 3_000),
        ('cooldown = "7 ns"', "cooldown_ns", 7),
        ('fee = "2.5 bps"', "fee_ubps", 2_500_000),
        ('fee = "-0.25 bps"', "fee_ubps", -250_000),
        ('share = "12.5 %"', "share_ppm", 125_000),
        ('share = "7 ppm"', "share_ppm", 7),
        ('cap = "10000 USD"', "cap_e8", 10_000 * 10**8),
        ('cap = "0.00000001 USD"', "cap_e8", 1),
        ("count = 4", "count", 4),
        ("on = false", "on", False),
        ('name = "x"', "name", "x"),
        ('mode = "slow"', "mode", Mode.SLOW),
        ("names = []", "names", ()),
        ('names = ["z"]', "names", ("z",)),
        ('windows = ["1 s", "2 min"]', "windows_ns", (10**9, 120 * 10**9)),
    ],
)
def test_values(body: str, attribute: str, value: object) -> None:
    got = getattr(load(body), attribute)
    assert got == value
    assert type(got) is type(value)


def test_sections_with_dots() -> None:
    loaded = load_sections("[risk.rate]\ncount = 9\n[sample]\ncount = 8", SECTIONS, "x")
    assert (loaded["risk.rate"].count, loaded["sample"].count) == (9, 8)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[sampel]\n", "sampel: no such section; did you mean sample?"),
        ("[risk.rat]\n", "risk.rat: no such section; did you mean rate?"),
        ("[sample]\ncooldwon = '1 s'", "sample.cooldwon: no such key; did you mean cooldown?"),
        ("[sample]\ncooldown_ns = 5", "sample.cooldown_ns: no such key; did you mean cooldown?"),
        ("count = 1", "count: stands outside of any section"),
        ("sample = 1", "sample: is a section; write [sample]"),
        ("[sample.inner]\nx = 1", "sample.inner: no such key"),
        ("[sample]\ncooldown = 5", "sample.cooldown: must be text with a unit (ns, us, ms, s, min, h)"),
        ("[sample]\ncooldown = 1.5", "sample.cooldown: must be text with a unit"),
        ("[sample]\ncooldown = '5 bps'", "sample.cooldown: unknown unit 'bps'; known: ns, us, ms"),
        ("[sample]\ncooldown = '5'", "sample.cooldown: must be text with a unit"),
        ("[sample]\ncooldown = '1e3 s'", "sample.cooldown: must be text with a unit"),
        ("[sample]\ncooldown = 'nan s'", "sample.cooldown: must be text with a unit"),
        ("[sample]\ncooldown = '0.5 ns'", "sample.cooldown: finer than can be kept"),
        ("[sample]\nfee = '1 %'", "sample.fee: unknown unit '%'; known: bps"),
        ("[sample]\ncount = true", "sample.count: must be a whole number, not true or false"),
        ("[sample]\ncount = 1.0", "sample.count: must be a whole number, not a fraction"),
        ("[sample]\ncount = '1'", "sample.count: must be a whole number, not text"),
        ("[sample]\non = 1", "sample.on: must be true or false, not a whole number"),
        ("[sample]\nname = 1", "sample.name: must be text, not a whole number"),
        ("[sample]\nname = 1.5", "sample.name: must be text, not a fraction"),
        ("[sample]\nname = 2020-01-01", "sample.name: must be text, not a table or date"),
        ("[sample]\nmode = 'slwo'", "sample.mode: slwo: no such choice; did you mean slow?"),
        ("[sample]\nnames = 'a'", "sample.names: must be an array, not text"),
        ("[sample]\nnames = ['a', 1]", "sample.names[1]: must be text, not a whole number"),
        ("[sample]\nwindows = ['1 s', 2]", "sample.windows[1]: must be text with a unit"),
        ("[sample]\ncount = -1", "sample.count: must not be negative"),
        ("[sample]\nname = ''", "sample: name must not be empty"),
        ("[sample", "my.toml: not TOML: "),
        ("[sample]\ncount = 1\ncount = 2", "my.toml: not TOML: "),
    ],
)
def test_refusals(text: str, message: str) -> None:
    assert refusal(text).startswith(message)


def test_a_mistake_in_toml_names_its_line() -> None:
    assert "line 3" in refusal("[sample]\ncount = 1\nname = = 2\n")


def test_resolved_holds_full_names_and_goes_back() -> None:
    chosen = parse_config(
        "[sample]\ncooldown = '20 s'\nnames = ['z']\nmode = 'slow'\n[decode]\nmax_digits = 39", Root, "x"
    )
    values: Any = resolved_config(chosen)
    assert values["sample"]["cooldown_ns"] == 20_000_000_000
    assert values["sample"]["names"] == ["z"]
    assert type(values["sample"]["mode"]) is str
    assert values["decode"]["max_digits"] == 39
    assert config_from_resolved(values, Root) == chosen


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.pop("sample"), "sample: this section is missing"),
        (lambda v: v.update(extra={}), "extra: no such key"),
        (lambda v: v["sample"].pop("count"), "sample.count: this key is missing"),
        (lambda v: v["sample"].update(more=1), "sample.more: no such key"),
        (lambda v: v["sample"].update(count=True), "sample.count: must be a whole number"),
        (lambda v: v["sample"].update(names="ab"), "sample.names: must be an array"),
        (lambda v: v["sample"].update(windows_ns=["1 s"]), "sample.windows_ns[0]: must be a whole number"),
        (lambda v: v["sample"].update(mode="odd"), "sample.mode: odd: no such choice"),
        (lambda v: v["sample"].update(name=""), "sample: name must not be empty"),
    ],
)
def test_a_changed_header_is_refused(change, message: str) -> None:
    values = resolved_config(Root())
    change(values)
    with pytest.raises(ConfigError) as caught:
        config_from_resolved(values, Root)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("attribute", "value", "text"),
    [
        ("cooldown_ns", 20_000_000_000, '"20 s"'),
        ("cooldown_ns", 7_200_000_000_000, '"2 h"'),
        ("cooldown_ns", 0, '"0 s"'),
        ("fee_ubps", 250_000, '"0.25 bps"'),
        ("share_ppm", 125_000, '"12.5 %"'),
        ("share_ppm", 7, '"7 ppm"'),
        ("cap_e8", 150_000_000, '"1.5 USD"'),
        ("count", 3, "3"),
        ("on", True, "true"),
        ("name", "x", '"x"'),
        ("windows_ns", (1_000_000, 60_000_000_000), '["1 ms", "1 min"]'),
    ],
)
def test_toml_text(attribute: str, value: object, text: str) -> None:
    assert to_toml_value(attribute, value) == text


def test_toml_text_of_every_default_reads_back() -> None:
    values = resolved_config(Sample())
    body = "\n".join(f"{toml_key(k, v)} = {to_toml_value(k, v)}" for k, v in values.items())
    assert load(body) == Sample()


def keys_of(table: dict[str, object], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in table.items():
        found |= keys_of(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key}
    return found


def test_default_configuration_holds_every_key_with_its_default() -> None:
    text = default_text("default.toml")
    assert parse_config(text, LabConfig, "default.toml") == LabConfig()
    known: set[str] = set()
    for name, kind in sections_of(LabConfig).items():
        for item in fields(kind):
            value = getattr(kind(), item.name)
            if not is_dataclass(value):
                known.add(f"{name}.{toml_key(item.name, value)}")
    assert keys_of(tomllib.loads(text)) == known


def test_default_instruments_are_those_of_the_recordings() -> None:
    steps = {key: (i.tick, i.lot, i.profile) for key, i in read_instruments().items()}
    assert steps == {
        "binance-usdm:BTCUSDT": ("0.1", "0.001", "major"),
        "binance-usdm:ETHUSDT": ("0.01", "0.001", "major"),
        "binance-spot:BTCUSDT": ("0.01", "0.00001", "major"),
        "binance-spot:NEXOUSDT": ("0.001", "0.01", "minor"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[v.BTCUSDT]\nlot = '1'", "v.BTCUSDT.tick: this key is missing"),
        ("[v.BTCUSDT]\ntick = '1'", "v.BTCUSDT.lot: this key is missing"),
        ("[v.BTCUSDT]\ntick = 0.1\nlot = '1'", "v.BTCUSDT.tick: must be text, not a fraction"),
        ("[v.BTCUSDT]\ntick = '0'\nlot = '1'", "v.BTCUSDT: tick must be positive"),
        ("[v.BTCUSDT]\ntick = 'x'\nlot = '1'", "v.BTCUSDT: not a finite decimal number"),
        ("[v.BTCUSDT]\ntick = '1'\nlot = '1'\nmin_notional = 'x'", "v.BTCUSDT: not a finite"),
        ("[v.BTCUSDT]\ntick = '1'\nlot = '1'\nprofile = 'big'", "v.BTCUSDT: v:BTCUSDT: profile must be"),
        ("[v.BTCUSDT]\ntikc = '1'", "v.BTCUSDT.tikc: no such key; did you mean tick?"),
        ("[v.btcusdt]\ntick = '1'\nlot = '1'", "v.btcusdt: a symbol is"),
        ("v = 1", "v: not a table"),
        ("[v]\nBTCUSDT = 1", "v.BTCUSDT: not a table"),
    ],
)
def test_instruments_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_instruments(text)
    assert str(caught.value).startswith(message)


def test_missing_file_is_named() -> None:
    with pytest.raises(InputError, match=r"no/such\.toml: no such file"):
        read_config("no/such.toml", SECTIONS)
