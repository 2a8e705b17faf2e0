"""`mingcha account`: who may sign in. Whoever acts says who it is and proves it by password."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.acting import Json
from pipeline.commands.session import Session
from pipeline.commands.telling import telling

if TYPE_CHECKING:
    from pipeline.accounts import Given
    from pipeline.folders import DataFolder
    from pipeline.office.accounts import Account

_By = Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="办理人账号 · who acts")]
_File = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        help="办理人的密码；缺省从终端或标准输入读 · password of who acts, else asked for",
    ),
]
_Id = Annotated[str, typer.Argument(metavar="ACCOUNT", help="账号 · account")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="账号 · accounts", no_args_is_help=True)
    group.command(name="init", help="首次：建立三员账号 · the first three administrators")(init)
    group.command(name="add", help="开户（系统管理员）· open an account")(add)
    group.command(name="list", help="全部账号 · all accounts")(list_command)
    group.command(name="disable", help="停用（系统管理员）· close an account")(disable)
    group.command(name="enable", help="启用（系统管理员）· open it again")(enable)
    group.command(name="grant", help="授权（安全管理员）· give a role")(grant)
    group.command(name="reset", help="重置密码（系统管理员）· a one-time password")(reset)
    group.command(name="password", help="改自己的密码 · change one's own")(password)
    app.add_typer(group, name="account")


def init(
    ctx: typer.Context,
    system: Annotated[str, typer.Option("--system", help="系统管理员账号")] = "system",
    security: Annotated[str, typer.Option("--security", help="安全管理员账号")] = "security",
    audit: Annotated[str, typer.Option("--audit", help="审计管理员账号")] = "audit",
    as_json: Json = False,
) -> None:
    """Exit 0 made, with their one-time passwords; 1 there are accounts already; 2 not three."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline import accounts

        ids = {"system": system, "security": security, "audit": audit}
        made = accounts.first_three(session.folder, ids)
    _tell(session, [(g.account, g.password) for g in made], as_json)


def add(
    ctx: typer.Context,
    id: _Id,
    by: _By,
    name: Annotated[str, typer.Option("--name", help="姓名 · the person's name")],
    password_file: _File = None,
    as_json: Json = False,
) -> None:
    """Exit 0 opened, without a role; 1 refused, 2 wrong usage, 3 busy."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline import accounts

        actor = _proven(session, by, password_file)
        made = accounts.open_account(session.folder, id, name, actor)
    _given(session, made, as_json)


def list_command(ctx: typer.Context, as_json: Json = False) -> None:
    """Exit 0; nothing is changed or created."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline import accounts

        found = accounts.listed(session.folder)
    _tell(session, [(a, None) for a in found], as_json)
    if not found and not as_json:
        typer.echo(session.say("还没有账号：mingcha account init", "No accounts: account init"))


def disable(
    ctx: typer.Context,
    id: _Id,
    by: _By,
    reason: Annotated[str, typer.Option("--reason", help="原因 · why")] = "",
    password_file: _File = None,
    as_json: Json = False,
) -> None:
    """Exit 0 closed, its sessions end at the next click; 1 refused, 2 no such account."""
    from pipeline import accounts

    _act(ctx, by, password_file, as_json, lambda at, by: accounts.disable(at, id, by, reason))


def enable(
    ctx: typer.Context, id: _Id, by: _By, password_file: _File = None, as_json: Json = False
) -> None:
    """Exit 0 open again; 1 refused, 2 no such account."""
    from pipeline import accounts

    _act(ctx, by, password_file, as_json, lambda at, by: accounts.enable(at, id, by))


def grant(
    ctx: typer.Context,
    id: _Id,
    by: _By,
    role: Annotated[
        str,
        typer.Option(
            "--role",
            help="office|head|city|branch|union|hq|system|security|audit；none：收回 take away",
        ),
    ],
    node: Annotated[str, typer.Option("--node", help="所属机构代码 · code of the node")] = "",
    password_file: _File = None,
    as_json: Json = False,
) -> None:
    """Exit 0 granted, in force at the next click; 1 refused, 2 no such account, role or node."""
    from pipeline import accounts

    wanted = "" if role == "none" else role
    _act(ctx, by, password_file, as_json, lambda at, by: accounts.grant(at, id, wanted, node, by))


