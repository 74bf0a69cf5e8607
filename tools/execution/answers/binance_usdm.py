"""Binance USD-M futures.

The numbers overlap with those of spot and do not mean the same: -2021, -2022 and -2026 are plain
refusals here.

Source: the venue's published list of errors and its page on HTTP 503.
"""

from typing import Final

from tools.core.calls import Silence
from tools.execution.answers.answer import (
    BACK_OFF,
    BUSY,
    DUPLICATE,
    FATAL,
    GONE,
    IN_TRANSIT,
    READS_ONLY,
    REFUSED,
    UNCHANGED,
    UNKNOWN,
    AnswerTable,
)

BINANCE_USDM: Final = AnswerTable(
    "binance-usdm",
    (
        # -1000, -1001: an internal error says nothing about what came before it.
        # -1006, -1007: "execution status unknown" in the venue's own words; -1007 comes with 408.
        # -1010, -4078: an error without a cause. -2012, -4083: a batch that failed, perhaps by half.
        (UNKNOWN, (-1000, -1001, -1006, -1007, -1010, -2012, -4078, -4083)),
        (BUSY, (-1008,)),  # overloaded; one of its texts is a definite refusal, below
        (BACK_OFF, (-1003, -1015)),
        # Keys, permissions, address, region, account status; a service that is gone.
        (
            FATAL,
            (
                -1002, -1011, -1016, -1020, -1022, -1099, -1109, -2014, -2015, -2017, -4056, -4057, -4088,
                -4109, -4402, -4403,
            ),
        ),
        (GONE, (-2011, -2013)),
        (DUPLICATE, (-4115, -4116)),
        # -5027: the order is as asked. The others: a setting of the account is.
        (UNCHANGED, (-4046, -4052, -4059, -4171, -5027)),
        # -4117: a stop order is triggering. -5043: an amendment of it is under way.
        (IN_TRANSIT, (-4117, -5043)),
        (READS_ONLY, (-1125, -4079, -4080, -4081)),
        (
            REFUSED,
            (
                -1013,
                -1021, -5028,  # outside recvWindow, at the gateway and at the engine: the clock is off
                -1004, -1005, -1014, -1023,
                # The request itself.
                -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1110, -1111, -1112, -1113,
                -1114, -1115, -1116, -1117, -1118, -1119, -1120, -1121, -1122, -1126, -1127, -1128,
                -1130, -1136,
                # Balance, margin, position, triggers.
                -2010, -2016, -2018, -2019, -2020, -2021, -2022, -2023, -2024, -2025, -2026, -2027, -2028,
                # Filters and parameters.
                -4000, -4001, -4002, -4003, -4004, -4005, -4006, -4007, -4008, -4009, -4010, -4011,
                -4012, -4013, -4014, -4015, -4016, -4017, -4018, -4019, -4020, -4021, -4022, -4023,
                -4024, -4025, -4026, -4027, -4028, -4029, -4030, -4031, -4032, -4033, -4044, -4045,
                -4047, -4048, -4049, -4050, -4051, -4053, -4054, -4055, -4058, -4060, -4061, -4062,
                -4063, -4064, -4065, -4066, -4067, -4068, -4069, -4070, -4071, -4072, -4073, -4074,
                -4075, -4076, -4077, -4082, -4084, -4085, -4086, -4087, -4104, -4114, -4118, -4131,
                -4135, -4137, -4138, -4139, -4140, -4141, -4142, -4144, -4161, -4164, -4165, -4167,
                -4168, -4169, -4170, -4172, -4183, -4184, -4192, -4202, -4203, -4205, -4206, -4208,
                -4209, -4210, -4211, -4400, -4401,
                -5021, -5022,  # FOK and post-only orders that could not be what they asked to be
                -5024, -5025, -5026, -5029, -5037, -5038, -5039, -5040, -5041,
            ),
        ),
    ),
    texts=(
        # The venue: this one always failed, and cancels are exempt from it.
        (-1008, "Request throttled by system-level protection", BACK_OFF),
        (-2010, "Duplicate order sent.", DUPLICATE),
    ),
    pauses=((Silence.NEW_ORDERS, (-1008, -1015)),),
    clock=(-1021, -5028),
)  # fmt: skip
