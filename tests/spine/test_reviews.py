"""Review and calibration on the sample province, by command: from the queue to a new revision."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
from click.testing import Result
from typer.testing import CliRunner

from pipeline.__main__ import load_commands
from pipeline.folders import DataFolder
from pipeline.publication import Publication, open_publication
from tests.spine.conftest import Province
from tests.spine.test_command_line import conforms

PERIOD = "2026Q3"


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(load_commands(), ["--data", str(root), *arguments])


def listed(root: Path, *more: str) -> list[dict[str, Any]]:
    told = run(root, "review", "list", "--json", *more)
    assert told.exit_code == 0, told.output
    found: list[dict[str, Any]] = json.loads(told.stdout)
    conforms(found, "review-list")
    return found


def opened(root: Path) -> Publication:
    found = open_publication(DataFolder(root), PERIOD)
    assert found is not None
    return found


def test_the_inventing_shopper_is_found_and_leaves_the_scores(
    province: Province, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(province.folder.root, root)
    invented = {v["visit_id"] for v in province.truth["fabricator"]["visits"]}
    cases = listed(root, "--kind", "fabrication")
    named = {c["visit_id"] for c in cases}
    assert named and named <= invented  # nobody else is accused
    signals = {r["signal"] for c in cases for r in c["reasons"]}
    assert {"copied_comments", "short_stay"} <= signals
    shoppers = {province.truth["fabricator"]["shopper_id"], *province.truth["severity"]}
    assert not any(s in json.dumps(cases) for s in shoppers)
    before = set(opened(root).table("visit_score")["visit_id"])
    assert named & before

    ids = [c["id"] for c in cases]
    words = ("--verdict", "uphold", "--reason", "调阅监控，未到场", "--json")
    alone = run(root, "review", "decide", *ids, "--as", "赵/office", *words)
    assert alone.exit_code == 0, alone.output
    decided = json.loads(alone.stdout)
    conforms(decided, "review-list")
    assert {d["state"] for d in decided} == {"office_decided"}
    same = run(root, "review", "decide", *ids, "--as", "赵/union", *words)
    assert same.exit_code == 1 and "双签须由两人分别办理" in same.stderr  # two keys, two people
    both = run(root, "review", "decide", *ids, "--as", "钱/union", *words)
    assert {d["state"] for d in json.loads(both.stdout)} == {"upheld"}

    published = run(root, "publish", "--period", PERIOD, "--json")
    assert published.exit_code == 0, published.output
    now = opened(root)
    assert now.revision == 2
    assert set(now.table("visit_score")["visit_id"]) == before - named
    assert set(now.table("excluded_visit")["visit_id"]) == named & before
    removed = now.table("restatement").filter(pl.col("cause").str.contains("removed"))
    assert not removed.is_empty()  # what changed says why
    assert listed(root, "--state", "upheld") != []  # the cases stand as long as the visits do
    searched(now, shoppers)

    told = run(root, "calibration", "--period", PERIOD, "--json")
    assert told.exit_code == 0, told.output
    conforms(json.loads(told.stdout), "calibration")
    assert "不计分的暗访" in run(root, "calibration", "--period", PERIOD).stdout


def searched(publication: Publication, shoppers: set[str]) -> None:
    """No table of a publication names a shopper."""
    for path in publication.path.glob("*.parquet"):
        text = pl.read_parquet(path).select(pl.col(pl.String)).write_json()
        assert not any(f'"{s}"' in text for s in shoppers), path.name


def test_wrong_usage_is_a_sentence(province: Province, tmp_path: Path) -> None:
    for arguments, status in (
        (("review", "list", "--kind", "gossip"), 2),
        (("review", "decide", "none", "--as", "赵/office", "--verdict", "uphold",
          "--reason", "x"), 2),
        (("review", "decide", "none", "--as", "赵", "--verdict", "uphold", "--reason", "x"), 2),
        (("review", "decide", "none", "--as", "赵/office", "--verdict", "perhaps",
          "--reason", "x"), 2),
        (("review", "text", str(tmp_path / "none.txt")), 2),
        (("calibration", "--period", "2031Q1"), 1),
    ):  # fmt: skip
        told = run(tmp_path / "empty", *arguments)
        assert told.exit_code == status, (arguments, told.output)
        assert told.stderr.strip() and "Traceback" not in told.output


def test_a_script_is_checked(tmp_path: Path) -> None:
    script = tmp_path / "话术.txt"
    script.write_bytes("基金定投类似于零存整取。\n不得承诺收益。".encode("gb18030"))
    told = run(tmp_path, "review", "text", str(script), "--json")
    assert told.exit_code == 1
    found = json.loads(told.stdout)
    conforms(found, "review-text")
    assert [(f["line"], f["phrase"]) for f in found] == [(1, "like_a_deposit")]
    script.write_text("请您先做风险测评。", "utf-8")
    assert run(tmp_path, "review", "text", str(script)).exit_code == 0
