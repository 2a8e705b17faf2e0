"""One story, told by the command line: a bad visit → appeal partly upheld → revision → …

Two branches, the third quarter of 2026. Every figure was worked out by hand: covert-1 has 100
points; an item asked at two counters gives half its points at each.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import docx
import pytest

from tests.pipeline.offices import (
    CLERK,
    EAST_HEAD,
    UNION,
    WEST_HEAD,
    Clock,
    Line,
    card,
    cell_of,
    running_round,
    with_register,
)
from tests.pipeline.test_ingest import EAST, WEST

SHOPPER = "S0417"
# STEP2A 2.5 points (both counters), MGR03 1.5, CH04 1: the east gets 95, the west 100.
LOST = {("STEP2A", 1): "否", ("STEP2A", 2): "否", ("MGR03", 0): 0, ("CH04", 0): "否"}
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def adherence(line: Line, branch: str) -> float:
    asked = ("metrics", "--period", "2026Q3", "--metric", "adherence", "--scope", branch)
    (row,) = json.loads(line.run(*asked, "--format", "json"))
    return float(row["value"])


# Long because it is a story: each step rests on those before.
def test_a_bad_visit_an_appeal_and_a_revision(  # noqa: PLR0915
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, clock = Line(tmp_path / "data"), Clock(monkeypatch)

    # A round under two keys, two visits, sealed.
    with_register(line, tmp_path / "sheets")
    running_round(line, clock)
    bad = card(tmp_path / "bad.xlsx", EAST, date(2026, 9, 10), LOST, shopper=SHOPPER)
    good = card(tmp_path / "good.xlsx", WEST, date(2026, 9, 11), shopper=SHOPPER, hour=14)
    line.run("ingest", str(bad), str(good))
    clock.set(9, 29)
    line.run("round", "seal", "2026Q3", "--as", CLERK)

    # Published on Friday 9 October; checked on the 10th (a Saturday, worked), 12th and 13th.
    clock.set(10, 9)
    first = line.json("publish", "publish", "--period", "2026Q3")
    assert first["check"]["until"] == "2026-10-13"
    assert adherence(line, EAST[0]) == pytest.approx(0.95)
    assert adherence(line, WEST[0]) == pytest.approx(1.0)

    # The west confirms; the east appeals what was said at the counters, with a photo as proof.
    clock.set(10, 12)
    told = line.json("confirm", "confirm", "--period", "2026Q3", "--branch", WEST[0])
    assert (told["confirmed"], told["branches"]) == (1, 2)
    proof = tmp_path / "现场照片.pdf"
    proof.write_bytes(PDF)
    why = f"两次都问候了客户，监控可证；暗访员{SHOPPER}没听清，客户王女士在场，电话13912345678。"
    appeal = ("appeal", "file", "--period", "2026Q3", "--item", "STEP2A", "--reason", why)
    filed = line.json("appeal", *appeal, "--evidence", str(proof), "--as", EAST_HEAD)
    assert (filed["appeal"], filed["encounters"], filed["state"]) == (1, [1, 2], "filed")
    line.run("appeal", "file", "--period", "2026Q3", "--item", "STEP2A", "--reason", why,
             "--as", WEST_HEAD, expect=2)  # fmt: skip

    # The office proposes half of it, the union reads it without names and agrees.
    line.run("appeal", "agree", "1", "--as", UNION, expect=1)  # nothing was proposed yet
    half = ("--outcome", "partly", "--answer", "1=是", "--reason", "柜台1有录音，柜台2没有")
    line.run("appeal", "propose", "1", *half, "--as", f"钱东/office@{EAST[0]}", expect=1)
    clock.set(10, 13)
    line.json("appeal", "appeal", "propose", "1", *half, "--as", CLERK)
    seen = line.json("appeal-list", "appeal", "list", "1", "--as", UNION)["appeals"][0]
    (words,) = [a["reason"] for a in seen["acts"] if a["event"] == "file"]
    for hidden in (SHOPPER, "王女士", "13912345678"):
        assert hidden not in words and hidden not in json.dumps(seen, ensure_ascii=False)
    assert "监控可证" in words and "女士在场" in words
    assert line.run("publish", "--period", "2026Q3", "--stage", "formal", expect=1).count("1/2")
    agreed = line.json("appeal", "appeal", "agree", "1", "--as", UNION)
    assert (agreed["state"], agreed["applied"]) == ("partly", True)

    # The next revision: half of the item's 2.5 points, and the restatement names the appeal.
    clock.set(10, 14)
    second = line.json("publish", "publish", "--period", "2026Q3", "--stage", "formal")
    assert (second["revision"], second["check"]["confirmed"]) == (2, 1)
    assert second["check"]["until"] == "2026-10-13"  # an appeal opens no new check period
    assert second["appeals"]["partly"] == second["appeals"]["filed"] == 1
    (entry,) = [e for e in second["restatements"] if e["table"] == "answer"]
    where = (entry["appeal"], entry["cell"], entry["old"], entry["new"])
    assert where == (1, cell_of(bad, "STEP2A", 1), "0.0", "1.0")
    assert adherence(line, EAST[0]) == pytest.approx(0.9625)

    # Every figure is walked back to the cell as it was written and what was decided on it.
    asked = ("explain", "adherence", "--scope", EAST[0], "--period", "2026Q3")
    parts = line.json("explain", *asked)["components"]
    cells = [c for p in parts for row in p["rows"] for c in row["cells"] if c["corrected"]]
    changed = {(c["cell"], c["value"], c["fact"], c["corrected"]["appeal"]) for c in cells}
    assert changed == {(cell_of(bad, "STEP2A", 1), "否", 1.0, 1)}

    # The circular carries the count of confirmations, the appeal and the round's two keys.
    line.run("report", "--period", "2026Q3", "-o", str(tmp_path / "out"), "--format", "docx")
    (made,) = (tmp_path / "out").glob("circular-*.docx")
    text = "\n".join(p.text for p in docx.Document(str(made)).paragraphs)
    assert "已核对 1/2" in text and "部分成立 1" in text and "工会会签" in text
    assert SHOPPER not in text

    # Archive and ledger are enough to have it all again, also elsewhere.
    line.json("rebuild", "rebuild")
    assert line.json("verify", "verify")["ok"]
    line.run("backup", str(tmp_path / "copy.zip"))
    other = Line(tmp_path / "other")
    other.run("restore", str(tmp_path / "copy.zip"))
    assert other.json("verify", "verify")["ok"]
    again = other.json("publish", "publish", "--period", "2026Q3", "--stage", "formal")
    assert again["content_hash"] == second["content_hash"]
    other.run("appeal", "evidence", "1", "-o", str(tmp_path / "proof.pdf"), "--as", CLERK)
    assert (tmp_path / "proof.pdf").read_bytes() == PDF

    # Second half (corrective action closed → next round recurs): see `mingcha action`.
