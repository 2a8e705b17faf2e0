"""Accounts, for three separate people: the system administrator opens and closes them, the security
administrator gives their role, the audit administrator reads.

The procedures refuse for themselves: nobody acts on the own account, nobody does another's part.
"""

from __future__ import annotations

from shlex import quote
from typing import Any

import polars as pl
import streamlit as st

from dashboards import doing, queries
from dashboards.access import ROLES, ROLES_WITH_NODE, Act, Scope, check_user_can, user_can
from dashboards.exports import csv
from dashboards.formats import DASH, literal
from dashboards.signin.holding import settings_of
from dashboards.views import Context, View
from pipeline import accounts
from pipeline.accounts import Account, Given
from pipeline.china_time import china_time
from pipeline.faults import Fault

_GIVEN = "accounts_given"


def show(context: Context) -> None:
    context.scope("accounts")
    doing.told(context)
    _password(context)
    words = context.words
    st.caption(words("accounts.lead"))
    try:
        found = accounts.listed(context.folder)
    except Fault as fault:
        st.error(literal(words.of(fault.zh, fault.en)))
        return
    if not found:
        st.info(words("accounts.none"))
        return
    _list(context, found)
    if user_can(context.viewer, "open_account"):
        _open(context)
        _close(context, found)
    if user_can(context.viewer, "grant"):
        _grant(context, found)


def _password(context: Context) -> None:
    """A one-time password, shown once: it stands nowhere else."""
    given: tuple[str, str] | None = st.session_state.pop(_GIVEN, None)
    if given is not None:
        hours = settings_of(context.folder).passwords.one_time_hours
        said = context.words("accounts.password", account=literal(given[0]), hours=hours)
        st.warning(said)
        st.code(given[1], language=None)


