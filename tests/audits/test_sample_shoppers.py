"""A small sample province: the inventing shopper is found for the planted reasons, nobody else.

The full study, 20 seeds of the default size: `make studies STUDY=fabrication`.
"""

from __future__ import annotations

from collections import Counter

from pipeline.sample.options import Options
from tests.studies.fabrication import Count, look
from tests.studies.seen import province

OPTIONS = Options(branches=40, months=12, rounds=4, seed=2)


def test_the_inventing_shopper_is_found_and_nobody_else() -> None:
    seen, count = province(OPTIONS), Count()
    look(seen, OPTIONS.seed, count)
    assert count.rounds == 3 and count.caught == 3  # the first round was honest
    assert count.invented == count.found > 20
    assert count.accused == set() and count.false_visits == 0
    assert count.signals >= Counter(copied_comments=3, short_stay=3, no_spread=2, travel=2)
