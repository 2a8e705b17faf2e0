"""A branch head, a clerk and a stranger against a running server, by HTTP and by the socket.

What is asserted is what the line carries, not what a picture shows. The neighbour's branch has
words, scores and values that nothing else has; none of them may reach the branch head, by no page,
address, forged widget value or download.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboards.words import Words
from pipeline import accounts
from pipeline.folders import DataFolder
from pipeline.office import Office, sessions
from tests.abuse.wire import downloads, fetched, tapped, told
from tests.bench.load.client import Failed, Session, opened
from tests.browser import people
from tests.browser.conftest import running
from tests.dashboards import fixture_publication as province

OWN, NEIGHBOUR = province.BRANCHES[0], province.BRANCHES[1]
OTHERS = province.BRANCHES[1:]
HOSTILE = "<script>alert(1)</script> **粗** =HYPERLINK(1)"


def _words(code: str) -> str:
    return f"QZ{code}WORDS"


def _number(code: str, of: float) -> float:
    """One that nothing else has: 6xx.x and 7xx.x."""
    return of + 7.3 * province.BRANCHES.index(code)


def _planted(root: Path) -> None:
    """The fixture publication; of every branch with words, scores and a value of its own."""
    path = province.build(root, stage="formal")
    items = pl.read_parquet(path / "item_result.parquet")
    code = pl.col("scope")
    every = pl.concat(
        [items.filter(code == OWN).with_columns(
            scope=pl.lit(c), reasons=pl.lit([f"{_words(c)} {HOSTILE}"])
        ) for c in province.BRANCHES]
    )  # fmt: skip
    every.cast(items.schema).write_parquet(path / "item_result.parquet")
    score = {c: _number(c, 611.1) for c in province.SCORES}
    rank = pl.read_parquet(path / "rank.parquet")
    rank.with_columns(
        score=code.replace_strict(score, default=None, return_dtype=pl.Float64)
    ).write_parquet(path / "rank.parquet")
    value = {c: _number(c, 711.1) for c in province.BRANCHES}
    values = pl.read_parquet(path / "metric_value.parquet")
    own = pl.col("level") == "branch"
    planted = code.replace_strict(value, default=None, return_dtype=pl.Float64)
    values.with_columns(
        pl.when(own).then(planted).otherwise(c).alias(c) for c in ("numerator", "value")
    ).write_parquet(path / "metric_value.parquet")
    visits = pl.read_parquet(path / "visit_score.parquet")
    pl.concat(
        [visits.with_columns(scope=pl.lit(c), round=pl.lit(f"{_words(c)}R"),
                             visit_id=pl.format("{}{}", pl.lit(c), "visit_id"))
         for c in province.BRANCHES]
    ).cast(visits.schema).write_parquet(path / "visit_score.parquet")  # fmt: skip
    province.on_record(root)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    root = tmp_path_factory.mktemp("wire")
    _planted(root)
    folder = people.person(root, "lidong", "branch", OWN, "李东")
    people.person(root, "zhou", "branch", NEIGHBOUR, "周宁")
    people.person(root, "wanghong", "office", None, "王红")
    return folder


@pytest.fixture(scope="module")
def at(office: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("log") / "server.log"
    with running(office.root, log) as address:
        yield address
    assert "Traceback" not in log.read_text("utf-8")


@pytest.fixture
def cookie(office: DataFolder) -> Callable[[str], str]:
    return lambda id: f"mingcha={people.token(office.root, id)}"


def _run(doing: Coroutine[Any, Any, None]) -> None:
    with ThreadPoolExecutor(1) as aside:  # the browser tests leave a loop running in theirs
        aside.submit(asyncio.run, doing).result()


def _nothing_of_others(text: str, numbers: set[float], where: str) -> None:
    for code in OTHERS:
        assert _words(code) not in text, (where, code)
        for planted in (_number(code, 611.1), _number(code, 711.1)):
            assert not [n for n in numbers if abs(n - planted) < 0.06], (where, code, planted)
            for shape in (f"{planted:.1f}", f"{planted:.2f}", f"{100 * planted:.1f}"):
                assert shape not in text, (where, code, shape)


ADDRESS = (
    f"lang=en&scope={NEIGHBOUR}&branches={NEIGHBOUR},{OTHERS[5]}&scopes=0102,{NEIGHBOUR}"
    f"&level=sub&group=%E5%8E%BF%E5%9F%9F&metric=adherence&revision=1&period=2026-09&role=office"
)


def _forge(session: Session) -> None:
    """Every choice of the page says what it does not offer."""
    for element in list(session.elements.values()):
        if element.kind == "selectbox":
            session.put(id=element.id, string_value=NEIGHBOUR)
        elif element.kind == "text_input":
            session.put(id=element.id, string_value=province.NAMES[NEIGHBOUR])


def test_nothing_of_another_branch_reaches_a_branch_head(
    at: str, cookie: Callable[[str], str]
) -> None:
    async def walk() -> None:
        mine = cookie("lidong")
        async with opened(at, cookie=mine) as session:
            heard = tapped(session)
            await session.run()
            pages = [p for p in session.pages if p]
            assert "branch" in pages and "upload" not in pages and "ledger" not in pages
            assert {"upload", "ledger", "accounts", "publish"} <= set(session.hidden)
            for page in list(session.hidden):  # such a link leads to one sentence and home
                with pytest.raises(Failed, match=Words("zh")("error.denied")):
                    await session.go(page, "lang=zh")
                assert {e.kind for e in session.elements.values()} <= {"selectbox", "button_group"}
            session.query = ""
            for page in pages:
                await session.go(page)
                session.query = ADDRESS
                _forge(session)
                await session.run()  # Failed if there is any error box
                session.widgets.clear()
                session.query = ""
            text, numbers = told(heard)
            assert _words(OWN) in text and f"{_number(OWN, 711.1) * 100:.1f}" in text
            _nothing_of_others(text, numbers, "pages")
            files = downloads(heard)
            assert len(files) >= 5
            for path in files:
                status, body = fetched(at, path, mine)
                assert status in (200, 404)  # 404: of a view that is gone
                _nothing_of_others(body.decode("utf-8", "replace"), set(), path)

    _run(walk())


def test_the_search_finds_it_where_it_may_be_seen(at: str, cookie: Callable[[str], str]) -> None:
    """The same walk of a clerk does carry the neighbour's words and numbers."""

    async def walk() -> None:
        async with opened(at, query=f"scope={NEIGHBOUR}", cookie=cookie("wanghong")) as session:
            heard = tapped(session)
            await session.run()
            session.query = f"scope={NEIGHBOUR}"
            await session.go("branch", f"scope={NEIGHBOUR}")
            await session.go("league")
            text, numbers = told(heard)
            assert _words(NEIGHBOUR) in text
            assert [n for n in numbers if abs(n - _number(NEIGHBOUR, 611.1)) < 0.06]
            # what a shopper wrote is text: it goes out escaped, and no element takes it as HTML
            assert not any(HOSTILE in m.delta.new_element.html.body for m in heard)
            assert "<script>" not in "".join(
                m.delta.new_element.markdown.body for m in heard
                if m.delta.new_element.markdown.allow_html
            )  # fmt: skip

    _run(walk())


