"""The editions that ship, and what `check` must catch."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from audits.edition_checks import check
from audits.scorecard import (
    CUSTOMER_ROLES,
    ROLES,
    STEPS,
    ZONES,
    Bridge,
    Condition,
    Edition,
    load_editions,
    parse_edition,
)

# Domain §2, the default scorecard, written down again by hand.
COVERT = {"ENV": 10, "CH": 8, "HALL": 16, "STEP": 35, "MGR": 12, "REF": 7, "COMP": 12}
OPEN = {"MM": 25, "EM": 15, "CW": 15, "TR": 20, "SEG": 15, "FU": 10}


@pytest.fixture
def covert() -> Edition:
    return load_editions()["covert-1"]


@pytest.fixture
def open_edition() -> Edition:
    return load_editions()["open-1"]


def changed(edition: Edition, item_id: str, /, **fields: object) -> Edition:
    items = tuple(i.model_copy(update=fields) if i.id == item_id else i for i in edition.items)
    return edition.model_copy(update={"items": items})


def test_shipped_editions_are_sound() -> None:
    for edition in load_editions().values():
        assert check(edition) == []


@pytest.mark.parametrize(("id", "sections"), [("covert-1", COVERT), ("open-1", OPEN)])
def test_sections_weigh_what_the_domain_says(id: str, sections: dict[str, int]) -> None:
    edition = load_editions()[id]
    assert {s.id: int(s.points) for s in edition.sections} == sections
    assert edition.points == 100


@pytest.mark.parametrize("role", CUSTOMER_ROLES)
def test_each_step_is_worth_five_for_every_kind_of_customer(covert: Edition, role: str) -> None:
    for step in STEPS:
        items = [i for i in covert.items if i.step == step and i.effect == "earn"]
        mine = [
            i
            for i in items
            if all(role in c.values for c in i.depends_on if c.field == "customer_role")
        ]
        assert sum(i.points for i in mine) == 5, step
        assert all(i.scope == "encounter" for i in items)


def test_covert_sees_every_zone_and_role(covert: Edition) -> None:
    assert {i.zone for i in covert.items} >= set(ZONES)
    assert {i.role for i in covert.items} >= set(ROLES)


def test_what_the_metrics_look_for_is_tagged(covert: Edition, open_edition: Edition) -> None:
    for tag in ("speak_up", "service_match", "promise", "promise_kept"):
        assert covert.tagged(tag), tag
    assert [i.id for i in open_edition.tagged("culture_wall")] == ["CW01", "CW02", "CW03", "CW04"]
    kept = covert.tagged("promise_kept")[0]
    assert kept.depends_on == (Condition(field=covert.tagged("promise")[0].id, values=("1",)),)


def test_all_veto_levels_are_there_and_ask_for_evidence(covert: Edition) -> None:
    vetoes = [i for i in covert.items if i.veto is not None]
    assert {i.veto for i in vetoes} == {0, 1, 2}
    assert all(i.evidence for i in vetoes if i.veto)


def test_the_items_a_shopper_meets_are_not_too_many() -> None:
    for edition in load_editions().values():
        earning = [i for i in edition.items if i.effect == "earn"]
        cases = [i for i in earning if any(c.field == "customer_role" for c in i.depends_on)]
        assert len(earning) - max(len(cases) - 1, 0) <= 78


def test_look_ups(covert: Edition) -> None:
    assert covert.item("STEP5D").points == 5
    assert covert.section("HALL").zh == "厅堂服务"
    assert covert.item("CH10").best == Decimal(2)
    assert covert.item("HALL03").best is None
    with pytest.raises(KeyError):
        covert.item("NOPE")


def test_check_sees_a_section_that_does_not_add_up(covert: Edition) -> None:
    wrong = changed(covert, "STEP5B", points=Decimal(4))
    # only the case of that customer is short, and it is named
    assert [p for p in check(wrong) if "未办卡贵宾客户" in p] == check(wrong) != []


@pytest.mark.parametrize(
    ("id", "fields", "said"),
    [
        ("ENV01", {"levels": None}, "最高级"),
        ("HALL03", {"target": None}, "满分标准"),
        ("COMP21", {"effect": "earn"}, "否决项"),
        ("ENV04", {"zone": "moon"}, "未登记"),
        ("ENV04", {"en": " "}, "表述"),
        ("ENV03", {"na_zh": ""}, "不适用"),
        ("STEP4B", {"depends_on": (Condition(field="STEP7B", values=("1",)),)}, "排在前面"),
        ("REF04", {"depends_on": (Condition(field="STEP4A", values=("1",)),)}, "逐柜项"),
        ("STEP5A", {"depends_on": (Condition(field="customer_role", values=("猫",)),)}, "取值"),
        ("ENV02", {"id": "ENV01"}, "重复"),
        ("ENV02", {"section": "X"}, "不存在"),
    ],
)
def test_check_names_the_fault(
    covert: Edition, id: str, fields: dict[str, object], said: str
) -> None:
    assert any(said in p for p in check(changed(covert, id, **fields)))


def test_a_bridge_needs_a_former_edition_and_known_items(covert: Edition) -> None:
    wrong = covert.model_copy(
        update={"bridge": (Bridge(former="OLD1", relation="same", items=("NEW9",)),)}
    )
    assert len([p for p in check(wrong) if "OLD1" in p]) == 2


def test_an_edition_with_an_unknown_field_is_not_loaded(covert: Edition) -> None:
    with pytest.raises(ValidationError):
        parse_edition("{id: x, colour: red}")
