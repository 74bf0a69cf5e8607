"""Binance spot: REST, WebSocket API and FIX share these codes.

Source: the venue's published list of errors and its pages on HTTP statuses. Where a text
gives no cause that lies in the request, the outcome of a change is taken as unknown: a needless
question costs one query, a needless retry an order.
"""

from typing import Final

from tools.core.calls import Silence
from tools.execution.answers.answer import (
    BACK_OFF,
    BUSY,
    DUPLICATE,
    FATAL,
    GONE,
    READS_ONLY,
    REFUSED,
    UNKNOWN,
    AnswerTable,
)

BINANCE_SPOT: Final = AnswerTable(
    "binance-spot",
    (
        # -1000, -1001: an internal error says nothing about what came before it.
        # -1006, -1007: "execution status unknown" in the venue's own words.
        # -1035: the FIX session is being closed; what was under way has no answer.
        # -2021, -2022: cancel-and-replace, by half or failed; its two legs have codes of their own.
        (UNKNOWN, (-1000, -1001, -1006, -1007, -1035, -2021, -2022)),
        (BUSY, (-1008,)),  # overloaded; the venue does not say that nothing was done
        # -1003, -1015: request weight, order count. -1034, -1181: connections, messages.
        (BACK_OFF, (-1003, -1015, -1034, -1181)),
        # Keys, permissions, signature; a service that is gone; a session of the wrong kind or
        # encoding. Each would be refused for ever.
        (
            FATAL,
            (
                -1002, -1016, -1020, -1022, -1033, -1152, -1153, -1155, -1161, -1175, -1178,
                -1183, -1184, -1185, -1186, -1187, -2014, -2015,
            ),
        ),
        # -2011: the order cannot be canceled, mostly because it is filled, canceled or unknown.
        # -2013: no such order. -2026: archived 90 days ago.
        (GONE, (-2011, -2013, -2026)),
        # Answers to subscriptions; 0 to 3 are those of the stream's control messages.
        (READS_ONLY, (0, 1, 2, 3, -1125, -1190, -1191, -2035, -2036, -2042, -2043)),
        (
            REFUSED,
            (
                -1013,  # did not reach the matching engine, says the venue
                -1021,  # outside recvWindow: checked before the engine takes it; the clock is off
                -2010,  # rejected by the engine; one of its texts is a duplicate, below
                -2016, -2039,
                # The request itself: characters, parameters, combinations, FIX tags, OCO and OPO rules.
                -1014, -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1111, -1112, -1114,
                -1115, -1116, -1117, -1118, -1119, -1120, -1121, -1122, -1127, -1128, -1130, -1134,
                -1135, -1139, -1145, -1151, -1158, -1160, -1165, -1166, -1168, -1169, -1170, -1171,
                -1172, -1173, -1174, -1176, -1177, -1179, -1180, -1182, -1188, -1189, -1194, -1196,
                -1197, -1198, -1199, -1210, -1211, -1220, -1221, -1222, -1223, -1224, -1225,
            ),
        ),
    ),
    texts=(
        (-2010, "Duplicate order sent.", DUPLICATE),
        (-2010, "This action is disabled on this account.", FATAL),
        (-2010, "This account may not place or cancel orders.", FATAL),
        # The order is still live: taking this -2011 for "gone" would lose it.
        (-2011, "Order was not canceled due to cancel restrictions.", REFUSED),
        (-2011, "Market is closed.", REFUSED),
        (-2011, "This action is disabled on this account.", FATAL),
        (-2011, "This account may not place or cancel orders.", FATAL),
    ),
    pauses=((Silence.NEW_ORDERS, (-1008, -1015)),),
    clock=(-1021,),
)  # fmt: skip
