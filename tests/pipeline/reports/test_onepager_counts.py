"""What a one-pager and the section on reporting count is told so that it adds up."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from pipeline.publication import Publication
from pipeline.render import pdf
from pipeline.reports import coverage_blocks, onepager
from pipeline.reports.blocks import Evidence, Sentence
from pipeline.reports.branch_rows import Branches
from pipeline.reports.figures import Language, prepared
from pipeline.reports.standing import STEPS
from tests.pipeline.reports.full_publication import full

CODE = "01010101"


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    return Publication(full(tmp_path_factory.mktemp("full")))


@pytest.fixture
def b(publication: Publication) -> Branches:
    return Branches(prepared(publication))


def _steps(b: Branches, *values: float) -> list[tuple[str, Evidence]]:
    named = zip(STEPS, values, strict=False)
    return [(s, Evidence(f"adherence.step.{s}", CODE, b.f.period, v)) for s, v in named]


@pytest.mark.parametrize(
    ("values", "zh", "en"),
    [
        (
            (0.5, 0.5004, 0.9),  # both are printed as 50.0%
            "七步中执行率并列最低的是“笑相迎”、“笑相问”，均为50.0%。",
            "The weakest steps are “Welcome with a smile”, “Ask”, each at 50.0%.",
        ),
        (
            (0.5, 0.51, 0.9),
            "七步中执行率最低的是“笑相迎”，为50.0%（全省72.8%）。",
            "The weakest step is “Welcome with a smile” at 50.0% (province 72.8%).",
        ),
    ],
)
def test_steps_that_tie_are_all_named(
    b: Branches, values: tuple[float, ...], zh: str, en: str
) -> None:
    found = _steps(b, *values)
    assert onepager._weakest(b, "zh", found).text == zh
    assert onepager._weakest(b, "en", found).text == en


@pytest.mark.parametrize(
    ("lang", "said", "fewer"),
    [
        ("zh", "未销号8项，其中逾期4项。下表列最早到期4项，其余4项见整改台账。", "其余"),
        ("en", "Listed below, the first due: 4; the rest, in the register only: 4.", "the rest"),
    ],
)
def test_actions_beyond_the_table_are_no_more_than_all(
    b: Branches, lang: Language, said: str, fewer: str
) -> None:
    own = b.actions[CODE]  # two, one of them overdue
    b.__dict__["actions"] = {CODE: own * 4}
    told = onepager._due(b, lang, CODE)[0]
    assert isinstance(told, Sentence) and told.text.endswith(said)
    b.__dict__["actions"] = {CODE: own}
    told = onepager._due(b, lang, CODE)[0]
    assert isinstance(told, Sentence) and fewer not in told.text


def test_who_reported_late_is_counted_where_none_is_owed(b: Branches) -> None:
    told = [coverage_blocks._all_given(b.f, "zh", within).text for within in ("", "0101")]
    late = "期内各网点业绩报表均已报送，其中至少一个月迟报的1家。"
    assert told == [late, "期内各网点业绩报表均已报送。"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_six_steps_that_tie_still_leave_one_page(
    publication: Publication, lang: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tied = onepager._weakest
    monkeypatch.setattr(
        onepager, "_weakest", lambda b, lang, _: tied(b, lang, _steps(b, *[0.5] * 6))
    )
    path = tmp_path / "page.pdf"
    pdf.write(onepager.onepager(publication, lang, CODE), path)
    with pypdfium2.PdfDocument(path) as opened:
        assert len(opened) == 1
