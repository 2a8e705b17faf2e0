"""English sentences are English: Chinese stands in them only as a quotation from a sheet."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import pipeline
from pipeline.findings import Finding, Rule
from pipeline.parse import parse
from pipeline.recognise import recognise
from pipeline.sample.build import write_sample
from pipeline.sample.options import Options
from pipeline.sheets import kinds
from pipeline.workbook import ReadBatch, read

CJK = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]+")
# Words that must be typed as they are into a sheet; elsewhere English says it in English.
TYPED = {
    "元",
    "万元",
    "亿元",
    "万",
    "亿",
    "户",
    "笔",
    "次",
    "单位",
    "是",
    "否",
    "不适用",
    "检查结果",
    "金额单位",
    "年",
    "月",
    "省行",
}


def everything() -> dict[str, Rule]:
    """All rules that are declared anywhere in the pipeline."""
    for module in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    # Other tests declare rules of their own in the same process.
    return {id: rule for id, rule in Rule.registry.items() if not id.startswith("test_")}


def test_no_english_sentence_is_half_chinese() -> None:
    rules = everything()
    assert len(rules) > 60
    strange = {
        id: sorted({*CJK.findall(rule.en)} - TYPED)
        for id, rule in rules.items()
        if {*CJK.findall(rule.en)} - TYPED
    }
    assert strange == {}


def test_every_sentence_is_there_in_both_languages_and_ends() -> None:
    for id, rule in everything().items():
        assert CJK.search(rule.zh), id
        assert re.search(r"[。？！；)）}]\Z", rule.zh) or rule.zh.endswith("template"), (
            id,
            rule.zh,
        )
        assert re.search(r"[.?!)}]\Z|template\Z", rule.en), (id, rule.en)


Messy = tuple[ReadBatch, list[Finding]]


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Messy:
    """Findings of reading and parsing the sample province's books, many of them disorderly."""
    root = tmp_path_factory.mktemp("sheets")
    write_sample(root, Options(branches=24, months=4, rounds=2, seed=3))
    batch = read(sorted(p for p in root.rglob("*") if p.is_file() and p.suffix != ".json"))
    found = recognise(batch)
    parsed = parse(batch, found)
    told = [*batch.findings, *found.findings, *(f for p in parsed.values() for f in p.findings)]
    return batch, told


def quotable(batch: ReadBatch, file: int) -> str:
    """What a sentence about a file may quote: its cells, its sheets, our names of columns."""
    cells = batch.cells.filter(batch.cells["file"] == file)["text"].to_list()
    sheets = batch.sheets.filter(batch.sheets["file"] == file)["sheet"].to_list()
    own = [c.zh for k in kinds().values() for c in (*k.columns, *k.head)]
    return "\n".join([*cells, *sheets, *own, *TYPED, batch.files[file].name])


def strange(batch: ReadBatch, findings: list[Finding]) -> Iterator[tuple[str, str, str]]:
    for finding in findings:
        if runs := CJK.findall(finding.en):
            known = quotable(batch, finding.file)
            yield from ((finding.rule, run, finding.en) for run in runs if run not in known)


def test_chinese_in_real_english_findings_is_a_quotation(messy: Messy) -> None:
    batch, findings = messy
    assert len({f.rule for f in findings}) > 8 and len(findings) > 20
    assert list(strange(batch, findings)) == []


def test_an_answer_is_quoted_whole(messy: Messy) -> None:
    """The check itself can fail: a Chinese word that stands nowhere in the file is found."""
    batch, findings = messy
    half = Finding(0, "r", "info", "none", "…", "The 报送机构不详 is unknown.")
    assert [run for _, run, _ in strange(batch, [*findings, half])] == ["报送机构不详"]


def test_lists_in_english_are_listed_in_english() -> None:
    """Words that are joined by 、 in Chinese have a twin that is joined by commas."""
    joined = re.compile(r"\{(choices|cells|codes|rows|columns|seen|changes)\}")
    assert {id for id, rule in everything().items() if joined.search(rule.en)} == set()
