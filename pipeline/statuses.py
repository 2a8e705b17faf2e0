"""The statuses of published values and ranks in words, for commands and pages alike."""

from __future__ import annotations

from collections.abc import Mapping

Said = Mapping[str, tuple[str, str]]  # status -> Chinese, English

VALUE: Said = {
    "ok": ("正常", "ok"),
    "not_reported": ("未报送", "not reported"),
    "pending_correction": ("待更正", "to be corrected"),
    "insufficient": ("样本不足", "insufficient"),
    "not_introduced": ("未导入", "not introduced"),
    "undecided": ("尚无已办结的申诉", "none decided yet"),
    "incomplete": ("期内有月份未报", "months of it not reported"),
    "suppressed": ("不予显示", "withheld"),
    "not_formal": ("正式通报后显示", "shown once formal"),
}
RANK: Said = {
    "ok": ("有名次", "ranked"),
    "insufficient": ("样本不足", "insufficient"),
    "not_visited": ("未暗访", "not visited"),
    "unreliable": ("信度不足", "not reliable enough"),
    "by_decision": ("名次不稳定，不宜单独用于奖惩", "unstable rank, not to decide alone"),
    "no_visit_variance": ("无法估计误差", "chance unknown"),
    "no_spread": ("无法估计误差", "chance unknown"),
    "alone": ("只有一个网点", "the only branch"),
    "not_ranked": ("不排名", "not ranked"),
}