def reset(
    ctx: typer.Context,
    id: _Id,
    by: _By,
    second: Annotated[
        str, typer.Option("--second", help="重置管理员时的第二人 · for an administrator's")
    ] = "",
    password_file: _File = None,
    second_password_file: Annotated[Path | None, typer.Option("--second-password-file")] = None,
    as_json: Json = False,
) -> None:
    """Exit 0 with a one-time password; 1 refused, 2 no such account."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline import accounts

        actor = _proven(session, by, password_file)
        other = _proven(session, second, second_password_file) if second else None
        made = accounts.reset(session.folder, id, actor, other)
    _given(session, made, as_json)


def password(
    ctx: typer.Context,
    id: _Id,
    password_file: _File = None,
    new_file: Annotated[
        Path | None, typer.Option("--new-password-file", help="新密码 · the new one")
    ] = None,
    as_json: Json = False,
) -> None:
    """Exit 0 changed, other sessions end; 1 wrong, or the new one is too simple."""
    session: Session = ctx.obj
    with telling(session):
        from pipeline import accounts

        old = _word(session, id, password_file)
        new = _word(session, session.say(f"{id}（新）", f"{id} (new)"), new_file)
        accounts.change_password(session.folder, id, old, new)
        own = [a for a in accounts.listed(session.folder) if a.id == accounts.normal_id(id)]
    _tell(session, [(a, None) for a in own], as_json)


def _word(session: Session, id: str, file: Path | None) -> str:
    """A password: from a file, the terminal, or a line of standard input."""
    if file is not None:
        return file.read_text("utf-8").strip()
    if sys.stdin.isatty():
        return getpass(session.say(f"{id} 的密码：", f"Password of {id}: "))
    return sys.stdin.readline().strip()


def _act(
    ctx: typer.Context,
    by: str,
    file: Path | None,
    as_json: bool,
    act: Callable[[DataFolder, str], Account],
) -> None:
    """Does it as `by`, once the password is proven, and tells of the account it was done to."""
    session: Session = ctx.obj
    with telling(session):
        done = act(session.folder, _proven(session, by, file))
    _tell(session, [(done, None)], as_json)


def _proven(session: Session, id: str, file: Path | None) -> str:
    """The id of the account that acts, its password checked. Fault (1) if wrong or still to be
    changed."""
    from pipeline import accounts
    from pipeline.faults import Fault

    account = accounts.proven(session.folder, id, _word(session, id, file))
    if account.must_change:
        raise Fault(
            "这是一次性密码，请先登录看板更改密码。",
            "This is a one-time password; sign in to the dashboard and change it first.",
            1,
        )
    return account.id


def _given(session: Session, made: Given, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_entry(made.account, made.password), ensure_ascii=False))
        return
    _tell(session, [(made.account, made.password)], False)


def _entry(account: Account, password: str | None) -> dict[str, Any]:
    return account.to_json() | ({"password": password} if password else {})


def _tell(session: Session, found: list[tuple[Account, str | None]], as_json: bool) -> None:
    """One account for a line; a JSON list of them."""
    if as_json:
        typer.echo(json.dumps([_entry(a, w) for a, w in found], ensure_ascii=False))
        return
    for account, word in found:
        role = account.role if account.role else session.say("（无角色）", "(no role)")
        role = session.say("按统一认证", "by provider") if account.role is None else role
        node = f"@{account.node}" if account.node else ""
        closed = session.say("　已停用", "  closed") if account.disabled else ""
        typer.echo(f"{account.id}　{account.name}　{role}{node}{closed}")
        if word:
            typer.echo(
                session.say(
                    f"　　一次性密码（只显示这一次，有时限，首次登录须更改）：{word}",
                    f"    one-time password (told once, for some hours, changed at first "
                    f"sign-in): {word}",
                )
            )
