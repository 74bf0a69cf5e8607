"""From recorded bytes to typed events: one pure file for each venue."""

from tools.observer.decode.decoder import Decoder, Example, UnknownInstrument
from tools.observer.decode.reasons import IgnoredDetail, QuarantineReason

__all__ = ["Decoder", "Example", "IgnoredDetail", "QuarantineReason", "UnknownInstrument"]