def test_a_download_is_for_its_session_and_ends_with_it(
    at: str, office: DataFolder, cookie: Callable[[str], str]
) -> None:
    async def walk() -> None:
        mine, neighbour = cookie("lidong"), cookie("zhou")
        async with opened(at, cookie=mine) as session:
            heard = tapped(session)
            await session.run()
            await session.go("league")
            (path, *_) = downloads(heard)
            assert fetched(at, path, mine)[0] == 200
            for other in (neighbour, cookie("wanghong"), cookie("lidong")):
                assert fetched(at, path, other)[0] == 404
            assert fetched(at, path)[0] == 401
            assert fetched(at, path, mine, "POST", b"", X_Mingcha_Session="x")[0] in (404, 405)
            # the neighbour's page, with the same table, has it at the same address, as an own file
            async with opened(at, cookie=neighbour) as other_session:
                await other_session.run()
                await other_session.go("league")
            accounts.grant(office, "lidong", "branch", NEIGHBOUR, "sec")
            assert fetched(at, path, mine)[0] == 404
            accounts.grant(office, "lidong", "branch", OWN, "sec")
            assert fetched(at, path, mine)[0] == 200
            status, _ = fetched(at, "/signout", mine, Sec_Fetch_Site="same-origin")
            assert status in (200, 401)
            assert fetched(at, path, mine)[0] == 401

    _run(walk())


def _idle(office: DataFolder, id: str) -> None:
    with Office.open(office) as opened_office, opened_office.transaction() as connection:
        connection.execute(
            "UPDATE session SET seen = ? WHERE account = ? AND ended IS NULL",
            (int(time.time()) - 3600, id),
        )


def _signed_out(office: DataFolder, id: str) -> None:
    with Office.open(office) as opened_office, opened_office.transaction() as connection:
        for (open_one,) in connection.execute(
            "SELECT id FROM session WHERE account = ? AND ended IS NULL", (id,)
        ).fetchall():
            sessions.sign_out(connection, open_one)


