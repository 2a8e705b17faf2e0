"""Role × page × act × query × file × scope: every cell against a table written by hand."""

from __future__ import annotations

import inspect
import io
import json
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import polars as pl
import pypdfium2
import pytest
import yaml
from desk import Browser, put_on_record

from dashboards import queries
from dashboards.access import (
    NOTHING,
    Act,
    Denied,
    Role,
    Scope,
    Subject,
    Viewer,
    check_user_can,
    may,
    scope_of,
)
from dashboards.queries import Key, branch_facts
from dashboards.views import views
from pipeline.folders import DataFolder
from pipeline.reports import catalogue

TABLE: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[1] / "expected_access.yaml").read_text("utf-8")
)
ROLES: list[str] = TABLE["roles"]
NODES = {"city": "0101", "branch": "01010101"}


def test_the_table_has_a_row_for_everything_declared() -> None:
    assert list(get_args(Role)) == ROLES
    assert set(TABLE["subjects"]) == set(get_args(Subject))
    assert set(TABLE["acts"]) == set(get_args(Act))
    assert {v.id for v in views()} <= set(TABLE["pages"])


def _reach(ask: Any, viewer: Viewer, of: str) -> str | None:
    try:
        scope: Scope = ask(viewer, of)
    except Denied:
        return None
    assert scope.everything or scope.node == viewer.node
    return "all" if scope.everything else "own"


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reaches_what_the_table_says(role: str) -> None:
    viewer = Viewer(role, NODES.get(role))
    for part, ask in (("subjects", scope_of), ("acts", check_user_can)):
        told = {of: _reach(ask, viewer, of) for of in TABLE[part]}
        assert told == {of: row.get(role) for of, row in TABLE[part].items()}
    pages = {v.id for v in views() if may(viewer, v.subject)}
    assert pages == {v.id for v in views() if role in TABLE["pages"][v.id]}
    # A node given to a role that has none widens nothing; a role that needs one has nothing.
    other = Viewer(role, None if role in NODES else "0101")
    for subject in get_args(Subject):
        widened = _reach_without_node(other, subject)
        expected = TABLE["subjects"][subject].get(role)
        assert widened == (expected if expected == "all" else None)


def _reach_without_node(viewer: Viewer, subject: Subject) -> str | None:
    try:
        scope = scope_of(viewer, subject)
    except Denied:
        return None
    return "all" if scope.everything else "own"


def _home(one: Any) -> str:
    return str(getattr(one, "__module__", ""))


def _queries() -> dict[str, Any]:
    found = {}
    own = {n: f for n, f in vars(branch_facts).items() if _home(f) == branch_facts.__name__}
    for name, one in (*vars(queries).items(), *own.items()):
        plain = inspect.unwrap(one)
        ours = getattr(plain, "__module__", "").startswith("dashboards.queries")
        if ours and inspect.isfunction(plain) and not name.startswith("_"):
            found[name] = one
    return found


def test_every_query_takes_a_scope_or_is_named_as_one_for_all() -> None:
    without = {n for n, q in _queries().items() if "scope" not in inspect.signature(q).parameters}
    assert sorted(without) == sorted(TABLE["queries_without_scope"])


def _asked(query: Any, key: Key, scope: Scope, code: str) -> Any:
    """The query about one node: every parameter that names a node gets its code."""
    fit: dict[str, Any] = {
        "key": key, "scope": scope, "detail": scope, "code": code, "beside": code, "node": code,
        "codes": (code,), "metric": "adherence", "metrics": ("adherence",), "kind": "month",
        "edition": "covert-1", "item": "STEP1A", "name": "item_agreement", "folder": None,
        "period": "2026-09", "lang": "zh",
    }  # fmt: skip
    named = inspect.signature(query).parameters
    return query(**{n: fit[n] for n, p in named.items() if n in fit or p.default is p.empty})


@pytest.fixture
def key(folder: Path) -> Key:
    (found,) = queries.publications(DataFolder(folder))
    return found


CODES = ("scope", "branch_code")


def _codes(told: Any) -> set[str]:
    """Every node that an answer speaks of."""
    if isinstance(told, pl.DataFrame):
        return {c for n in CODES if n in told.columns for c in told[n].drop_nulls().to_list()}
    if isinstance(told, frozenset):
        return set(told)
    if hasattr(told, "planned"):
        return _codes(told.planned) | _codes(told.unplanned)
    return set()


