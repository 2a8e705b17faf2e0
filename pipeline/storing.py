"""The groups of a large sending, stored in turn: while a thread loads the facts of one, the intents
of the next are written and its files named.

Each group takes the steps of :mod:`pipeline.commit` in their order, and none is sealed, nor loaded,
before the one before it is written through: whatever a kill or a fault leaves, `reconcile.recover`
looks at one workbook after the other.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from pipeline.archive import Staging
from pipeline.commit import Committed, Group, Unsealed, Waypoint, begin, load, seal, write_through
from pipeline.office.ledger import Head
from pipeline.office.uploads import Sealed
from pipeline.stores import Stores


class Storing:
    """Stores groups. As a context manager: what has not been settled is left to recovery."""

    def __init__(self, stores: Stores, actor: str, at: Waypoint, staging: Staging) -> None:
        self._stores, self._actor, self._at, self._staging = stores, actor, at, staging
        self._warehouse = stores.warehouse.beside()
        self._aside = ThreadPoolExecutor(1)
        self._loading: tuple[Unsealed, Future[dict[str, Sealed]]] | None = None
        self._writing: Future[None] | None = None

    def __enter__(self) -> Storing:
        return self

    def __exit__(self, *error: object) -> None:
        self._aside.shutdown(cancel_futures=True)
        self._warehouse.close()

    def begin(self, group: Group) -> Committed:
        """As :func:`commit`, but its facts and its seal are there after the next :meth:`settle`.

        Fault: what is wrong with this group, or with the facts of the one before it.
        """
        unsealed = begin(self._stores, group, self._actor, self._at, self._staging)
        self._seal()
        self._loading = unsealed, self._aside.submit(load, self._warehouse, unsealed, self._at)
        return unsealed.committed

    def settle(self) -> None:
        """Waits until all that was begun is sealed and written through. Fault if it cannot be."""
        self._seal()
        if self._writing:
            self._writing.result()

    def _seal(self) -> None:
        """Seals what was loaded; it is written through by the thread, before it loads anew."""
        if self._loading is None:
            return
        (unsealed, loaded), self._loading = self._loading, None
        seal(self._stores, unsealed, loaded.result(), self._actor, self._at)
        head: Head = self._stores.office.head()
        before, self._writing = (
            self._writing,
            self._aside.submit(write_through, self._warehouse, head),
        )
        if before:
            before.result()
