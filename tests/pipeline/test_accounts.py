"""Three administrators, none of whom can do the work of another; passwords that hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate
from typer.testing import CliRunner

import pipeline
from pipeline import accounts
from pipeline.__main__ import load_commands
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.office import Office, passwords, sessions
from pipeline.office.accounts import found
from pipeline.sign_in_settings import Argon2, Passwords, SignIn, load_sign_in

CHEAP = "passwords: {argon2: {time_cost: 1, memory_kib: 8, parallelism: 1}}\n"
SCHEMA = json.loads(
    (Path(pipeline.__file__).parent / "schemas" / "account.schema.json").read_text("utf-8")
)
WORDS = {"sys": "Fenghuang-71-lu", "sec": "Baiyun_shan 902", "aud": "Chang-jiang.330"}


@pytest.fixture
def office(tmp_path: Path) -> DataFolder:
    """An office with its three administrators, whose passwords are WORDS."""
    folder = DataFolder(tmp_path)
    folder.sign_in.write_text(CHEAP, "utf-8")
    ids = {"system": "sys", "security": "sec", "audit": "aud"}
    for given in accounts.first_three(folder, ids):
        accounts.change_password(folder, given.account.id, given.password, WORDS[given.account.id])
    return folder


def _told(folder: DataFolder, *words: str, said: str = "") -> tuple[int, Any]:
    options = ["--data", str(folder.root), "account", *words, "--json"]
    result = CliRunner().invoke(load_commands(), options, input=said)
    if result.exit_code:
        return result.exit_code, result.stderr
    told = json.loads(result.stdout)
    validate(told, SCHEMA)
    return 0, told


def test_the_story_of_an_account(office: DataFolder) -> None:
    """Opened by one, given its role by the other, used, and closed."""
    code, made = _told(office, "add", "ＬiDong", "--name", "李东", "--as", "sys", said=WORDS["sys"])
    assert (code, made["id"], made["role"]) == (0, "lidong", "")
    accounts.change_password(office, "lidong", made["password"], "Shuanglong-88")
    grant = ("grant", "LIDONG", "--role", "branch", "--node", "01010101", "--as", "sec")
    code, (granted,) = _told(office, *grant, said=WORDS["sec"])
    assert (granted["role"], granted["node"]) == ("branch", "01010101")
    assert accounts.proven(office, "lidong", "Shuanglong-88").name == "李东"
    _told(office, "disable", "lidong", "--as", "sys", said=WORDS["sys"])
    with pytest.raises(Fault):
        accounts.proven(office, "lidong", "Shuanglong-88")
    with Office.open(office) as opened:
        acts = [r["act"] for r in opened.connection.execute("SELECT act FROM ledger ORDER BY seq")]
        bodies = [r["body"] for r in opened.connection.execute("SELECT body FROM ledger_payload")]
    assert acts[-5:] == [
        "account.open", "account.password", "account.grant", "account.disable", "signin.refused",
    ]  # fmt: skip
    assert not [b for b in bodies for w in ("Shuanglong", made["password"]) if w in b]


@pytest.mark.parametrize(
    ("words", "by"),
    [
        (("add", "neu", "--name", "某"), "sec"),
        (("add", "neu", "--name", "某"), "aud"),
        (("disable", "aud"), "sec"),
        (("disable", "sys"), "sys"),
        (("disable", "sec"), "sys"),  # the last of its kind
        (("grant", "sys", "--role", "head"), "sys"),
        (("grant", "sec", "--role", "head"), "sec"),
        (("grant", "aud", "--role", "head"), "sec"),  # the last of its kind
        (("grant", "sys", "--role", "security"), "aud"),
        (("reset", "sec"), "sys"),  # one key is not enough
        (("reset", "sys"), "sys"),
        (("enable", "sec"), "aud"),
    ],
)
def test_nobody_does_what_is_not_theirs(
    office: DataFolder, words: tuple[str, ...], by: str
) -> None:
    before = accounts.listed(office)
    code, said = _told(office, *words, "--as", by, said=WORDS[by])
    assert code == 1
    assert said.strip() and "Traceback" not in said
    assert accounts.listed(office) == before


def test_the_first_three_are_made_once_and_are_three(office: DataFolder, tmp_path: Path) -> None:
    assert _told(office, "init")[0] == 1
    other = DataFolder(tmp_path / "other")
    assert _told(other, "init", "--system", "a1", "--security", "A1")[0] == 2
    assert accounts.listed(other) == []


def test_an_administrator_s_password_is_reset_by_the_other_two(office: DataFolder) -> None:
    (office.root / "aud.txt").write_text(WORDS["aud"], "utf-8")
    second = ("--second", "aud", "--second-password-file", str(office.root / "aud.txt"))
    code, made = _told(office, "reset", "sec", "--as", "sys", *second, said=WORDS["sys"])
    assert code == 0 and made["must_change"]
    with pytest.raises(Fault):
        accounts.proven(office, "sec", WORDS["sec"])


def test_a_one_time_password_does_nothing_but_be_changed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.sign_in.write_text(CHEAP, "utf-8")
    _, made = _told(folder, "init")
    code, said = _told(
        folder, "add", "neu", "--name", "某", "--as", "system", said=made[0]["password"]
    )
    assert code == 1 and "一次性密码" in said
    changed = f"{made[0]['password']}\nXiangshan-77 hong\n"
    assert _told(folder, "password", "system", said=changed)[1][0]["must_change"] is False


@pytest.mark.parametrize(
    "weak",
    ["", "Kurz-1a", "alllowercase", "Lidong-2026x", "aaaa1111AAAA", "Password-2026", "9" * 20],
)
def test_a_password_easy_to_guess_is_refused(weak: str) -> None:
    with pytest.raises(Fault) as refused:
        passwords.check(weak, Passwords(), "lidong", "李东")
    assert refused.value.status == 1


def test_a_long_phrase_needs_no_signs() -> None:
    passwords.check("梅花香自苦寒来，宝剑锋从磨砺出。", Passwords(), "lidong", "李东")
    passwords.check("correcthorsebatterystaple", Passwords(), "lidong", "李东")


def test_what_is_stored_is_argon2id_with_the_cost_asked_for() -> None:
    stored = passwords.hashed("Ｓhuanglong-88", Argon2(time_cost=2, memory_kib=16, parallelism=1))
    assert stored.startswith("$argon2id$v=19$m=16,t=2,p=1$")
    assert passwords.fits(stored, "Shuanglong-88", Argon2())  # typed in full width or not
    assert not passwords.fits(stored, "Shuanglong-89", Argon2())
    assert not passwords.fits(
        None, "Shuanglong-88", Argon2(time_cost=1, memory_kib=8, parallelism=1)
    )


def test_wrong_ones_lock_longer_each_time_whoever_is_asked_for(office: DataFolder) -> None:
    """Five wrong: a minute; the sixth: two. A right one in between is not looked at."""
    for id in ("sec", "nobody"):
        waits = []
        now = 1_000_000
        for _ in range(7):
            with pytest.raises(Fault) as refused:
                accounts.proven(office, id, "Falsch-12345", now)
            waits.append(refused.value.en)
            with Office.open(office) as opened:
                now += sessions.locked(opened.connection, id, now)
        assert [("Try again in" in w) for w in waits] == [False] * 4 + [True] * 3
        assert [w.split(" in ")[1] for w in waits[4:]] == [
            "60 seconds.",
            "120 seconds.",
            "240 seconds.",
        ]
    with pytest.raises(Fault):
        accounts.proven(office, "sec", WORDS["sec"], now - 1)
    assert accounts.proven(office, "sec", WORDS["sec"], now).id == "sec"
    with Office.open(office) as opened:
        rows = opened.connection.execute(
            "SELECT body FROM ledger JOIN ledger_payload USING (seq) WHERE act = 'signin.refused'"
        ).fetchall()
    told = [json.loads(r["body"]) for r in rows]
    assert [t["failures"] for t in told] == [1, 5, 6, 7] * 2
    assert {t["account"] for t in told} == {"sec", None}  # what is no account may be a password


def _guesses(office: DataFolder, addresses: list[str], hours: int) -> list[int]:
    """How many wrong passwords somebody has looked at in each hour who tries at one account
    whenever an attempt is looked at, from each of the addresses in turn."""
    looked_at, rules = [0] * hours, Passwords()
    with Office.open(office) as opened, opened.transaction() as connection:
        now = 0
        while now < hours * 3600:
            waits = []
            for address in addresses:
                wait = sessions.locked(connection, "sec", now, address)
                if not wait:
                    looked_at[now // 3600] += 1
                    sessions.failed(connection, "sec", None, rules, now, address)
                    wait = sessions.locked(connection, "sec", now, address)
                waits.append(wait)
            now += max(1, min(waits))
    return looked_at


def test_guesses_at_an_account_are_few_in_an_hour(office: DataFolder) -> None:
    """By hand: 5 at once, then after 60, 180, 420, 900 and 1860 s; the next at 3780 s, and from
    then on one an hour. From many addresses 10 at once instead of 5."""
    assert _guesses(office, ["10.0.0.9"], 4) == [10, 1, 1, 1]


def test_guesses_from_many_addresses_are_bound_as_well(office: DataFolder) -> None:
    many = [f"10.0.{i}.9" for i in range(40)]
    assert _guesses(office, many, 4) == [15, 1, 1, 1]


def test_failures_elsewhere_do_not_shut_the_owner_out_at_once(office: DataFolder) -> None:
    now = 1_000_000
    for _ in range(5):
        with pytest.raises(Fault):
            accounts.proven(office, "sec", "Falsch-12345", now, "10.6.6.6")
    with pytest.raises(accounts.NotLookedAt):
        accounts.proven(office, "sec", WORDS["sec"], now, "10.6.6.6")
    assert accounts.proven(office, "sec", WORDS["sec"], now, "10.0.0.9").id == "sec"


def test_a_one_time_password_holds_for_some_hours(office: DataFolder) -> None:
    """Whoever handed it out knows it until its owner has replaced it."""
    office.sign_in.write_text(f"{CHEAP[:-2]}, one_time_hours: 2}}\n", "utf-8")
    given = accounts.open_account(office, "lidong", "李东", "sys")
    opened_at = given.account.given_at or 0
    late = opened_at + 2 * 3600 + 1
    with pytest.raises(Fault) as refused:
        accounts.proven(office, "lidong", given.password, late)
    assert "已过期" in refused.value.zh and "is over" in refused.value.en
    with pytest.raises(Fault) as wrong:
        accounts.proven(office, "lidong", "Falsch-12345", late)
    assert "已过期" not in wrong.value.zh  # told to whoever has it alone
    with pytest.raises(Fault):
        accounts.change_password(office, "lidong", given.password, "Shuanglong-88", now=late)
    again = accounts.reset(office, "lidong", "sys")
    accounts.change_password(office, "lidong", again.password, "Shuanglong-88")
    assert accounts.proven(office, "lidong", "Shuanglong-88", late + 10**8).given_at is None


def test_the_owner_is_told_who_was_there_before(office: DataFolder) -> None:
    with Office.open(office) as opened, opened.transaction() as connection:
        account = found(connection, "sec")
        assert account is not None
        for address in ("10.6.6.6", "10.0.0.9"):
            sessions.begin(connection, account, {}, 0, address)
    assert [address for _, address in accounts.earlier_sign_ins(office, "sec")] == ["10.6.6.6"]


def test_a_session_ends_by_idleness_by_age_and_by_being_closed(office: DataFolder) -> None:
    settings = SignIn(idle_minutes=30, hours=1)
    with Office.open(office) as opened:
        connection = opened.connection
        account = found(connection, "aud")
        assert account is not None

        def look(token: str, now: int) -> object:
            held = sessions.look_up(connection, sessions.id_of(token), settings, now)
            return held.account.id if isinstance(held, sessions.Session) else held

        idle, old, closed = (sessions.begin(connection, account, {}, 0) for _ in range(3))
        assert [look(old, t) for t in (1500, 3000, 3600, 3601)] == ["aud"] * 3 + ["expired"]
        assert [look(idle, t) for t in (1800, 3601)] == ["aud", "expired"]
        later = sessions.begin(connection, account, {}, 0)
        assert [look(later, t) for t in (1801, 5)] == ["idle", "idle"]
        sessions.sign_out(connection, sessions.id_of(closed))
        assert look(closed, 1) == "signed_out"
        assert look("forged", 1) is None
        stored = [tuple(r) for r in connection.execute("SELECT * FROM session")]
        assert not [r for r in stored for t in (idle, old, closed) if t in r]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("idle_minutes: 0", "idle_minutes"),
        ("idel_minutes: 5", "idel_minutes"),
        ("oidc: {issuer: 'http://id.bank.cn', client_id: a, rules: []}", "https"),
        (
            "oidc: {issuer: 'https://a', client_id: a, rules: [{claim: g, value: b, role: city}]}",
            "node",
        ),
        (
            "oidc: {issuer: 'https://a', client_id: a, rules: [{claim: g, value: b, role: root}]}",
            "role",
        ),
        ("ldap: {url: 'ldap://d.bank.cn', security: none, bind_dn: a, base: b, rules: []}", "TLS"),
        ("a: [", "signin.yaml"),
    ],
)
def test_wrong_settings_are_a_sentence_with_the_place(
    tmp_path: Path, text: str, where: str
) -> None:
    folder = DataFolder(tmp_path)
    folder.sign_in.write_text(text, "utf-8")
    with pytest.raises(Fault) as refused:
        load_sign_in(folder)
    assert refused.value.status == 2
    assert where in refused.value.zh and where in refused.value.en
