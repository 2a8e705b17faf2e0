"""The Streamlit script: language, role, publication, navigation; a page is drawn inside a guard."""

from __future__ import annotations

import logging
import secrets
from typing import Any

import streamlit as st

from dashboards import images, navigation, queries, styles, watermark
from dashboards.access import (
    FORMAL,
    ROLES,
    ROLES_WITH_NODE,
    Denied,
    NotYet,
    Scope,
    Viewer,
    may,
)
from dashboards.queries import Key
from dashboards.settings import Settings, from_environment
from dashboards.signin.viewing import viewer_of_session
from dashboards.views import HOME, Context, View, views
from dashboards.words import LANGUAGES, Words
from pipeline.internal_error import without_values

_LOG = logging.getLogger("mingcha.dashboard")
_NAMES = {"zh": "中文", "en": "English"}  # a language is offered in its own words


def remembered(name: str, default: str) -> str:
    """A choice from the address, else from the session, else the default."""
    if name in st.query_params:
        st.session_state[f"_{name}"] = st.query_params[name]
    return str(st.session_state.get(f"_{name}", default))


def remember(name: str, value: str) -> None:
    """Keeps a choice in the session and in the address, so that the address can be passed on."""
    st.session_state[f"_{name}"] = value
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def _take(name: str, widget: str) -> None:
    chosen = st.session_state.get(widget)
    if chosen is not None:
        remember(name, chosen)


def _language(settings: Settings) -> Words:
    lang = remembered("lang", settings.language)
    return Words("en" if lang == "en" else "zh" if lang in LANGUAGES else settings.language)


def _hold_choices(words: Words) -> None:
    """Choices outlast a change of language.

    A box sends the words of what is chosen; drawn in another language it would know them no more,
    show them still, and fall back to its first choice, with a role as with a metric.
    """
    if st.session_state.get("_drawn_in", words.lang) != words.lang:
        for key, value in list(st.session_state.items()):
            several = isinstance(value, list) and value and all(isinstance(v, str) for v in value)
            if isinstance(value, str) or several:
                st.session_state[key] = value
    st.session_state["_drawn_in"] = words.lang


def _choose_language(words: Words) -> None:
    st.session_state["lang_choice"] = words.lang
    st.segmented_control(
        words("app.language"),
        LANGUAGES,
        format_func=_NAMES.__getitem__,
        key="lang_choice",
        required=True,
        on_change=_take,
        args=("lang", "lang_choice"),
        label_visibility="collapsed",
    )


def _publication_name(words: Words, key: Key) -> str:
    stage = words.either(f"stage.{key.stage}", key.stage)
    return words(
        "app.publication",
        short=key.period,
        revision=key.revision,
        stage=stage,
    )


def _publication(found: list[Key]) -> Key | None:
    """The publication the address names; the newest if it names none that exists."""
    period, revision = remembered("period", ""), remembered("revision", "")
    of_period = [k for k in found if k.period == period]
    exact = [k for k in of_period if str(k.revision) == revision]
    return next(iter(exact or of_period or found), None)


def _take_publication(found: dict[str, Key], chosen: str | None = None) -> None:
    key = found.get(st.session_state.get("publication_choice", "") if chosen is None else chosen)
    if key is not None:
        remember("period", key.period)
        remember("revision", str(key.revision))


def _choose_publication(words: Words, found: list[Key], key: Key) -> None:
    by_path = {k.path: k for k in found}
    st.session_state["publication_choice"] = key.path
    st.selectbox(
        words("app.choose_publication"),
        list(by_path),
        format_func=lambda path: _publication_name(words, by_path[path]),
        key="publication_choice",
        on_change=_take_publication,
        args=(by_path,),
        label_visibility="collapsed",
        width=236,
    )


def _demo_note() -> str:
    """That the data are invented is said of what `mingcha demo` made alone."""
    return "demo.note" if from_environment().folder.demo.is_file() else "demo.note_real"


def _demo_viewer(words: Words, key: Key | None) -> Viewer:
    """The role switch of the demonstration. Roles never come from the address."""
    with st.sidebar:
        st.caption(words(_demo_note()))
        role = st.selectbox(
            words("demo.role"), ROLES, format_func=lambda r: words(f"role.{r}"), key="demo_role"
        )
        if role not in ROLES_WITH_NODE or key is None:
            return Viewer(role)
        level = ("branch",) if role == "branch" else queries.CITY_LEVELS
        every = queries.nodes(key, Scope(everything=True))
        of_level = every.filter(every["level"].is_in(level)).sort("scope")
        names = dict(zip(of_level["scope"], of_level["name"], strict=True))
        node = st.selectbox(
            words("demo.node"), list(names), format_func=names.get, key=f"demo_node_{role}"
        )
    return Viewer(role, node)


