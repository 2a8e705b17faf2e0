"""Breaking a title into lines that hold whole words and look alike (GB/T 9704-2012, 7.3.1)."""

from __future__ import annotations

import re

from pipeline.render.columns import em

# Words of office titles that are not to be torn. A break inside any of them is refused.
_WORDS = re.compile(
    "关于|通报|通知|情况|执行|流程|服务|销售|网点|分行|支行|省行|季度|月份|"
    "年度|督办|整改|报送|业绩|报表|暗访|检查|结果|分析|简报|快报|专报|报告|"
    "一页|三改|城市|二级|名次|评分|公正|公平|工会|趋势|总行|全省|导入|成效|"
    "固化|覆盖|申诉|核对|数据|修订|标准|指标|口径|说明|台账|名单|部门|个人|"
    "金融|工作|问题|处理|营业部|督办函|月报|季报|年报|摘要|附件|直管|机构|第一|"
    "第二|第三|第四|每月|每日|上半年|下半年"
)
_RUN = re.compile(
    r"[A-Za-z0-9.%,\-–]+(?:年度|年|月|日|季度)?|第.季度|（[^）]{1,8}）|《[^》]{1,12}》"
)
_NOT_FIRST = "，。、；：？！）》”’%年月日的了在和与及"
_NOT_LAST = "（《“‘第"


def title_lines(title: str, room: float) -> list[str]:
    """`title` in as few lines as `room` (em) allows, balanced, the first not the shortest.

    A title with line breaks of its own keeps them.
    """
    if "\n" in title:
        return [line.strip() for line in title.split("\n") if line.strip()]
    count = int(-(-em(title) // room)) or 1
    lines: list[str] = []
    rest = title
    for left in range(count, 1, -1):
        at = _best(rest, em(rest) / left, room)
        lines.append(rest[:at].strip())
        rest = rest[at:].strip()
    return [*lines, rest]


def _best(text: str, target: float, room: float) -> int:
    """The place to break nearest to `target` em where no word is torn."""
    allowed = [i for i in range(1, len(text)) if _may_break(text, i) and em(text[:i]) <= room]
    if not allowed:
        return max((i for i in range(1, len(text)) if em(text[:i]) <= room), default=len(text))
    return min(allowed, key=lambda i: abs(em(text[:i]) - target))


def _may_break(text: str, i: int) -> bool:
    before, after = text[i - 1], text[i]
    if before == " " or after == " ":
        return True
    if after in _NOT_FIRST or before in _NOT_LAST:
        return False
    if any(m.start() < i < m.end() for m in _RUN.finditer(text)):
        return False
    if before.isascii() and after.isascii():
        return False
    return not any(m.start() < i < m.end() for m in _WORDS.finditer(text))
