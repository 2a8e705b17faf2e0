"""The sheets of one kind in a run, as its checks see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from pipeline.findings import Finding
from pipeline.sheets.declaration import SheetKind
from pipeline.validation.codes import register_of
from pipeline.validation.locating import Places
from pipeline.validation.outcome import rows_kept, statuses
from pipeline.validation.world import KnownWorld

if TYPE_CHECKING:
    from pipeline.parse import Parsed


class Subject:
    """`all`: what was parsed in the run, by kind; `kind` and `parsed`: the kind looked at.

    `told`: what was found so far; `shared`: what every kind that comes after the registers sees
    alike, worked out once. Everything else is worked out when it is asked for.
    """

    def __init__(
        self,
        all: Mapping[str, Parsed],
        kind_id: str,
        declared: Mapping[str, SheetKind],
        known: KnownWorld,
        told: Sequence[Finding],
        shared: dict[str, pl.DataFrame] | None = None,
    ) -> None:
        self.shared = {} if shared is None else shared
        self.all, self.declared, self.known = all, declared, known
        self.parsed, self.kind = all[kind_id], declared[kind_id]
        self.told = list(told)

    @cached_property
    def places(self) -> Places:
        """The cells of the kind's columns."""
        return Places(self.parsed.column_map, self.told)

    @cached_property
    def kept(self) -> dict[str, pl.DataFrame]:
        """Rows of the kind that nothing found so far keeps out, by table."""
        return self._taken(self.kind.id)

    @cached_property
    def register(self) -> pl.DataFrame:
        """The branch register as it will be after this run (of registers: as it would be)."""
        if "branches" not in self.all:
            return register_of(self.known.branches, None)
        if self.kind.id == "branches":
            return register_of(self.known.branches, self.parsed.tables["branch"])
        if "register" not in self.shared:
            own = self._taken("branches")["branch"]
            self.shared["register"] = register_of(self.known.branches, own)
        return self.shared["register"]

    @cached_property
    def shoppers(self) -> pl.DataFrame:
        """The shoppers as they will be: shopper_id, name, home_branch. Empty: there is no list."""
        wanted = ["shopper_id", "name", "home_branch"]
        parts = [self.known.shoppers]
        if "shoppers" in self.all:
            parts.append(self._taken("shoppers")["shopper"])
        typed = [p.select(pl.col(c).cast(pl.String) for c in wanted if c in p.columns)
                 for p in parts]  # fmt: skip
        both = pl.concat([pl.DataFrame(schema=dict.fromkeys(wanted, pl.String)), *typed],
                         how="diagonal")  # fmt: skip
        both = both.drop_nulls("shopper_id")
        return both.unique("shopper_id", keep="last", maintain_order=True)

    def _taken(self, kind_id: str) -> dict[str, pl.DataFrame]:
        one = {kind_id: self.all[kind_id]}
        status = statuses(one, {kind_id: self.declared[kind_id]}, self.told)
        return rows_kept(one, self.told, status)
