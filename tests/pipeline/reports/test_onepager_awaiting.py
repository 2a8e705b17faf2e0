"""What a one-pager says where a visit of its branch awaits review, and of items never done."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.reports.onepager import _fact

UNDONE = {"applicable": 2.0, "lost": 2.0, "answers": 2, "reasons": ["服务很好"]}


@pytest.mark.parametrize(
    ("item", "doubted", "zh"),
    [
        (UNDONE, False, "检查2次都没有做到，失2分（应得2分）；暗访员另写：服务很好"),
        (UNDONE, True, "检查2次都没有做到，失2分（应得2分）；暗访员所写待复核，暂不引用"),
        (
            UNDONE | {"reasons": []},
            True,
            "检查2次都没有做到，失2分（应得2分），暗访员未另写说明",
        ),
        (UNDONE | {"lost": 1.0}, True, "检查2次，失1分（应得2分）；暗访员所写待复核，暂不引用"),
        (UNDONE | {"lost": 1.0}, False, "检查2次，失1分（应得2分）：服务很好"),
        (
            UNDONE | {"answers": 1},
            False,
            "检查1次，没有做到，失2分（应得2分）；暗访员另写：服务很好",
        ),
        (UNDONE | {"applicable": 0.0}, True, "检查2次，扣2分；暗访员所写待复核，暂不引用"),
        (
            UNDONE | {"applicable": 0.0, "reasons": None},
            True,
            "检查2次，扣2分，暗访员未另写说明",
        ),
    ],
)
def test_what_was_answered_stands_before_what_was_written(
    item: dict[str, Any], doubted: bool, zh: str
) -> None:
    assert _fact("zh", item, doubted) == zh
    assert not (doubted and "服务很好" in _fact("en", item, doubted))
    assert ("await" in _fact("en", item, doubted)) == (doubted and bool(item["reasons"]))
