"""The page of the reproduction tables: what was measured beside what others found."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol


class Figure(Protocol):
    """One figure: its sample size, itself, and its interval."""

    n: int
    value: float | None
    bounds: tuple[float, float] | None


Sets = Mapping[str, Mapping[str, Figure]]

_HEAD: Final = """\
# Reproduction tables

Written by `make tables` from the recordings and from a synthetic book; nothing here is typed by hand but
the words and the columns "notes". n is the number of observations; in brackets the 95 % interval by
moving blocks of sqrt(n) neighbours (1,000 resamples, 200 for T4). The recordings are 7 to 9 minutes long
but for NEXO, which is a day: they illustrate, they do not generalise. "Notes" are earlier measurements on
the same recordings by other code; "literature" is as cited and was not measured on these markets.

The synthetic book is a zero-intelligence book (`tools/lab/stats/zi_book.py`), one hour each; its parameters
follow the notes as far as those go, its code and draws do not. Its figures differ from the notes', most
where trades explain more of the move here.
"""

_T1: Final = """\
## T1, T2: order-flow imbalance and trade imbalance explain the move of the mid

R2 of dM on the order-flow imbalance at the best (T1), and on the signed volume of trades (T2), over
intervals that do not overlap. Literature: about .65 for the former and .32 for the latter (Cont, Kukanov,
Stoikov 2014, US stocks, 10 s). Claimed and checked: on the USD-M sets the former is larger at 10 s.
"""

_T4: Final = """\
## T4: queue imbalance tells the next move of the mid

Quotes of one venue time are one, the last. "Drawn": the imbalance at a time drawn uniformly since the last
move, as in Gould and Bonart (2016), who find it significant for every one of ten stocks. "Last": just
before the move, when a queue is nearly empty and much is decided. AUC is the chance that a move up had more
imbalance before it than a move down. MSR is the mean squared residual against the share of moves up among
the others of the same tenth; a coin scores .25. Claimed and checked, where there are 100 moves or more:
MSR < .25.
"""

_T5: Final = """\
## T5: the micro-price is nearer to a martingale

Slope of the change over the next second on the imbalance, in ticks: 0 for a martingale. The table of shifts
(10 tenths, spreads of 1 and of 2 and more ticks) is estimated on the first half of the quotes, the slope is
that of whole seconds in the second half. Literature: Stoikov 2018. Claimed and checked, but for spot BTC:
at most half the slope of the mid. There the spread is often many ticks and moves come many ticks at once;
two spreads are too few states.
"""

_T8: Final = """\
## T8: trades come in clusters

Branching ratio `1 - 1 / sqrt(variance / mean)` of trades counted in bins. Literature: near 1 (Hardiman,
Bouchaud 2014). Bins that are not much longer than the memory of the process give too little: .77 to .88 for
a true .9 in the notes' simulations. The synthetic book's takers are a Poisson process; what it shows is
that one of them makes several trades.
"""

_T10: Final = """\
## T10: effective = realised + impact

Sum of the absolute residuals of the numerators over all windows of 60 s and horizons. It must be 0.
"""

_FIT: Final = """\
## Do trades fit the quotes they are joined with?

Share of trades at, beyond and inside the opposite best of the quote before them, over the last five
minutes. By venue time on USD-M, by the order of arrival on spot, whose quotes carry no time. Where the
venue's time joins, more than 2 % inside would be an alarm; where the order of arrival does, 25 %.
"""

_REPORT: Final = """\
## Statistics on which nothing is decided

