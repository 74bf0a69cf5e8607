"""The states of a book: whether what it holds is the venue's book, and if not, why not.

Only a LIVE book answers. In every other state updates are kept until a snapshot fits.
"""

from enum import StrEnum
from typing import Final

from tools.core.machine import Table


class BookState(StrEnum):
    """Whether a book may be read."""

    SYNCING = "SYNCING"
    JOINING = "JOINING"
    LIVE = "LIVE"
    GAP = "GAP"
    BROKEN = "BROKEN"


class FaultReason(StrEnum):
    """Why a book that was LIVE cannot be right."""

    CROSSED = "CROSSED"  # best bid above best ask after a whole update
    LOCKED = "LOCKED"  # best bid at the best ask after a whole update
    EXHAUSTED = "EXHAUSTED"  # no level of a side is left inside the horizon
    CONTRADICTED = "CONTRADICTED"  # quotes or prints say otherwise, several times in a row


UPDATE: Final = "UPDATE"
OLD: Final = "OLD"
HOLE: Final = "HOLE"
JOINED: Final = "JOINED"
AHEAD: Final = "AHEAD"
STALE: Final = "STALE"
FAULT: Final = "FAULT"
LOST: Final = "LOST"

BOOK_TABLE: Final = Table(
    "order book",
    (
        ("SYNCING", "UPDATE", "SYNCING", "it follows the one before: kept until a snapshot comes"),
        ("SYNCING", "OLD", "SYNCING", "seen before: dropped"),
        ("SYNCING", "HOLE", "SYNCING", "one is missing: what was kept before it is dropped"),
        ("SYNCING", "JOINED", "LIVE", "a snapshot fits the kept updates: the book is built"),
        ("SYNCING", "AHEAD", "JOINING", "a snapshot newer than every update: it waits for the next"),
        ("SYNCING", "STALE", "SYNCING", "a snapshot older than the kept updates: dropped"),
        ("SYNCING", "LOST", "SYNCING", "the connection was lost: everything is forgotten"),
        ("JOINING", "UPDATE", "JOINING", "still older than the snapshot: kept"),
        ("JOINING", "OLD", "JOINING", "seen before: dropped"),
        ("JOINING", "HOLE", "JOINING", "one is missing: what was kept before it is dropped"),
        ("JOINING", "JOINED", "LIVE", "the update that the snapshot waited for: the book is built"),
        ("JOINING", "AHEAD", "JOINING", "a newer snapshot takes its place"),
        ("JOINING", "STALE", "SYNCING", "the updates went past the snapshot without joining it: dropped"),
        ("JOINING", "LOST", "SYNCING", "the connection was lost: everything is forgotten"),
        ("LIVE", "UPDATE", "LIVE", "applied"),
        ("LIVE", "OLD", "LIVE", "seen before: dropped"),
        ("LIVE", "HOLE", "GAP", "one is missing: the book is no longer the venue's"),
        ("LIVE", "JOINED", "LIVE", "another snapshot fits: the book is built anew"),
        ("LIVE", "AHEAD", "LIVE", "another snapshot, newer than every update: it waits for the next"),
        ("LIVE", "STALE", "LIVE", "another snapshot, older than the kept updates: dropped"),
        ("LIVE", "FAULT", "BROKEN", "the book cannot be right: CROSSED, LOCKED, EXHAUSTED, CONTRADICTED"),
        ("LIVE", "LOST", "SYNCING", "the connection was lost: everything is forgotten"),
        ("GAP", "UPDATE", "GAP", "it follows the one before: kept until a snapshot comes"),
        ("GAP", "OLD", "GAP", "seen before: dropped"),
        ("GAP", "HOLE", "GAP", "one is missing: what was kept before it is dropped"),
        ("GAP", "JOINED", "LIVE", "a snapshot fits the kept updates: the book is built"),
        ("GAP", "AHEAD", "JOINING", "a snapshot newer than every update: it waits for the next"),
        ("GAP", "STALE", "GAP", "a snapshot older than the kept updates: dropped"),
        ("GAP", "LOST", "SYNCING", "the connection was lost: everything is forgotten"),
        ("BROKEN", "UPDATE", "BROKEN", "it follows the one before: kept until a snapshot comes"),
        ("BROKEN", "OLD", "BROKEN", "seen before: dropped"),
        ("BROKEN", "HOLE", "BROKEN", "one is missing: what was kept before it is dropped"),
        ("BROKEN", "JOINED", "LIVE", "a snapshot fits the kept updates: the book is built"),
        ("BROKEN", "AHEAD", "JOINING", "a snapshot newer than every update: it waits for the next"),
        ("BROKEN", "STALE", "BROKEN", "a snapshot older than the kept updates: dropped"),
        ("BROKEN", "LOST", "SYNCING", "the connection was lost: everything is forgotten"),
    ),
    illegal=(("SYNCING", "FAULT"), ("JOINING", "FAULT"), ("GAP", "FAULT"), ("BROKEN", "FAULT")),
)
