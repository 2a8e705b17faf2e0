"""Editions as they were used: copied into ledger and warehouse at first use, then immutable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from audits.bridges import line
from audits.scorecard import Edition
from pipeline.office.editions import USED as EDITION_USED
from pipeline.office.ledger import canonical
from pipeline.warehouse.store import Warehouse

__all__ = ["EDITION_USED", "body_of", "changed_editions", "edition_frames", "strange_editions"]

_ITEM = ("section", "step", "role", "zone", "kind", "points", "effect", "veto", "zh", "en")


def body_of(edition: Edition) -> dict[str, Any]:
    """The edition as plain JSON values."""
    return edition.model_dump(mode="json")


def changed_editions(warehouse: Warehouse, now: Mapping[str, Edition]) -> set[str]:
    """Ids of editions that say something else now than when they were first used.

    Compared as editions, not as text: a newer version may know more fields, all at their default.
    """
    used = warehouse.query("SELECT edition, body FROM edition").iter_rows()
    return {name for name, body in used if name in now and _as_used(body) != now[name]}


def _as_used(body: str) -> Edition | None:
    try:
        return Edition.model_validate_json(body)
    except ValueError:  # written by a version whose editions had another form
        return None


def strange_editions(
    warehouse: Warehouse, wanted: Iterable[str], now: Mapping[str, Edition]
) -> dict[str, str]:
    """Of the `wanted` editions those of another line than the ones in use: edition → one in use.

    Covert and open visits have a line each. What is used first, stored or wanted, sets the line.
    """
    used = warehouse.query("SELECT edition FROM edition ORDER BY first_used_seq, edition")
    lines: dict[str, Edition] = {}
    strange: dict[str, str] = {}
    for name in dict.fromkeys([*used.get_column("edition"), *wanted]):
        if name not in now:
            continue
        first = line(now[name], now)[-1]
        known = lines.setdefault(first.instrument, now[name])
        if line(known, now)[-1].id != first.id:
            strange[name] = known.id
    return {name: strange[name] for name in wanted if name in strange}


def edition_frames(
    used: list[tuple[int, dict[str, Any]]], warehouse: Warehouse
) -> dict[str, pl.DataFrame]:
    """Rows of `edition`, `item` and `item_bridge` that the warehouse does not have yet."""
    known = set(warehouse.query("SELECT edition FROM edition").get_column("edition"))
    new = [(seq, p["body"]) for seq, p in used if p["edition"] not in known]
    if not new:
        return {}
    rows = {
        "edition": [_edition_row(seq, body) for seq, body in new],
        "item": [_item_row(body["id"], item) for _, body in new for item in body["items"]],
        "item_bridge": [row for _, body in new for row in _bridge_rows(body)],
    }
    return {t: pl.DataFrame(r, infer_schema_length=None) for t, r in rows.items() if r}


def _edition_row(seq: int, body: dict[str, Any]) -> dict[str, Any]:
    text = canonical(body)
    digest = hashlib.sha256(text.encode()).hexdigest()
    instrument = body["instrument"]
    return {
        "edition": body["id"],
        "instrument": instrument,
        "sha256": digest,
        "body": text,
        "first_used_seq": seq,
    }


def _item_row(edition: str, item: dict[str, Any]) -> dict[str, Any]:
    return {"edition": edition, "item_id": item["id"]} | {c: item.get(c) for c in _ITEM}


def _bridge_rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "edition": body["id"],
            "former_edition": body["former"],
            "former_item": bridge["former"],
            "relation": bridge["relation"],
            "item_id": item,
        }
        for bridge in body["bridge"]
        for item in bridge["items"] or [None]
    ]
