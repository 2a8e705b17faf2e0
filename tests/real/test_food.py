"""A scorecard of another trade by configuration alone: imported, taken in, published, ranked."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from audits.bridges import next_edition
from audits.scorecard import Bridge, Edition
from pipeline.__main__ import load_commands
from pipeline.editions.keeping import import_file
from pipeline.editions.writing import write_edition
from pipeline.explain import explain
from pipeline.folders import DataFolder
from pipeline.ingest import ingest
from pipeline.publication import Publication, open_publication
from pipeline.publish import publish
from pipeline.rebuild import rebuild
from pipeline.reports.circular import circular
from pipeline.ruler import item_history, rulers
from tests.real import food, small

REAL = pytest.mark.skipif(not food.HERE.is_dir(), reason="shared/real is not present")


def mingcha(root: Path, *arguments: str) -> Any:
    done = CliRunner().invoke(load_commands(), ["--data", str(root), *arguments, "--json"])
    assert done.stdout, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[DataFolder, Publication, Any]:
    """The small city through the command line; publication of 2017Q2; what ingest said."""
    work = tmp_path_factory.mktemp("city")
    root = work / "data"
    source = food.read(small.write(work))
    imported = mingcha(root, "edition", "import",
                       str(write_edition(food.edition(), work / "edition.xlsx", "en")))  # fmt: skip
    assert imported["status"] == "imported"
    register = food.write_register(work / "register.xlsx", source.businesses)
    (work / "lists").mkdir()
    food.write_visits(work / "lists", source)
    assert mingcha(root, "ingest", str(register))["counts"]["accepted"] == 1
    taken = mingcha(root, "ingest", str(work / "lists"))
    mingcha(root, "publish", "--period", "2017Q2")
    folder = DataFolder(root)
    publication = open_publication(folder, "2017Q2")
    assert publication is not None
    return folder, publication, taken


def test_scores_are_those_worked_out_by_hand(city: tuple[DataFolder, Publication, Any]) -> None:
    rows = city[1].table("visit_score").sort("scope", "visit_date")
    got = [(s, str(d), x, st) for s, d, x, st in
           rows.select("scope", "visit_date", "score", "status").iter_rows()]  # fmt: skip
    assert got == [
        ("101", "2017-03-10", 91.0, "ok"),
        ("101", "2017-05-02", 100.0, "ok"),
        ("102", "2017-04-04", 98.0, "ok"),
        ("102", "2017-06-01", 89.0, "ok"),
        ("103", "2017-05-20", 100.0, "ok"),  # published 80, but nothing is listed against it
    ]


def test_two_inspections_of_one_day_are_told_at_their_cells(
    city: tuple[DataFolder, Publication, Any],
) -> None:
    files = {Path(f["file"]).name: f for f in city[2]["files"]}
    assert files["inspections-2017Q1.xlsx"]["status"] == "accepted"
    second = files["inspections-2017Q2.xlsx"]
    assert second["status"] == "partial"
    told = [(f["rule"], f["value"]) for f in second["findings"]]
    assert told == [("duplicate_key", "103 2017-06-02")] * 2  # each row once, at its branch code
    assert len({f["cell"] for f in second["findings"]}) == 2


def test_levels_are_sums_over_sums(city: tuple[DataFolder, Publication, Any]) -> None:
    values = city[1].table("metric_value").filter(pl.col("metric") == "adherence")
    by = {(s, p): v for s, p, v in values.select("scope", "period", "value").iter_rows()}
    assert by["101", "2017Q1"] == 0.91
    assert by["P94110", "2017Q2"] == pytest.approx((100 + 98 + 89) / 300)
    # the outlet without a postcode hangs under the city itself
    assert by["SF", "2017Q2"] == pytest.approx((100 + 98 + 89 + 100) / 400)
    section = (
        city[1]
        .table("metric_value")
        .filter(pl.col("metric") == "adherence.section.FOOD", pl.col("scope") == "SF")
    )
    said = dict(section.select("period", "value").iter_rows())
    assert said["2017Q2"] == by["SF", "2017Q2"]  # it has one section: that is the whole


def test_branches_are_ranked_and_items_told(city: tuple[DataFolder, Publication, Any]) -> None:
    ranks = (
        city[1].table("rank").filter(pl.col("peer_group") == "all", pl.col("period") == "2017Q2")
    )
    scored = dict(ranks.select("scope", "visits").iter_rows())
    assert (scored["101"], scored["102"], scored["104"]) == (2, 2, 0)
    lost = city[1].table("item_result").filter(pl.col("scope") == "102", pl.col("lost") > 0)
    found = lost.filter(pl.col("period") == "2017Q2").select("item_id", "lost").rows()
    ids = food.item_ids()
    hot, poor = ids["No hot water or running water"], ids["Food in poor condition"]
    floors = ids["Unclean or degraded floors walls or ceilings"]
    assert sorted(found) == sorted([(hot, 7.0), (poor, 4.0), (floors, 2.0)])


def test_a_value_walks_back_to_its_cells(city: tuple[DataFolder, Publication, Any]) -> None:
    told = explain(city[1], "adherence", "102", "2017-06", folder=city[0])
    top, bottom = (c["value"] for c in told["components"])
    assert (top, bottom) == (89, 100)  # exactly: the base is parted into millionths
    cells = [c for r in told["components"][0]["rows"] for c in r["cells"]]
    assert len(cells) == len(food.item_ids())
    assert sum(c["value"] for c in cells) == 2  # the two violations found


def test_it_is_rebuilt_and_has_a_template(
    city: tuple[DataFolder, Publication, Any], tmp_path: Path
) -> None:
    assert rebuild(city[0]).problems == []
    made = CliRunner().invoke(load_commands(), [
        "--data", str(city[0].root), "template", "scorecards", "--edition", food.EDITION,
        "-o", str(tmp_path / "t.xlsx")])  # fmt: skip
    assert made.exit_code == 0


def test_the_bank_s_own_scorecard_is_not_mixed_in(
    city: tuple[DataFolder, Publication, Any],
) -> None:
    from pipeline.editions.keeping import editions_of
    from pipeline.warehouse.editions import strange_editions
    from pipeline.warehouse.store import Warehouse

    editions = editions_of(city[0])
    with Warehouse(city[0], read_only=True) as warehouse:
        assert strange_editions(warehouse, ["covert-1"], editions) == {"covert-1": food.EDITION}
        assert strange_editions(warehouse, [food.EDITION, "open-1"], editions) == {}


def second() -> Edition:
    """M01 in other words, L01 split into L31 and L32, L02 dropped."""
    made = next_edition(food.edition(), "food-2")
    items = {i.id: i for i in made.items}
    items["M01"] = items["M01"].model_copy(update={"zh": "未提示生食风险", "en": "No advisory"})
    old = items.pop("L01")
    items.pop("L02")
    for id in ("L31", "L32"):
        items[id] = old.model_copy(
            update={"id": id, "zh": f"{old.zh}（{id}）", "en": f"{old.en} {id}"}
        )
    told = {b.former: b for b in made.bridge} | {
        "M01": Bridge(former="M01", relation="reworded", items=("M01",)),
        "L01": Bridge(former="L01", relation="split", items=("L31", "L32")),
        "L02": Bridge(former="L02", relation="dropped"),
    }
    return made.model_copy(update={"valid_from": date(2017, 7, 1), "items": tuple(items.values()),
                                   "bridge": tuple(told.values())})  # fmt: skip


@pytest.fixture(scope="module")
def crossed(
    city: tuple[DataFolder, Publication, Any], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Publication]:
    """The small city goes on by food-2 from July; 2017Q3 published."""
    work, folder = tmp_path_factory.mktemp("crossed"), city[0]
    later = {(b, food.day(d)): set(found) for (b, d), found in small.LATER.items()}
    source = food.Inspections([], [(key, 100) for key in later], later, len(later))
    made = import_file(folder, write_edition(second(), work / "food-2.xlsx"))
    assert (made.status, made.findings) == ("imported", [])
    assert ingest(folder, food.write_visits(work, source, second())).counts()["accepted"] == 1
    publish(folder, "2017Q3")
    publication = open_publication(folder, "2017Q3")
    assert publication is not None
    return work, publication


def test_the_trend_goes_on_and_knows_its_ruler(crossed: tuple[Path, Publication]) -> None:
    values = crossed[1].table("metric_value")
    rows = values.filter(metric="adherence", scope="SF").select("period", "value").rows()
    by = dict(rows)
    assert by["2017Q1"] == pytest.approx(0.91)
    assert by["2017Q3"] == pytest.approx((94 + 100) / 200)
    found = [(r.edition.id, r.first, dict(r.changes)) for r in rulers(crossed[1])]
    kept = len(food.item_ids()) - 3
    assert found == [
        ("food-1", "2017-03", {"same": 0, "reworded": 0, "split": 0, "dropped": 0, "new": 0}),
        ("food-2", "2017-08", {"same": kept, "reworded": 1, "split": 1, "dropped": 1, "new": 0}),
    ]


def test_an_item_is_followed_through_the_split(crossed: tuple[Path, Publication]) -> None:
    line, rows = item_history(crossed[1], "104", "food-2", "L31")
    assert [(a.edition, a.item, a.relation) for a in line] == [
        ("food-2", "L31", "same"), ("food-1", "L01", "split"),
    ]  # fmt: skip
    assert dict(rows.select("period", "lost").rows())["2017Q3"] == 2
    before = item_history(crossed[1], "101", "food-2", "M01")[1].filter(period="2017Q1")
    assert before.select("edition", "relation", "lost").rows() == [("food-1", "reworded", 0.0)]


@pytest.mark.parametrize(("lang", "said"), [("zh", "改用评分标准 food-2"), ("en", "by food-2")])
def test_the_circular_says_so(crossed: tuple[Path, Publication], lang: Any, said: str) -> None:
    texts = [getattr(b, "text", "") for b in circular(crossed[1], lang).blocks]
    assert sum(said in t for t in texts) == 1


def test_the_used_edition_is_closed(
    city: tuple[DataFolder, Publication, Any], crossed: tuple[Path, Publication]
) -> None:
    work, folder = crossed[0], city[0]
    changed = food.edition().model_copy(update={"en": "Other"})
    file = write_edition(changed, work / "changed.xlsx")
    done = CliRunner().invoke(
        load_commands(), ["--data", str(folder.root), "edition", "import", str(file)]
    )
    assert done.exit_code == 1 and "food-1 已有暗访" in done.stdout


@REAL
def test_the_published_scores_of_the_real_city_are_reproduced() -> None:
    """All 14,233: each scored as the violations listed say, and those are the published ones."""
    from audits.scoring import score

    source = food.read()
    assert (len(source.scores), source.violations) == (14_233, 39_006)
    ids = list(food.item_ids().values())
    names = [f"v{n}" for n in range(len(source.scores))]
    found = [(n, i) for n, (key, _) in zip(names, source.scores, strict=True)
             for i in source.found.get(key, ())]  # fmt: skip
    violated = pl.DataFrame(found, schema=["visit_id", "item_id"], orient="row")
    answers = (
        pl.DataFrame({"visit_id": names})
        .join(pl.DataFrame({"item_id": ids}), how="cross")
        .join(violated.with_columns(answer=1.0), on=["visit_id", "item_id"], how="left")
        .with_columns(pl.col("answer").fill_null(0.0), encounter=0, not_applicable=False)
    )
    visits = pl.DataFrame({"visit_id": names, "edition": food.EDITION})
    scored = score(answers, visits, {food.EDITION: food.edition()}).visits
    got = dict(scored.select("visit_id", "score").iter_rows())
    told = [(int(got[n]), key, said) for n, (key, said) in zip(names, source.scores, strict=True)]
    assert all(mine == source.expected(key) for mine, key, _ in told)
    assert sum(mine == said for mine, _, said in told) == 14_000
    assert source.why() == {
        "follows": 14_000,
        "no violation listed": 129,
        "violations missing": 66,
        "published 100 in spite of violations": 19,
        "violations too many": 16,
        "two inspections on one day": 3,
    }
    assert (len(source.unscored), sum(map(len, source.unscored.values()))) == (454, 931)
