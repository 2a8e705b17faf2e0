"""The warehouse's questions in SQL: what is live, what is there, and its hash."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.warehouse import layers
from pipeline.warehouse.schema import FactTable

# Of one visit only the newest upload counts, whole: a corrected scorecard may have fewer rows.
_PARTS_OF_A_VISIT = ("encounter", "answer")
_ORDER = 'ORDER BY seq DESC, "row" DESC'


# Uploads whose place another took: the same file, read anew with corrections. See `standing`.
REPLACED = (
    "SELECT upload_id FROM (SELECT DISTINCT upload_id, seq FROM load) QUALIFY row_number() OVER"
    " (PARTITION BY seq ORDER BY CAST(split_part(upload_id, ':', 2) AS BIGINT) DESC) > 1"
)


def standing(tables: Mapping[str, FactTable], sql: str) -> str:
    """`sql` with every fact table left without the rows of replaced uploads."""
    views = ", ".join(
        f'"{t.id}" AS (SELECT * FROM main."{t.id}" ANTI JOIN replaced USING (upload_id))'
        for t in tables.values()
        if "upload_id" in t.columns
    )
    rest = f", {sql.removeprefix('WITH ')}" if sql.startswith("WITH ") else f" {sql}"
    return f"WITH replaced AS ({REPLACED}), {views}{rest}"


def _newest(key: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{c}"' for c in key)
    return f"QUALIFY row_number() OVER (PARTITION BY {columns} {_ORDER}) = 1"


def live(table: FactTable) -> str:
    """Of the accepted rows with one key, the highest seq; `sha256` beside it.

    Performance months are merged from several sheets: see :mod:`pipeline.warehouse.layers`.
    """
    if "upload_id" not in table.columns:
        return f'SELECT * FROM "{table.id}" ORDER BY ALL'
    newest = f"SELECT *, split_part(upload_id, ':', 1) AS sha256 FROM \"{table.id}\""
    if table.id in _PARTS_OF_A_VISIT:
        newest += " SEMI JOIN (SELECT visit_id, max(seq) AS seq FROM visit GROUP BY visit_id)"
        newest += " USING (visit_id, seq)"
    return f"SELECT * FROM ({newest} {_newest(table.key)}) ORDER BY ALL"


def quarantined(tables: Mapping[str, FactTable]) -> str:
    """Rows kept out by an error and not mended since, the newest of each key."""
    waiting = layers.quarantined(tables)
    others = "SELECT * FROM quarantine WHERE kind <> 'performance'"
    return (
        "SELECT *, split_part(upload_id, ':', 1) AS sha256"
        f" FROM (SELECT * FROM ({waiting}) UNION ALL BY NAME {others})"
        f" {_newest(('kind', 'branch_code', 'period'))} ORDER BY ALL"
    )


def counts(table: FactTable) -> str:
    """Rows per upload: upload_id, seq, rows, ''."""
    columns = "upload_id, any_value(seq) AS seq, count(*) AS rows, ''"
    return f'SELECT {columns} FROM "{table.id}" GROUP BY upload_id'


def hashes(table: FactTable, where: str = "") -> str:
    """Rows and content hash per upload: upload_id, seq, rows, hash.

    SHA-256 over the sorted MD5s of the rows (sorting whole texts takes twice as long; this is
    against damage, not against forgers). A row is written as `column=value` of what is not NULL,
    so that a column declared later leaves older hashes as they were.
    """
    pairs = ", ".join(
        f"'{c}=' || CAST(\"{c}\" AS VARCHAR)"
        for c in sorted(table.columns)
        if c not in ("upload_id", "seq")
    )
    text = f'SELECT upload_id, seq, concat_ws(chr(31), {pairs}) AS text FROM "{table.id}" {where}'
    return (
        "SELECT upload_id, any_value(seq) AS seq, count(*) AS rows,"
        " sha256(string_agg(digest, '' ORDER BY digest)) AS hash"
        f" FROM (SELECT upload_id, seq, md5(text) AS digest FROM ({text})) GROUP BY upload_id"
    )
