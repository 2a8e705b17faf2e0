"""The warehouse's questions in SQL: what is live, what is there, and its hash."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.warehouse import layers
from pipeline.warehouse.schema import FactTable

# Of one visit only the newest upload counts, whole: a corrected scorecard may have fewer rows.
_PARTS_OF_A_VISIT = ("encounter", "answer")
_ORDER = 'ORDER BY seq DESC, "row" DESC'


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


# Where facts lie that stand no longer, because their file was read anew with corrections.
FORMER = "former"


def counts(table: FactTable, schema: str = "main") -> str:
    """Rows per upload: upload_id, seq, rows, ''."""
    columns = "upload_id, any_value(seq) AS seq, count(*) AS rows, ''"
    return f'SELECT {columns} FROM {schema}."{table.id}" GROUP BY upload_id'


def hashes(table: FactTable, where: str = "", schema: str = "main") -> str:
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
    source = f'{schema}."{table.id}" {where}'
    text = f"SELECT upload_id, seq, concat_ws(chr(31), {pairs}) AS text FROM {source}"
    return (
        "SELECT upload_id, any_value(seq) AS seq, count(*) AS rows,"
        " sha256(array_to_string(list_sort(list(digest)), '')) AS hash"
        f" FROM (SELECT upload_id, seq, md5(text) AS digest FROM ({text})) GROUP BY upload_id"
    )


def set_aside(table: FactTable) -> tuple[str, str]:
    """Moves to FORMER the rows of uploads in `replaced` (seq, upload_id of the one that stands)."""
    own = "f.seq = replaced.seq AND f.upload_id <> replaced.upload_id"
    source = f'main."{table.id}" AS f'
    target = f'{FORMER}."{table.id}"'
    return (
        f"INSERT INTO {target} BY NAME SELECT f.* FROM {source} JOIN replaced ON {own}",
        f"DELETE FROM {source} USING replaced WHERE {own}",
    )


# Of the uploads just `loaded`: the seqs of corrected ones (their own number is another one), and
# which of all readings with that seq stands: the newest.
REPLACED = (
    "WITH numbered AS (SELECT DISTINCT seq, upload_id,"
    " CAST(split_part(upload_id, ':', 2) AS BIGINT) AS number FROM load),"
    " corrected AS (SELECT seq FROM numbered SEMI JOIN loaded USING (upload_id)"
    " WHERE number <> seq)"
    " SELECT seq, max_by(upload_id, number) AS upload_id FROM numbered"
    " SEMI JOIN corrected USING (seq) GROUP BY seq"
)
