"""What is really so in the synthetic province: quality, effect, and who breaks the rules.

Quality lives on a logit scale: q = branch + (effect, once introduced) − (relapse). Between-branch
and within-visit spreads are chosen so that one visit has an ICC of about 0.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.periods import quarter_of
from pipeline.sample.options import Options
from pipeline.sample.planned import Planned
from pipeline.sample.province import GROUPS, Province

BRANCH_SD = 0.36  # between branches
VISIT_SD = 0.42  # between visits of one branch
SEVERITY_SD = 0.15  # between shoppers
ITEM_SD = 0.45  # a branch's own weak and strong items
EFFECT = 0.60  # logit shift of adherence once the process is introduced
RELAPSE = 1.30  # logit drop of a relapsing branch
# Additive effect on the self-declared rates, once introduced.
RATE_EFFECT = {"reported_speak_up": 0.10, "identification_rate": 0.06, "referral_rate": 0.08}
WITHOUT_EFFECT = (
    "satisfaction", "complaints", "substitution_rate", "fee_share", "deposit_growth",
    "insurance_sales", "key_client_churn",
)  # fmt: skip
_GROUP_SHIFT = dict(zip(GROUPS, (0.20, 0.05, -0.05, -0.10), strict=True))


@dataclass(frozen=True)
class Relapse:
    branch: int  # index
    round: str  # the first round in which it shows


@dataclass(frozen=True)
class Truth:
    """Hidden facts, by branch index. `quality` is the logit before any effect."""

    quality: np.ndarray  # [branch]
    item_shift: np.ndarray  # [branch, 200]: column = position of the item in its edition
    relapses: tuple[Relapse, ...]
    inflater: int  # branch that inflates its self-declared figures
    shoppers: tuple[str, ...]
    severity: dict[str, float]
    fabricator: str
    fabricates_from: str  # round

    def invents(self, plan: Planned) -> bool:
        """Whether the shopper of a planned visit makes it up."""
        return plan.shopper == self.fabricator and plan.round >= self.fabricates_from

    def is_introduced(self, province: Province, branch: int, month: str) -> bool:
        """Whether the process runs in `month` (it starts with the month of introduction)."""
        day = province.branches[branch].introduced
        return day is not None and f"{day:%Y-%m}" <= month

    def logit(self, province: Province, branch: int, month: str) -> float:
        """True logit of a branch in a month, effect and relapse included."""
        shift = EFFECT * self.is_introduced(province, branch, month)
        for relapse in self.relapses:
            if relapse.branch == branch and quarter_of(month) >= relapse.round:
                shift -= RELAPSE
        return float(self.quality[branch] + shift)


def _relapses(options: Options, province: Province) -> tuple[Relapse, ...]:
    """Two branches that had introduced early enough to fall back; fewer in a tiny province."""
    rounds = options.round_list or options.quarters
    starts = [rounds[len(rounds) // 2], rounds[min(len(rounds) - 1, len(rounds) // 2 + 1)]]
    found: list[Relapse] = []
    taken: set[str] = set()
    for start in starts:
        for branch in sorted(province.branches, key=lambda b: (str(b.introduced), b.code)):
            early = branch.introduced and f"{branch.introduced:%Y-%m}" < options.first_month(start)
            if early and branch.parent not in taken:
                found.append(Relapse(branch.index, start))
                taken.add(branch.parent)
                break
    return tuple(found)


def _inflater(province: Province, quality: np.ndarray, relapses: tuple[Relapse, ...]) -> int:
    """A weak branch: inflated figures stand out against what shoppers see."""
    barred = {r.branch for r in relapses}
    order = [int(i) for i in np.argsort(quality) if int(i) not in barred]
    return order[len(order) // 10] if order else 0


def make_truth(options: Options, province: Province) -> Truth:
    """Draws the hidden facts of a province."""
    chance = options.chance("truth")
    count = len(province.branches)
    group = np.array([_GROUP_SHIFT[b.group] for b in province.branches])
    quality = 0.95 + group + chance.normal(0, BRANCH_SD, count)
    relapses = _relapses(options, province)
    shoppers = tuple(f"S{i + 1:03d}" for i in range(max(6, -(-count // 5))))
    rounds = options.round_list or options.quarters
    return Truth(
        quality=quality,
        item_shift=chance.normal(0, ITEM_SD, (count, 200)),
        relapses=relapses,
        inflater=_inflater(province, quality, relapses),
        shoppers=shoppers,
        severity={s: float(chance.normal(0, SEVERITY_SD)) for s in shoppers},
        fabricator=shoppers[min(6, len(shoppers) - 1)],
        fabricates_from=rounds[len(rounds) // 3],
    )