def _header(words: Words, view: View, found: list[Key], key: Key | None) -> None:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.header(words(f"page.{view.id}"), anchor=False, width="content")
        with st.container(
            horizontal=True, width="content", vertical_alignment="center", gap="xsmall"
        ):
            if key is not None and view.needs_publication:
                _choose_publication(words, found, key)
            _choose_language(words)


def _nothing_published(context: Context) -> None:
    words = context.words
    with st.container(border=True):
        st.subheader(words("empty.title"), anchor=False)
        if not context.may("upload"):
            st.markdown(words("empty.wait"))
        else:
            st.markdown(words("empty.steps"))
            st.page_link(context.pages["upload"], label=words("empty.go"), icon=":material/upload:")


def _not_yet(context: Context) -> None:
    """What is out in a formal publication alone, and the way to the newest one there is."""
    words, key = context.words, context.publication
    st.info(words("error.not_yet", name=_publication_name(words, key)), icon=":material/schedule:")
    found = [k for k in queries.publications(context.folder) if k.stage == FORMAL]
    if found:
        name = _publication_name(words, found[0])
        st.button(
            words("error.see_formal", name=name), key="see_formal", on_click=_take_publication,
            args=({"": found[0]}, ""),
        )  # fmt: skip


def _draw(view: View, context: Context) -> None:
    """The page, or one plain sentence: who looks never sees a traceback."""
    words = context.words
    try:
        if view.needs_publication and context.key is None:
            _nothing_published(context)
        elif view.needs_publication and context.key and queries.damaged(context.key):
            name = _publication_name(words, context.key)
            st.error(words("error.damaged", name=name), icon=":material/gpp_bad:")
        else:
            view.show(context)
    except NotYet:
        _not_yet(context)
    except Denied:
        st.error(words("error.denied"), icon=":material/lock:")
    except Exception as error:  # whatever it was: logged with a number that the sentence names
        number = secrets.token_hex(4)
        _LOG.error("page %s failed, reference %s\n%s", view.id, number, without_values(error))
        st.error(words("error.page", number=number), icon=":material/error:")


def _home(ids: list[str]) -> str:
    """The page that `/` opens."""
    return HOME if HOME in ids else next(iter(ids), "")


def _pages(words: Words, viewer: Viewer, draw: Any) -> dict[str, Any]:
    allowed = [v for v in views() if may(viewer, v.subject)]
    home = _home([v.id for v in allowed])
    return {
        v.id: st.Page(
            draw(v),
            title=words(f"page.{v.id}"),
            icon=v.icon,
            url_path=v.id,
            default=v.id == home,
        )
        for v in allowed
    }


def _not_for(words: Words, viewer: Viewer, pages: dict[str, Any]) -> list[Any]:
    """Pages that are not in the viewer's menu: a link to one says so, in the viewer's language,
    and leads to the viewer's own.

    Without them the framework says in English that there is no such page.
    """

    def refused(view: View) -> Any:
        def page() -> None:
            _header(words, view, [], None)
            st.error(words("error.denied"), icon=":material/lock:")
            home = _home(list(pages))
            st.page_link(pages[home], label=words(f"page.{home}"), icon=":material/arrow_forward:")

        return st.Page(page, title=words(f"page.{view.id}"), url_path=view.id, visibility="hidden")

    return [refused(v) for v in views() if not may(viewer, v.subject)]


def main() -> None:
    """One run of the script."""
    settings = from_environment()
    words = _language(settings)
    _hold_choices(words)
    st.set_page_config(page_title=words("app.title"), page_icon=images.ICON, layout="wide")
    st.logo(images.name(words("app.name")), icon_image=images.name(words("app.name")), size="large")
    found = queries.publications(settings.folder)
    key = _publication(found)
    viewer = _demo_viewer(words, key) if settings.demo else viewer_of_session(settings, words)
    pages: dict[str, Any] = {}

    def draw(view: View) -> Any:
        def page() -> None:
            _header(words, view, found, key)
            _draw(view, Context(words, viewer, settings.folder, key, pages))

        return page

    pages.update(_pages(words, viewer, draw))
    styles.draw(words)
    whose = st.session_state[watermark.WHOSE] = watermark.line(settings.folder, viewer)
    if whose:
        st.html(watermark.style(whose))
    if not pages:
        _choose_language(words)
        st.info(words("app.no_pages", role=words.either(f"role.{viewer.role}", viewer.role)))
        return
    # expanded: its own "View more" is English
    groups = navigation.grouped(words, pages)
    groups[list(groups)[-1]] += _not_for(words, viewer, pages)
    chosen = st.navigation(groups, expanded=True)
    remember("lang", words.lang)
    if key is not None:
        remember("period", key.period)
        remember("revision", str(key.revision))
    chosen.run()


if __name__ == "__main__":
    main()
