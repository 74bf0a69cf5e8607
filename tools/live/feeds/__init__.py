"""Where events come from: recordings, later also sockets."""

from tools.live.config import read_instruments
from tools.live.feeds.collector import TIME_GAP, CollectorFeed, open_collector
from tools.live.feeds.lines import InputFile, describe_input
from tools.live.feeds.source import FeedCounts, Recording, recording

__all__ = [
    "TIME_GAP",
    "CollectorFeed",
    "FeedCounts",
    "InputFile",
    "Recording",
    "describe_input",
    "open_collector",
    "read_instruments",
    "recording",
]
