"""An office of four branches in two cities: each with an address, and rows that are its own."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipeline import reports
from pipeline.commit import Group, Incoming, commit
from pipeline.folders import DataFolder
from pipeline.office.uploads import Upload
from pipeline.publication import Publication, open_publication
from pipeline.publish import publish
from pipeline.reports import Entry
from pipeline.reports.blocks import Document, Table, TableColumn
from pipeline.stores import open_stores

PERIOD = "2026-09"
# code, name, level, parent, address
NODES: tuple[tuple[str, str, str, str | None, str], ...] = (
    ("37", "全省", "省行", None, ""),
    ("3701", "甲州分行", "二级分行", "37", "jiazhou@bank.example"),
    ("3702", "乙州分行", "二级分行", "37", ""),
    ("370101", "甲州云安支行", "支行", "3701", ""),
    ("370201", "乙州海口支行", "支行", "3702", ""),
    ("0137010101", "云安东门网点", "网点", "370101", "dongmen@bank.example"),
    ("0137010102", "云安西桥网点", "网点", "370101", "xiqiao@bank.example；xiqiao2@bank.example"),
    ("0137020101", "海口南港网点", "网点", "370201", "nangang@bank.example"),
    ("0137020102", "海口北山网点", "网点", "370201", ""),
)
BRANCHES = [n for n in NODES if n[2] == "网点"]
EAST, WEST, SOUTH, NORTH = (n[0] for n in BRANCHES)
ADDRESSES = {
    "jiazhou@bank.example": "3701",
    "dongmen@bank.example": EAST,
    "xiqiao@bank.example": WEST,
    "xiqiao2@bank.example": WEST,
    "nangang@bank.example": SOUTH,
}


def _register(mails: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"branch_code": code, "branch_name": name, "level": level, "parent_code": parent,
         "email": mails.get(code, mail) or None, "peer_group": "城区" if level == "网点" else None}
        for code, name, level, parent, mail in NODES
    ]  # fmt: skip


def receive(folder: DataFolder, table: str, kind: str, rows: list[dict[str, Any]]) -> None:
    """Facts by the real protocol, without the reading of a workbook (that is seconds)."""
    path = folder.root.parent / f"{kind}-{len(list(folder.root.parent.glob('*.x')))}.x"
    path.write_text(f"{table} {rows}", "utf-8")
    source = {"file": 0, "sheet": "表"}
    frame = pl.DataFrame(
        [source | {"row": n} | r for n, r in enumerate(rows, start=4)],
        schema_overrides={"file": pl.UInt32},
    )
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    upload = Upload(
        sha256, "x", path.name, kind, PERIOD, "accepted", len(rows), planned={table: len(rows)}
    )
    with open_stores(folder) as stores:
        commit(stores, Group([Incoming(0, path, upload)], {table: frame}), "office")


def reported(folder: DataFolder, *codes: str) -> None:
    """September of these branches comes in: served and identified differ for each."""
    order = [n[0] for n in BRANCHES]
    rows = [
        {"branch_code": c, "month": PERIOD, "served": 900 + order.index(c),
         "identified": 300 + order.index(c)}
        for c in codes
    ]  # fmt: skip
    receive(folder, "performance", "performance", rows)


def office_of(
    root: Path, codes: tuple[str, ...] = (), mails: Mapping[str, str] | None = None
) -> DataFolder:
    """The register, and September of these branches; no check period."""
    folder = DataFolder(root / "data")
    folder.root.mkdir(parents=True)
    folder.settings.write_text("check_days: 0\n", "utf-8")
    receive(folder, "branch", "branches", _register(mails or {}))
    if codes:
        reported(folder, *codes)
    return folder


def made_office(root: Path, stage: str = "formal") -> DataFolder:
    """September of every branch, published."""
    folder = office_of(root, tuple(n[0] for n in BRANCHES))
    publish(folder, PERIOD, stage=stage)
    return folder


def published(folder: DataFolder) -> Publication:
    found = open_publication(folder, PERIOD)
    assert found is not None
    return found


def own_page(publication: Publication, lang: Any, code: str) -> Document:
    """A document of one node: the rows of `metric_value` that are its own."""
    values = publication.table("metric_value")
    own = values.filter((values["scope"] == code) & (values["metric"] == "identification_rate"))
    rows = [
        {"scope": r["scope"], "numerator": r["numerator"], "denominator": r["denominator"]}
        for r in own.filter(own["period"] == PERIOD).to_dicts()
    ]
    columns = (
        TableColumn("scope", "网点代码"),
        TableColumn("numerator", "识别", "integer"),
        TableColumn("denominator", "接待", "integer"),
    )
    name = publication.table("scope").filter(publication.table("scope")["scope"] == code)["name"]
    return Document(
        id="page", title=f"{name[0]}一页", subtitle="", issuer="省行", date="2026年10月1日",
        period=publication.period, revision=publication.revision, language=lang,
        blocks=(Table("指标", columns, rows, len(rows), id="own"),), meta={"date": "2026-10-01"},
    )  # fmt: skip


def with_pages(patch: pytest.MonkeyPatch) -> None:
    """A document made for each branch and city, beside those there are for the whole province."""
    there = [e for e in reports.catalogue() if e.id == "express"]
    page = Entry("page", "一页", "Page", ("city", "branch"), own_page, ("branch", "city", "direct"))
    patch.setattr(reports, "catalogue", lambda: (*there, page))


def written(publication: Publication, out: Path, formats: list[str]) -> list[dict[str, Any]]:
    """The pages of all nodes and the express, made here: children know nothing of a patch."""
    from pipeline.making.jobs import jobs_of, work
    from pipeline.making.wanted import wanted

    out.mkdir(parents=True, exist_ok=True)
    jobs = jobs_of(publication, wanted(publication, None, formats, None), ["zh"])
    return [made.to_json() for job in jobs for made in work(job, out)]


def attachments(message: EmailMessage) -> dict[str, bytes]:
    return {
        str(part.get_filename()): part.get_payload(decode=True)  # type: ignore[misc]
        for part in message.iter_attachments()
    }


def cells(content: bytes) -> list[str]:
    """Every cell of a workbook as text."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", ".*extension is not supported"
        )  # bars in cells, which it leaves out
        book = openpyxl.load_workbook(io.BytesIO(content))
    return [
        str(v) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)
        for v in row if v is not None
    ]  # fmt: skip