def _list(context: Context, found: list[Account]) -> None:
    words = context.words
    sought = st.text_input(
        words("accounts.search"), key="accounts_search", placeholder=words("accounts.search"),
        label_visibility="collapsed",
    )  # fmt: skip
    kept = [a for a in found if not sought or sought.casefold() in f"{a.id} {a.name}".casefold()]
    table = _table(context, kept)
    st.markdown(words("accounts.count", count=len(kept)))
    wide = {words("column.last_sign_in"): st.column_config.TextColumn(width=185)}
    st.dataframe(table, hide_index=True, placeholder=DASH, key="accounts_table", column_config=wide)
    if user_can(context.viewer, "open_account"):
        st.download_button(
            words("app.download_table"), csv(table), file_name="accounts.csv", mime="text/csv",
            key="accounts_get", icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def _table(context: Context, found: list[Account]) -> pl.DataFrame:
    words = context.words
    rows = [
        (
            a.id,
            a.name,
            _role(context, a.role),
            a.node or "",
            words(f"accounts.source.{a.source}") if a.source in ("local", "oidc", "ldap")
            else a.source,
            words("accounts.closed" if a.disabled else "accounts.open"),
            china_time(a.signed_in) if a.signed_in else "",
        )
        for a in found
    ]  # fmt: skip
    names = ("account", "person", "role", "node", "sign_in_by", "status", "last_sign_in")
    schema = {words(f"column.{n}"): pl.String for n in names}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _role(context: Context, role: str | None) -> str:
    if role is None:
        return context.words("accounts.by_provider")
    return context.words.either(f"role.{role}", "") if role else context.words("accounts.no_role")


def _do(context: Context, act: Act, run: Any, said: str) -> None:
    """An act of an administrator; a one-time password it gives is kept for one look."""

    def kept() -> None:
        made = run()
        if isinstance(made, Given):
            st.session_state[_GIVEN] = (made.account.id, made.password)

    doing.do(context, act, kept, said)
    st.rerun()


def _open(context: Context) -> None:
    words, folder, actor = context.words, context.folder, context.viewer.actor.name
    with (
        st.expander(words("accounts.new"), icon=":material/person_add:"),
        st.form("accounts_new", clear_on_submit=True, border=False),
    ):
        id = st.text_input(words("column.account"), key="accounts_id")
        name = st.text_input(words("column.person"), key="accounts_name")
        st.caption(words("accounts.new_means"))
        if st.form_submit_button(words("accounts.do_open"), key="accounts_open"):
            _do(
                context,
                "open_account",
                lambda: accounts.open_account(folder, str(id or ""), str(name or ""), actor),
                words("accounts.opened", account=id),
            )


def _close(context: Context, found: list[Account]) -> None:
    words, folder, actor = context.words, context.folder, context.viewer.actor.name
    with st.expander(words("accounts.change"), icon=":material/manage_accounts:"):
        chosen = _choose(context, found, "accounts_changed")
        reason = st.text_input(words("doing.reason"), key="accounts_reason")
        account = next((a for a in found if a.id == chosen), None)
        if account is None:
            return
        with st.container(horizontal=True):
            if account.disabled:
                if st.button(words("accounts.do_enable"), key="accounts_enable"):
                    _do(context, "open_account", lambda: accounts.enable(folder, account.id, actor),
                        words("accounts.enabled", account=account.id))  # fmt: skip
            elif st.button(
                words("accounts.do_disable"), key="accounts_disable",
                disabled=not (reason or "").strip(),
            ):  # fmt: skip
                _do(context, "open_account",
                    lambda: accounts.disable(folder, account.id, actor, str(reason).strip()),
                    words("accounts.disabled", account=account.id))  # fmt: skip
            if account.source == "local" and not accounts.needs_two(account) and st.button(
                words("accounts.do_reset"), key="accounts_reset"
            ):  # fmt: skip
                _do(context, "open_account", lambda: accounts.reset(folder, account.id, actor),
                    words("accounts.was_reset", account=account.id))  # fmt: skip
        if account.source == "local" and accounts.needs_two(account):
            st.caption(words("accounts.two_keys"))
            other = words("accounts.second")
            st.code(
                f"mingcha account reset {quote(account.id)} --as {quote(actor)} --second {other}",
                language=None, wrap_lines=True,
            )  # fmt: skip


def _choose(context: Context, found: list[Account], key: str) -> str | None:
    names = {a.id: f"{a.id} · {a.name}" for a in found}
    return st.selectbox(
        context.words("column.account"), list(names), index=None, format_func=names.get, key=key,
        placeholder=context.words("accounts.choose"),
    )  # fmt: skip


def _grant(context: Context, found: list[Account]) -> None:
    """Role and node, for the security administrator."""
    words, folder, actor = context.words, context.folder, context.viewer.actor.name
    with st.expander(words("accounts.grant"), icon=":material/badge:", expanded=True):
        chosen = _choose(context, found, "accounts_granted")
        role = st.selectbox(
            words("column.role"), ["", *ROLES], key="accounts_role",
            format_func=lambda r: words(f"role.{r}") if r else words("accounts.no_role"),
        )  # fmt: skip
        node = _node(context, str(role or ""))
        lacking = chosen is None or (role in ROLES_WITH_NODE and not node)
        if st.button(words("accounts.do_grant"), key="accounts_grant", disabled=lacking):
            _do(
                context,
                "grant",
                lambda: accounts.grant(folder, str(chosen), str(role or ""), node or None, actor),
                words("accounts.was_granted", account=chosen, role=_role(context, role)),
            )


def _node(context: Context, role: str) -> str:
    """The code of the branch or city that the role is bound to, by the register's names."""
    words = context.words
    if role not in ROLES_WITH_NODE:
        return ""
    check_user_can(context.viewer, "grant")
    if context.key is None:
        return str(st.text_input(words("column.node"), key="accounts_node") or "").strip()
    levels = ("branch",) if role == "branch" else queries.CITY_LEVELS
    every = queries.nodes(context.key, Scope(everything=True))
    names = dict(every.filter(every["level"].is_in(levels)).select("scope", "name").iter_rows())
    chosen = st.selectbox(
        words("column.node"), sorted(names), index=None, key=f"accounts_node_{role}",
        format_func=lambda c: f"{c} · {names[c]}", placeholder=words("accounts.choose"),
    )  # fmt: skip
    return str(chosen or "")


VIEW = View("accounts", 88, ":material/group:", "accounts", show, needs_publication=False)
