"""The words everyone uses: units, instruments, events, records, errors, the audit's encoding."""

from tools.core.events import Quote, Side, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.timestamps import format_clock, format_iso, parse_iso

__all__ = ["Instrument", "Quote", "Side", "Tick", "Trade", "format_clock", "format_iso", "parse_iso"]
