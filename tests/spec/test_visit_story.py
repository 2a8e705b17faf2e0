"""One story, told by the command line: a bad visit → appeal partly upheld → revision with
restatement → corrective action closed → the next round finds it again.

Two branches, the third quarter of 2026. Every figure was worked out by hand: covert-1 has 100
points; an item asked at two counters gives half its points at each.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import docx
import pytest

from tests.pipeline.offices import (
    CLERK,
    EAST_HEAD,
    HEAD,
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
ACTION = f"Z2026Q3-{EAST[0]}-HALL09"
# STEP2A 2.5 points (both counters), HALL09 2, MGR03 1.5, CH04 1: the east gets 93, the west 100.
LOST = {("STEP2A", 1): "否", ("STEP2A", 2): "否", ("HALL09", 0): "否", ("MGR03", 0): 0,
        ("CH04", 0): "否"}  # fmt: skip
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def value(line: Line, metric: str, branch: str, period: str = "2026Q3") -> float:
    asked = ("metrics", "--period", period, "--metric", metric, "--scope", branch)
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
    clock.set(9, 14)
    bad = card(tmp_path / "bad.xlsx", EAST, date(2026, 9, 10), LOST, shopper=SHOPPER)
    good = card(tmp_path / "good.xlsx", WEST, date(2026, 9, 11), shopper=SHOPPER, hour=14)
    line.run("ingest", str(bad), str(good))
    clock.set(9, 29)
    line.run("round", "seal", "2026Q3", "--as", CLERK)

    # Published on Friday 9 October; checked on the 10th (a Saturday, worked), 12th and 13th.
    clock.set(10, 9)
    first = line.json("publish", "publish", "--period", "2026Q3")
    assert first["check"]["until"] == "2026-10-13"
    assert value(line, "adherence", EAST[0]) == pytest.approx(0.93)
    assert value(line, "adherence", WEST[0]) == pytest.approx(1.0)

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
    assert value(line, "adherence", EAST[0]) == pytest.approx(0.9425)

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
    assert "2家网点中，已核对本期数据的1家" in text and "工会会签" in text
    assert re.search(r"部分成立\s*1", text)
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

    # What cost 2 points or more is to be put right. STEP2A would have been, before the appeal.
    clock.set(10, 15)
    opened = line.json("action-open", "action", "open", "--period", "2026Q3", "--as", CLERK)
    assert opened["opened"] == [ACTION]
    photo = tmp_path / "整改照片.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe0" + bytes(64))
    clock.set(10, 20)
    done = ("--measure", "大堂增派引导员", "--done", "2026-10-19", "--evidence", str(photo))
    line.run("action", "reply", ACTION, "--as", EAST_HEAD, *done)
    line.run("action", "accept", ACTION, "--as", f"钱东/office@{EAST[0]}", expect=1)
    line.run("action", "accept", ACTION, "--as", CLERK)

    # The next round, in the fourth quarter: shown on 21-27 October, the same item fails again.
    clock.set(10, 20)
    line.run("round", "draft", "2026Q4", "--edition", "covert-1", "--as", CLERK)
    line.run("round", "show", "2026Q4", "--as", CLERK)
    clock.set(10, 28)
    line.run("round", "open", "2026Q4", "--as", CLERK)
    line.run("round", "countersign", "2026Q4", "--as", UNION)
    clock.set(11, 6)
    again = {("HALL09", 0): "否"}
    next_card = card(tmp_path / "next.xlsx", EAST, date(2026, 11, 5), again, round="2026Q4")
    line.run("ingest", str(next_card))
    line.run("round", "seal", "2026Q4", "--as", CLERK)
    early = ("--early", "故事到此为止", "--as", HEAD)
    line.json("publish", "publish", "--period", "2026Q4", "--stage", "formal", *early)
    recurred = line.json("action-open", "action", "open", "--period", "2026Q4", "--as", CLERK)
    assert len(recurred["recurred"]) == 1 and recurred["opened"] == []
    told = line.run("action", "list", "--state", "recurring")  # the former, and the one for it
    assert f"Z2026Q4-{EAST[0]}-HALL09" in told and ACTION in told
    assert value(line, "recurrence", EAST[0], "2026Q4") == 1.0
    assert value(line, "adherence", EAST[0], "2026Q4") == pytest.approx(0.98)
    assert value(line, "appeal_upheld", EAST[0], "2026Q4") == 1.0  # filed in October
    assert line.json("verify", "verify")["ok"]
