"""晨会、夕会、周例会: meetings held of those the branch's own calendar has room for."""

from pipeline.metrics.components import sheet
from pipeline.metrics.declaration import Component, Metric

_NOTE_ZH = "按网点自己的日历：中国法定节假日与调休、周末营业、月中开业或停业。"
_NOTE_EN = (
    "By the branch's own calendar: Chinese public holidays and swapped workdays, weekend opening, "
    "opening or closing within the month."
)


def _held(id: str, zh: str, en: str, held: str, expected: str, unit: tuple[str, str]) -> Metric:
    calendar = Component("performance", lambda t: t[expected], ("branch_code",))
    return Metric(
        id,
        f"{zh}召开率",
        f"{en} rate",
        "ratio",
        (sheet(held), calendar),
        "%",
        "up",
        f"{zh}次数 ÷ 网点日历上的{unit[0]}",
        f"meetings held ÷ {unit[1]} in the branch's calendar",
        observed=False,
        note_zh=_NOTE_ZH,
        note_en=_NOTE_EN,
        introduction="suitable",
    )


_DAYS = ("营业日数", "business days")
METRICS = (
    _held(
        "morning_meeting_rate",
        "晨会",
        "Morning meeting",
        "morning_meetings",
        "expected_days",
        _DAYS,
    ),
    _held(
        "evening_meeting_rate",
        "夕会",
        "Evening meeting",
        "evening_meetings",
        "expected_days",
        _DAYS,
    ),
    _held(
        "weekly_meeting_rate",
        "周例会",
        "Weekly meeting",
        "weekly_meetings",
        "expected_weeks",
        ("营业周数", "business weeks"),
    ),
    Metric(
        "meeting_length_ok",
        "会议时长达标率",
        "Meetings of the right length",
        "ratio",
        (sheet("meetings_in_time"), sheet("evening_meetings")),
        "%",
        "up",
        "会议时长达标次数 ÷ 夕会次数",
        "evening meetings within the band ÷ evening meetings",
        observed=False,
        note_zh="默认指夕会（约13至15分钟）；时长区间是指引，可配置。",
        note_en="The evening meeting by default (about 13-15 minutes); the band is guidance.",
        introduction="suitable",
    ),
)
