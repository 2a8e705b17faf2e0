"""Which uploads newer ones have replaced: all of their facts, not only their period.

Each city or branch may send its own sheet of a month, so a later sheet of the same month says
nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.office.uploads import followed
from pipeline.sheets import kinds
from pipeline.stores import Stores


def superseded(
    stores: Stores, uploads: Iterable[Mapping[str, Any]], *, wholly: bool = True
) -> set[str]:
    """Ids of the uploads whose every row (not `wholly`: any) has a newer one of its key.

    An upload that brought no row is not among them: nothing stands in its place. Lists that are no
    facts (shoppers) are sent whole: there the newer list counts.
    """
    warehouse, found = stores.warehouse, set[str]()
    by_table: dict[str, list[str]] = {}
    for row in uploads:
        table = kinds()[row["kind"]].table or "visit" if row["kind"] in kinds() else None
        if table in warehouse.tables:
            by_table.setdefault(table, []).append(row["upload_id"])
        elif followed(stores.office.connection, row):
            found.add(row["upload_id"])
    how = "bool_and" if wholly else "bool_or"
    for name, ids in by_table.items():
        key = ", ".join(f'"{column}"' for column in warehouse.tables[name].key)
        listed = ", ".join(f"'{upload}'" for upload in sorted(set(ids)))
        newer = warehouse.query(
            f'WITH newest AS (SELECT {key}, max(seq) AS top FROM "{name}" GROUP BY {key})'
            f' SELECT upload_id FROM "{name}" JOIN newest USING ({key})'
            f" WHERE upload_id IN ({listed}) GROUP BY upload_id HAVING {how}(top > seq)"
        )
        found |= set(newer["upload_id"])
    return found