ENDS: dict[str, tuple[Callable[[DataFolder, str], Any], str]] = {
    "idle": (_idle, "分钟没有操作"),
    "signed out in another tab": (_signed_out, "退出登录"),
    "closed": (lambda office, id: accounts.disable(office, id, "sys"), "终止"),
    "without a role": (lambda office, id: accounts.grant(office, id, "", None, "sec"), "角色"),
}


@pytest.mark.parametrize("how", ENDS)
def test_an_open_socket_gets_nothing_more_when_the_session_is_over(
    at: str, office: DataFolder, cookie: Callable[[str], str], how: str
) -> None:
    end, sentence = ENDS[how]
    id = f"one-{list(ENDS).index(how)}"
    people.person(office.root, id, "branch", OWN)

    async def walk() -> None:
        async with opened(at, cookie=cookie(id)) as session:
            await session.run()
            await session.go("branch")
            end(office, id)
            heard = tapped(session)
            asked = BackMsg()  # beside any run: a place for a file, and a file at a click
            asked.file_urls_request.request_id = "r"
            asked.file_urls_request.file_names.append("a.csv")
            await session.socket.send(asked.SerializeToString())
            made = BackMsg()
            made.backend_operation_request.request_id = "q"
            made.backend_operation_request.deferred_file.file_id = "f"
            await session.socket.send(made.SerializeToString())
            with pytest.raises(Failed, match=sentence):
                await session.run()
            kinds = {m.WhichOneof("type") for m in heard}
            assert not kinds & {"file_urls_response", "backend_operation_response", "navigation"}
            text, numbers = told(heard)
            assert sentence in text
            for shown in (_words(OWN), province.NAMES[OWN], province.CITIES["0101"]):
                assert shown not in text
            assert not numbers

    _run(walk())


NAMES = (
    "../../../escaped.csv", "..\\..\\escaped.csv", "a\x00b.csv", "a\u202evsc.exe.csv",
    f"{'长' * 84}.csv", "/etc/cron.d/x.csv", "=cmd|' -C calc'!A0.csv", "<img src=x>.csv",
)  # fmt: skip


def test_hostile_names_at_the_upload_endpoint_are_words_on_a_page(
    at: str, office: DataFolder, cookie: Callable[[str], str]
) -> None:
    async def walk() -> None:
        async with opened(at, cookie=cookie("wanghong")) as session:
            heard = tapped(session)
            await session.run()
            await session.go("upload")
            before = set(office.root.parent.rglob("*escaped*"))
            for name in NAMES:
                del heard[:]
                await session.upload(name, b"x,y\n1,2\n")
                text, _ = told(heard)
                assert "\x00" not in text and "\u202e" not in text
                assert "../" not in text and "..\\" not in text
            assert set(office.root.parent.rglob("*escaped*")) == before

    _run(walk())


def test_nobody_sends_a_file_without_a_session_or_into_another_s_box(
    at: str, cookie: Callable[[str], str]
) -> None:
    async def walk() -> None:
        clerk, head = cookie("wanghong"), cookie("lidong")
        async with opened(at, cookie=clerk) as session:
            await session.run()
            await session.go("upload")
            asked = BackMsg()
            asked.file_urls_request.request_id = "r"
            asked.file_urls_request.file_names.append("a.csv")
            await session.socket.send(asked.SerializeToString())
            urls = (await asyncio.wait_for(session._urls.get(), 30)).file_urls[0]
            place = f"/{urls.upload_url.lstrip('/')}"
            body, kind = b"--m\r\n\r\n--m--\r\n", "multipart/form-data; boundary=m"
            for method in ("PUT", "POST", "DELETE"):
                told_to = [
                    fetched(at, place, c, method, body, Content_Type=kind)[0] for c in ("", head)
                ]
                assert told_to == [401, 404], method
            assert fetched(at, place, "mingcha=forged", "PUT", body, Content_Type=kind)[0] == 401
            forged = {"X_Mingcha_Session": "1", "X_Forwarded_User": "wanghong"}
            assert fetched(at, place, "", "PUT", body, Content_Type=kind, **forged)[0] == 401

    _run(walk())


def test_what_the_framework_serves_of_itself_answers_no_stranger(at: str) -> None:
    """No address of the running server but sign-in, health and static files."""
    for path in (
        *("/_stcore/metrics", "/_stcore/agent/openapi.json", "/oauth2callback", "/auth/login"),
        *("/_stcore/health", "/_stcore/host-config", "/media/a.csv", "/component/a/b", "/league"),
        *("/app/static/a", "/vendor/a", "/openapi.json", "/index.html", "/manifest.json"),
    ):
        assert fetched(at, path)[0] in (401, 404), path