Kyle's lambda in half-ticks per lot over the last 300 s; Amihud's illiquidity in bps per million of turnover
over whole minutes; VPIN over 50 buckets of a fiftieth of the volume; the jump statistic (2.33 is the 1 %
level) on a grid of 30 s, where changes are 4 ticks or more and fewer than a tenth of them 0, else "-".
"""

_NOTES: Final[dict[str, dict[str, str]]] = {
    "ofi 1": {"USD-M BTC 2024": ".68", "USD-M ETH 2024": ".55", "USD-M BTC 2023": ".43",
              "spot BTC 2023": ".46", "spot NEXO 2024": ".16"},
    "ofi 10": {"USD-M BTC 2024": ".90", "USD-M ETH 2024": ".74", "USD-M BTC 2023": ".59",
               "spot BTC 2023": ".63", "spot NEXO 2024": ".22", "synthetic thin": ".46",
               "synthetic mid": ".24", "synthetic deep": ".04"},
    "trades 10": {"USD-M BTC 2024": ".29", "USD-M ETH 2024": ".23", "USD-M BTC 2023": ".32",
                  "spot BTC 2023": ".30", "spot NEXO 2024": ".31", "synthetic thin": ".34",
                  "synthetic mid": ".17", "synthetic deep": ".02"},
    "auc": {"USD-M BTC 2024": ".96", "USD-M ETH 2024": ".96", "USD-M BTC 2023": ".94",
            "spot BTC 2023": ".88", "spot NEXO 2024": ".72", "synthetic thin": ".68",
            "synthetic mid": ".69", "synthetic deep": ".61"},
    "slopes": {"synthetic thin": "+.343, -.097, +.055", "synthetic mid": "+.118, -.065, +.036",
               "synthetic deep": "+.010, -.046, +.004"},
    "branching": dict.fromkeys(("USD-M BTC 2024", "USD-M ETH 2024", "USD-M BTC 2023", "spot BTC 2023",
                                "spot NEXO 2024"), ".75 to .95"),
    "fit": {"USD-M BTC 2024": "67 / 33 / 0.0", "USD-M ETH 2024": "59 / 41 / 0.1",
            "USD-M BTC 2023": "76 / 24 / 0.0"},
}  # fmt: skip


def text_of(figure: Figure | None, decimals: int = 3) -> str:
    """Return a figure with its interval."""
    if figure is None or figure.value is None:
        return "-"
    text = f"{figure.value:.{decimals}f}"
    if figure.bounds is not None:
        text += f" [{figure.bounds[0]:.{decimals}f}, {figure.bounds[1]:.{decimals}f}]"
    return text


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]]) + "\n"


def page(sets: Sets) -> str:
    """Return the whole page, the same text for the same figures."""
    flows = [
        (name, seconds, cells[f"ofi {seconds}"].n, text_of(cells[f"ofi {seconds}"]),
         _NOTES.get(f"ofi {seconds}", {}).get(name, ""), text_of(cells[f"trades {seconds}"]),
         _NOTES.get(f"trades {seconds}", {}).get(name, ""))
        for seconds in (1, 10) for name, cells in sets.items()
    ]  # fmt: skip
    queues = [
        (name, cells["auc drawn"].n, text_of(cells["auc drawn"]), text_of(cells["msr drawn"]),
         text_of(cells["auc last"]), text_of(cells["msr last"]), _NOTES["auc"].get(name, ""))
        for name, cells in sets.items()
    ]  # fmt: skip
    slopes = [
        (name, cells["mid"].n, *(text_of(cells[price]) for price in ("mid", "weighted mid", "micro-price")),
         _NOTES["slopes"].get(name, ""))
        for name, cells in sets.items()
    ]  # fmt: skip
    clusters = [
        (name, cells["branching 10"].n, text_of(cells["branching 5"]), text_of(cells["branching 10"]),
         _NOTES["branching"].get(name, ""))
        for name, cells in sets.items()
    ]  # fmt: skip
    exact = [
        (name, cells["residual"].n, text_of(cells["residual"], 0))
        for name, cells in sets.items() if "residual" in cells
    ]  # fmt: skip
    fits = [
        (name, *(_percent(cells[fit]) for fit in ("at", "through", "inside")), _NOTES["fit"].get(name, ""))
        for name, cells in sets.items() if "inside" in cells
    ]  # fmt: skip
    report = [
        (name, cells["kyle"].n, text_of(cells["kyle"], 5), text_of(cells["amihud"], 2),
         text_of(cells["vpin"]),
         text_of(cells["jump"], 2), _percent(cells["still"]))
        for name, cells in sets.items() if "kyle" in cells
    ]  # fmt: skip
    parts = [
        _HEAD,
        _T1, _table(("set", "s", "n", "T1: order flow", "notes", "T2: trades", "notes"), flows),
        _T4, _table(("set", "n", "AUC drawn", "MSR drawn", "AUC last", "MSR last", "notes: AUC"), queues),
        _T5, _table(("set", "n", "mid", "weighted mid", "micro-price", "notes: the three"), slopes),
        _T8, _table(("set", "n (10 s)", "bins of 5 s", "bins of 10 s", "notes"), clusters),
        _T10, _table(("set", "windows", "residual, half-tick x lot"), exact),
        _FIT, _table(("set", "at", "through", "inside", "notes"), fits),
        _REPORT, _table(("set", "trades", "Kyle", "Amihud", "VPIN", "jump Z", "still 30 s"), report),
    ]  # fmt: skip
    return "\n".join(parts)


def _percent(figure: Figure) -> str:
    return "-" if figure.value is None else f"{100 * figure.value:.2f} %"
