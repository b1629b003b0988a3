"""A catalogue: the choices of one kind (models, optimizers, …) by their key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

from workbench.core.errors import UnknownNameError
from workbench.core.settings import CatalogueSettings, build

C = TypeVar("C", bound=CatalogueSettings)


class Catalogue(Generic[C]):
    """The settings classes of one kind of choice, in the order in which to show them."""

    def __init__(self, noun: str, entries: tuple[type[C], ...]) -> None:
        self.noun = noun
        self._by_key = {entry.key(): entry for entry in entries}
        if len(self._by_key) != len(entries):
            raise ValueError(f"two {noun} entries have the same key")

    def __iter__(self) -> Iterator[type[C]]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)

    def __getitem__(self, key: str) -> type[C]:
        """Return the settings class of that key.

        Raises:
            UnknownNameError: listing the known keys.
        """
        try:
            return self._by_key[key]
        except KeyError:
            raise UnknownNameError(self.noun, key, self.keys()) from None

    def keys(self) -> tuple[str, ...]:
        """List the keys in order."""
        return tuple(self._by_key)

    def build(self, values: Mapping[str, Any], *, path: str) -> C:
        """Make the settings that `values["kind"]` names.

        Raises:
            UnknownNameError: for an unknown kind.
            SettingsError: naming every invalid field.
        """
        return build(self[str(values.get("kind", ""))], values, path=path)
