"""Months that several uploads tell of: each column from the newest accepted sheet that has it.

The office's columns (系统取数) and the branch's (网点填报) come in different workbooks, and neither
may wipe the other's. A column that the newer sheet lacks keeps the older value; a blank cell in a
column that it has means blank. `column_map` says which columns a sheet has; a sheet it knows
nothing of counts as having all of them.

Only keys with more than one accepted row are looked at: where nothing was sent twice this costs
one count.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.warehouse.schema import SOURCE, FactTable

_NO_MAP = "(SELECT '' AS upload_id, '' AS sheet, '' AS \"column\" WHERE false)"
_PLACE = "upload_id, sheet"


def depth(tables: Mapping[str, FactTable]) -> str:
    """How many accepted rows the most often sent branch and month has; at least 1."""
    key = _key(tables["performance"])
    counted = f"SELECT count(*) AS times FROM performance GROUP BY {key}"
    return f"SELECT coalesce(max(times), 1) FROM ({counted})"


def live(tables: Mapping[str, FactTable], depth: int) -> str:
    """The merged row of each branch and month: place of its newest layer, `sha256` beside it."""
    table = tables["performance"]
    values = ", ".join(
        f'CASE WHEN b."at:{c}" > 1 THEN b."{c}" ELSE n."{c}" END AS "{c}"' for c in _values(table)
    )
    own = ", ".join(f'n."{c}"' for c in (*SOURCE, *table.key))
    newest = f"SELECT * FROM performance QUALIFY {_number(table)} = 1"
    return (
        f"WITH {_layers(tables, depth)}, {_open(tables)} SELECT {own}, {values},"
        f" split_part(n.upload_id, ':', 1) AS sha256 FROM ({newest}) AS n"
        f" LEFT JOIN best AS b USING ({_key(table)}) {_not_hidden('n')} ORDER BY ALL"
    )


def elsewhere(tables: Mapping[str, FactTable], depth: int) -> str:
    """The older layers still live: branch_code, month, columns (ids, by commas), sha256, place."""
    table = tables["performance"]
    taken = ", ".join(f"CASE WHEN \"at:{c}\" = layer THEN '{c}' END" for c in _values(table))
    return (
        f"WITH {_layers(tables, depth)}, {_open(tables)}"
        f" SELECT {_key(table)}, concat_ws(',', {taken}) AS columns,"
        " split_part(upload_id, ':', 1) AS sha256, sheet, \"row\""
        f' FROM (SELECT upload_id, sheet, "row", layer, {_key(table)} FROM layer'
        f" WHERE layer > 1) AS n JOIN best USING ({_key(table)}) {_not_hidden('n')}"
        " WHERE columns <> '' ORDER BY ALL"
    )


def quarantined(tables: Mapping[str, FactTable]) -> str:
    """Performance rows kept out by an error whose columns were not all sent again since."""
    return f"WITH {_open(tables)} SELECT * FROM waiting"


def _values(table: FactTable) -> list[str]:
    return [c for c in table.columns if c not in SOURCE and c not in table.key]


def _figures(table: FactTable) -> list[str]:
    """Columns that a correction must say again: a name beside the code is no figure."""
    return [c for c in _values(table) if table.columns[c] != "VARCHAR"]


def _key(table: FactTable) -> str:
    return ", ".join(f'"{c}"' for c in table.key)


def _number(table: FactTable) -> str:
    return f'row_number() OVER (PARTITION BY {_key(table)} ORDER BY seq DESC, "row" DESC)'


def _map(tables: Mapping[str, FactTable]) -> str:
    return "column_map" if "column_map" in tables else _NO_MAP


def _layers(tables: Mapping[str, FactTable], depth: int) -> str:
    """CTEs `layer` (1 = newest) and `best`: per key and column the layer it comes from, its value.

    "at:<column>" is NULL where no sheet has the column. One join for each layer of `depth`:
    aggregates over the layers of a key take several times as long.
    """
    table = tables["performance"]
    had = ", ".join(f'bool_or("column" = \'{c}\') AS "had:{c}"' for c in _values(table))
    has = ", ".join(f'coalesce("had:{c}", true) AS "has:{c}"' for c in _values(table))
    merged = ", ".join(_newest(c, depth) for c in _values(table))
    older = "".join(
        f" LEFT JOIN (SELECT * FROM layer WHERE layer = {n}) AS l{n} USING ({_key(table)})"
        for n in range(2, depth + 1)
    )
    return (
        f"many AS (SELECT {_key(table)} FROM performance GROUP BY ALL HAVING count(*) > 1),"
        f" sent AS MATERIALIZED (SELECT *, {_number(table)} AS layer"
        f" FROM performance SEMI JOIN many USING ({_key(table)})),"
        f" told AS (SELECT {_PLACE}, {had} FROM {_map(tables)}"
        f" SEMI JOIN (SELECT DISTINCT {_PLACE} FROM sent) USING ({_PLACE}) GROUP BY {_PLACE}),"
        f" layer AS MATERIALIZED (SELECT sent.*, {has} FROM sent LEFT JOIN told USING ({_PLACE})),"
        f" best AS MATERIALIZED (SELECT {_key(table)}, {merged}"
        f" FROM (SELECT * FROM layer WHERE layer = 1) AS l1{older})"
    )


def _newest(column: str, depth: int) -> str:
    """The newest layer that has the column, and its value there (NULL: a blank cell)."""
    cases = range(1, depth + 1)
    at = " ".join(f'WHEN l{n}."has:{column}" THEN {n}' for n in cases)
    value = " ".join(f'WHEN l{n}."has:{column}" THEN l{n}."{column}"' for n in cases)
    return f'CASE {at} END AS "at:{column}", CASE {value} END AS "{column}"'


def _open(tables: Mapping[str, FactTable]) -> str:
    """CTE `waiting`: quarantined rows that are not over yet.

    One is over when newer accepted rows of its key have said every figure that its sheet had: the
    branch's sheet does not mend an error in the office's.
    """
    listed = ", ".join(f"'{c}'" for c in _figures(tables["performance"]))
    return (
        "kept_out AS MATERIALIZED (SELECT *, row_number() OVER () AS id FROM quarantine"
        " WHERE kind = 'performance'),"
        " newer AS MATERIALIZED (SELECT q.id, p.upload_id, p.sheet FROM kept_out AS q"
        ' JOIN performance AS p ON p.branch_code = q.branch_code AND p."month" = q.period'
        " AND p.seq > q.seq),"
        f" place AS (SELECT {_PLACE} FROM kept_out UNION SELECT {_PLACE} FROM newer),"
        f' mapped AS MATERIALIZED (SELECT {_PLACE}, "column" FROM {_map(tables)}'
        f" SEMI JOIN place USING ({_PLACE})),"
        f' had AS (SELECT * FROM mapped WHERE "column" IN ({listed}) UNION ALL'
        f' SELECT {_PLACE}, unnest([{listed}]) AS "column" FROM place'
        f" ANTI JOIN mapped USING ({_PLACE})),"
        f' said AS (SELECT id, "column" FROM newer JOIN had USING ({_PLACE})),'
        f' asked AS (SELECT id, "column" FROM kept_out JOIN had USING ({_PLACE})'
        " SEMI JOIN newer USING (id)),"
        ' not_over AS (SELECT id FROM asked ANTI JOIN said USING (id, "column")'
        " UNION SELECT id FROM kept_out ANTI JOIN newer USING (id)),"
        " waiting AS MATERIALIZED (SELECT * EXCLUDE id FROM kept_out SEMI JOIN not_over USING (id))"
    )


def _not_hidden(rows: str) -> str:
    return (
        f" ANTI JOIN waiting AS w ON w.branch_code = {rows}.branch_code"
        f' AND w.period = {rows}."month"'
    )
