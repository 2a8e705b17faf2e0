"""What office and union decided about visits and items, as a publication applies it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

VISIT: dict[str, Any] = {"visit_id": pl.String, "signals": pl.List(pl.String)}
VETO: dict[str, Any] = {"visit_id": pl.String, "level": pl.Int32}
SHOPPER: dict[str, Any] = {"visit_id": pl.String, "shopper": pl.String}


@dataclass(frozen=True)
class Decided:
    """What office and union agreed on, and who went under which pseudonym.

    `excluded`: visits (columns of the fact table) with `signals`, the categories of the reasons;
    `items` (edition, item) left out of ranks; `shoppers` [visit_id, shopper], the shopper by the
    pseudonym of this publication. Vetoes decided on stand among the facts (`decided_veto`).
    """

    excluded: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=VISIT))
    items: frozenset[tuple[str, str]] = frozenset()
    shoppers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SHOPPER))
