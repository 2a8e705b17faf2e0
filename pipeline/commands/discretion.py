"""What goes to a terminal may end in a log: shoppers of the office's list are not named there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pipeline.faults import Fault
from pipeline.folders import DataFolder


def discreet(folder: DataFolder) -> Callable[[Sequence[str]], list[str]]:
    """A function that masks the ids and names of the office's list in some texts.

    Without a list, or where it cannot be read, it leaves them as they are.
    """
    from pipeline.persons import mask_texts, pattern_of

    pattern = None
    if folder.office.is_file():
        ids, names = _listed(folder)
        pattern = pattern_of(ids, names)
    return lambda texts: list(texts) if pattern is None else mask_texts(texts, pattern)


def _listed(folder: DataFolder) -> tuple[list[str], list[str]]:
    from pipeline.office import Office, shoppers

    try:
        with Office.open(folder) as office:
            listed = shoppers.live(office.connection)
    except Fault:  # whoever cannot open it has been told so
        return [], []
    names = listed["name"].drop_nulls().to_list() if "name" in listed.columns else []
    return listed["shopper_id"].to_list(), names


def discreet_document(folder: DataFolder, document: Any) -> Any:
    """A JSON document with every text in it masked."""
    texts = sorted(set(_texts(document)))
    hidden = dict(zip(texts, discreet(folder)(texts), strict=True))
    return _mapped(document, hidden)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _mapped(value: Any, hidden: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return hidden[value]
    if isinstance(value, dict):
        return {k: _mapped(v, hidden) for k, v in value.items()}
    return [_mapped(v, hidden) for v in value] if isinstance(value, list) else value
