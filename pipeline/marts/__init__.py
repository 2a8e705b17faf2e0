"""The marts: named tables at a stated grain, pure functions of the facts.

Cohort logic (who is a base, what counts as again, which months are compared) lives here and not
in the expressions of the metrics. Every mart has `branch_code` and `month`.
"""

from __future__ import annotations

from functools import cache

from pipeline.metrics.declaration import Mart


@cache
def marts() -> dict[str, Mart]:
    """All marts by id."""
    from pipeline.marts import follow_up, network, sheets, targets, visits

    modules = (network, sheets, targets, visits, follow_up)
    return {mart.id: mart for module in modules for mart in module.MARTS}
