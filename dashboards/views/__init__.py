"""The pages. Every module here with a `VIEW` is one; what a page is given is a :class:`Context`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from dashboards.access import Scope, Subject, Viewer, check_out, may, scope_of
from dashboards.queries import Key
from dashboards.signin.viewing import note_look
from dashboards.words import Words
from pipeline.folders import DataFolder

HOME = "overview"  # what `/` shows; the framework gives that page no path of its own


@dataclass(frozen=True)
class Context:
    """What a page knows: the words, who looks, the data folder, the chosen publication."""

    words: Words
    viewer: Viewer
    folder: DataFolder
    key: Key | None
    pages: dict[str, Any] = field(default_factory=dict)  # page id -> st.Page

    @property
    def publication(self) -> Key:
        """The chosen publication, on pages that need one."""
        if self.key is None:
            raise LookupError("no publication")
        return self.key

    def scope(self, subject: Subject) -> Scope:
        """How far the viewer sees of a subject. Denied if not at all, NotYet if not of this
        publication. Looks at personal detail go into the ledger."""
        scope = scope_of(self.viewer, subject)
        if self.key is not None:
            check_out(self.viewer, subject, self.key.stage)
        note_look(self.folder, self.viewer, subject, scope.node or "")
        return scope

    def may(self, subject: Subject) -> bool:
        return may(self.viewer, subject)


@dataclass(frozen=True)
class View:
    """One page: `id` is its address and its key in the catalogues (`page.<id>`)."""

    id: str
    order: int
    icon: str
    subject: Subject  # who may not touch it does not see the page
    show: Callable[[Context], None]
    needs_publication: bool = True


@cache
def views() -> tuple[View, ...]:
    """All pages in their order."""
    found = [
        importlib.import_module(f"{__name__}.{m.name}").VIEW for m in pkgutil.iter_modules(__path__)
    ]
    return tuple(sorted(found, key=lambda v: v.order))