@pytest.mark.parametrize("name", sorted(set(_queries()) - set(TABLE["queries_without_scope"])))
@pytest.mark.parametrize("node", ["01010101", "0101", None])
def test_no_query_gives_what_is_outside_its_scope(
    key: Key, province: ModuleType, name: str, node: str | None
) -> None:
    """Asked about the own node, the neighbour, the city beside, the province, and nonsense."""
    scope = Scope(False, node) if node else NOTHING
    own = {c for c in province.BRANCHES if node and c.startswith(node)}
    others = set(province.BRANCHES) - own
    # Cells behind own values, and visits behind a rank, need an ingested publication:
    # tests/pipeline/test_explain.py.
    asked = () if name in ("origin", "rank_origin") else sorted(own)
    for code in (*sorted(others), "0102", "nonsense", *asked):
        try:
            told = _asked(_queries()[name], key, scope, code)
        except Denied:
            assert code not in own or name == "calibration"
            continue
        assert not isinstance(told, str) or code in own, "a sentence about another names no code"
        assert not _codes(told) & (others | {"0102"}), (name, node, code)
        words = json.dumps(told, ensure_ascii=False) if isinstance(told, dict) else ""
        assert not [c for c in others if c in words]


def _pdf() -> bytes:
    """One empty page."""
    made, document = io.BytesIO(), pypdfium2.PdfDocument.new()
    document.new_page(100, 100)
    document.save(made)
    return made.getvalue()


def _files(office: DataFolder, key: Key) -> dict[str, str]:
    """The addresses of the rows of the table, made as the worker leaves them."""
    room = office.root / "documents" / f"2026-09-r2-{f'{2:064d}'[:12]}" / "zh"
    early = office.root / "documents" / f"2026-09-r1-{f'{1:064d}'[:12]}" / "zh"
    whole = ("circular", "express", "hq", "fairness")
    rows = {id: (room, f"{id}-2026-09-r2.pdf") for id in whole}
    rows |= {f"city_of_{c}": (room, f"city-2026-09-r2-{c}.pdf") for c in ("0101", "0102")}
    rows["circular_preview"] = (early, "circular-2026-09-r1.pdf")
    for code in ("01010101", "01010102", "01020107"):
        rows[f"onepager_of_{code}"] = (room, f"onepager-2026-09-r2-{code}.pdf")
    digest = "ab" * 32
    rows["returned"] = (office.returned, "a.xlsx")
    rows["originals"] = (office.archive / "ab", f"{digest}.xlsx")
    for place, name in rows.values():
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(_pdf() if name.endswith(".pdf") else b"PK")
    put_on_record(office, *(place / name for place, name in rows.values()))
    places = {"returned": "returned", "originals": "originals", "circular_preview": "2026-09-r1"}
    found = {r: f"/files/{places.get(r, '2026-09-r2')}/{name}" for r, (_, name) in rows.items()}
    return found | {"onepager_not_made": "/files/2026-09-r2/onepager-2026-09-r2-01010103.pdf"}


def test_every_file_answers_as_the_table_says(
    office: DataFolder, folder: Path, key: Key, province: ModuleType, people: ModuleType
) -> None:
    province.build(folder, 2, stage="formal")
    addresses = _files(office, key)
    assert set(addresses) == set(TABLE["files"])
    kinds = {r.split("_of_")[0] for r in addresses} - {"circular_preview", "onepager_not_made"}
    assert kinds == {e.id for e in catalogue()} | {"returned", "originals"}
    wrong = []
    for role in ROLES:
        if role in ("system", "security", "audit"):
            token = people.token(folder, {"system": "sys", "security": "sec", "audit": "aud"}[role])
        else:
            people.person(folder, f"one-{role}", role, NODES.get(role))
            token = people.token(folder, f"one-{role}")
        browser = Browser(cookies={"mingcha": token})
        for row, address in addresses.items():
            status = browser.ask(address).status
            if status != TABLE["files"][row].get(role, 403):
                wrong.append((role, row, status))
    assert wrong == []
    strangers = {Browser().ask(a, accept="text/html").status for a in addresses.values()}
    assert strangers == {401}
