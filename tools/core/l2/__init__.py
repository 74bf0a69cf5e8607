"""The order book by price level: joined, checked, bounded, and silent when it cannot be right.

>>> book = L2Book()
>>> book.state.value, book.best(Side.BUY)
('SYNCING', None)
"""

from tools.core.events import Side
from tools.core.l2.agreement import Agreement
from tools.core.l2.book import BookConfig, L2Book
from tools.core.l2.chain import Chain
from tools.core.l2.ladder import ASK, BID, Ladder
from tools.core.l2.states import BOOK_TABLE, BookState, FaultReason
from tools.core.l2.view import BookView, Change

__all__ = [
    "ASK",
    "BID",
    "BOOK_TABLE",
    "Agreement",
    "BookConfig",
    "BookState",
    "BookView",
    "Chain",
    "Change",
    "FaultReason",
    "L2Book",
    "Ladder",
    "Side",
]
