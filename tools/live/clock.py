"""The one place that looks at the wall clock, and at ``MM_FREEZE_UTC_ISO``."""

import os
import time

from tools.core.errors import UsageError
from tools.core.timestamps import parse_iso
from tools.core.units import NS_PER_S

FREEZE_VARIABLE = "MM_FREEZE_UTC_ISO"


def utc_now_ns() -> int:
    """Return the present in whole seconds, as nanoseconds since the Unix epoch.

    ``MM_FREEZE_UTC_ISO`` replaces the reading; an ISO time without a zone is UTC.

    Raises
    ------
    UsageError
        The variable is set and is no ISO 8601 time.
    """
    frozen = os.environ.get(FREEZE_VARIABLE, "")
    if frozen:
        try:
            return parse_iso(frozen)
        except UsageError as error:
            raise UsageError(f"{FREEZE_VARIABLE}: {error}") from None
    return time.time_ns() // NS_PER_S * NS_PER_S
