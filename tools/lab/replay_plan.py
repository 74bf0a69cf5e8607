"""What a replay depends on: made from arguments, written to the audit header, read back from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tools.core.audit import SCHEMA
from tools.core.errors import ConfigError, UsageError, VerifyError
from tools.core.funding import Funding
from tools.core.instrument import Instrument
from tools.execution.client_ids import check_run_id
from tools.lab.accounts import accounts_from_header, accounts_to_header, check_accounts
from tools.lab.envelope import ENVELOPE, policies_of, with_fills
from tools.lab.inputs import find_input
from tools.live.config_tree import config_from_resolved, resolved_config
from tools.live.feeds import InputFile, describe_input
from tools.live.funding import funding_from
from tools.live.path import Policy
from tools.live.session import DELTA
from tools.live.settings import LabConfig, with_seed

PROGRAM: Final = "replay"


@dataclass(frozen=True, kw_only=True)
class ReplayPlan:
    """Everything that a replay depends on.

    Parameters
    ----------
    paths, inputs
        Where the recordings are, and what they are; in the same order.
    instruments
        Every instrument that may appear, by key.
    config
        Of the chain.
    symbol
        Only this symbol or key; empty for all.
    seed
        Of everything that draws by chance.
    detail
        ``"delta"`` or ``"full"``.
    strict
        Stop at the first line that cannot be used.
    pretty
        How the report was written.
    run_id
        For the ids that a venue is given; empty if none is.
    fills
        ``"envelope"`` for two paths; empty for the one that `config` names.
    funding
        The funding times, in order.
    accounts
        Each with its name and configuration, if there are several; `config` is that of the first.
    """

    paths: tuple[str, ...]
    inputs: tuple[InputFile, ...]
    instruments: Mapping[str, Instrument]
    config: LabConfig
    symbol: str = ""
    seed: int = 42
    detail: str = DELTA
    strict: bool = False
    pretty: bool = False
    run_id: str = ""
    fills: str = ""
    funding: tuple[Funding, ...] = ()
    accounts: tuple[Policy, ...] = ()

    def header(self) -> dict[str, object]:
        """Return the audit header: enough to run the same replay again."""
        asked: dict[str, object] = {}
        if self.funding:
            asked["funding"] = [item.to_dict() for item in self.funding]
        if self.accounts:
            asked["accounts"] = accounts_to_header(self.accounts)
        return {
            **asked,
            "config": resolved_config(self.config),
            "detail": self.detail,
            "inputs": [item.to_dict() for item in self.inputs],
            "instruments": {key: self.instruments[key].to_dict() for key in sorted(self.instruments)},
            "pretty": self.pretty,
            "program": PROGRAM,
            "schema": SCHEMA,
            "seed": self.seed,
            "strict": self.strict,
            "symbol": self.symbol,
            **self.named(),
        }

    def named(self) -> dict[str, object]:
        """Return run id and fills under their names, for header and report; nothing without them."""
        given = {"fills": self.fills, "run_id": self.run_id}
        return {name: value for name, value in given.items() if value}

    def fundings(self) -> tuple[Funding, ...]:
        """Return the funding times of what is replayed."""
        return tuple(
            item for item in self.funding if self.symbol in ("", item.symbol, item.symbol.partition(":")[2])
        )

    def policies(self) -> tuple[Policy, ...]:
        """Return what each path of the replay is run with."""
        return self.accounts or policies_of(self.config, self.fills)


def plan_replay(
    paths: Sequence[str],
    instruments: Mapping[str, Instrument],
    config: LabConfig,
    symbol: str = "",
    seed: int | None = None,
    detail: str = DELTA,
    strict: bool = False,
    pretty: bool = False,
    run_id: str = "",
    fills: str = "",
    funding: Sequence[Funding] = (),
    accounts: Sequence[Policy] = (),
) -> ReplayPlan:
    """Look at the inputs and return the plan; raise `InputError` naming a file that is missing.

    `seed` is that of everything that draws by chance; None leaves it to the configuration.
    `fills` is a fill model by name, ``"envelope"``, or empty for that of the configuration. With
    `accounts`, seed and fill model are those of each, and their configurations stand for `config`.
    """
    if not paths:
        raise UsageError("name at least one recording")
    known = [name for item in instruments.values() for name in (item.key, item.symbol)]
    if symbol and symbol not in known:
        raise UsageError(f"--symbol {symbol[:40]}: not an instrument here; known: {', '.join(instruments)}")
    check_accounts(accounts, fills)
    chosen, envelope = _settled(config, seed, fills)
    settled = tuple(Policy(name=one.name, config=_settled(one.config, seed, fills)[0]) for one in accounts)
    if settled:
        chosen = settled[0].config
    return ReplayPlan(
        paths=tuple(paths),
        inputs=tuple(describe_input(path) for path in paths),
        instruments=instruments,
        config=chosen,
        symbol=symbol,
        seed=chosen.paper.seed,
        detail=detail,
        strict=strict,
        pretty=pretty,
        run_id=check_run_id(run_id) if run_id else "",
        fills=envelope,
        funding=tuple(funding),
        accounts=settled,
    )


def _settled(config: LabConfig, seed: int | None, fills: str) -> tuple[LabConfig, str]:
    """Return a configuration under a seed and a fill model, and `ENVELOPE` if that was asked for."""
    return with_fills(config if seed is None else with_seed(config, seed), fills)


def plan_from_header(header: Mapping[str, Any], paths: Sequence[str]) -> ReplayPlan:
    """Return the plan that an audit header records, with its inputs found among `paths`.

    Raises
    ------
    InputError
        An input is not among the paths, or has other bytes; the message names it.
    VerifyError
        The header does not hold what a replay needs.
    """
    try:
        return _plan(header, paths)
    except (KeyError, TypeError, AttributeError, UsageError, ConfigError) as error:
        raise VerifyError(f"the header does not hold the plan of a replay: {error}") from None


def _plan(header: Mapping[str, Any], paths: Sequence[str]) -> ReplayPlan:
    wanted = [InputFile(**item) for item in header["inputs"]]
    for name, kind in (("symbol", str), ("seed", int), ("detail", str), ("strict", bool)):
        if type(header[name]) is not kind:
            raise UsageError(f"{name} has the wrong type")
    run_id = check_run_id(header["run_id"]) if "run_id" in header else ""
    fills = header.get("fills", "")
    if fills not in ("", ENVELOPE):
        raise UsageError("fills has a wrong value")
    instruments = {key: Instrument(**value) for key, value in header["instruments"].items()}
    found: list[str] = []
    for item in wanted:
        found.append(find_input(item, paths))
    return ReplayPlan(
        paths=tuple(found),
        inputs=tuple(wanted),
        instruments=instruments,
        config=config_from_resolved(header["config"], LabConfig),
        symbol=header["symbol"],
        seed=header["seed"],
        detail=header["detail"],
        strict=header["strict"],
        pretty=header["pretty"],
        run_id=run_id,
        fills=fills,
        funding=funding_from(header.get("funding", ()), instruments),
        accounts=accounts_from_header(header.get("accounts", ())),
    )
