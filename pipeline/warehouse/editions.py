"""Editions as they were used: copied into ledger and warehouse at first use, then immutable."""

from __future__ import annotations

import hashlib
from typing import Any

import polars as pl

from audits.scorecard import Edition
from pipeline.faults import Fault
from pipeline.office.ledger import canonical
from pipeline.warehouse.store import Warehouse

EDITION_USED = "edition.used"
_ITEM = ("section", "step", "role", "zone", "kind", "points", "effect", "veto", "zh", "en")


def body_of(edition: Edition) -> dict[str, Any]:
    """The edition as plain JSON values."""
    return edition.model_dump(mode="json")


def refuse_changed(used: list[tuple[int, dict[str, Any]]], now: dict[str, dict[str, Any]]) -> None:
    """Fault (exit 1) if an edition in use says something else than when it was first used."""
    for _, payload in used:
        name = payload["edition"]
        if name in now and now[name] != payload["body"]:
            raise Fault(
                f"评分表版本 {name} 已在使用，不能再改。请恢复原内容，改动另立新版本。",
                f"Scorecard edition {name} is in use and can no longer change. "
                "Put its text back and make the change a new edition.",
                1,
            )


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
