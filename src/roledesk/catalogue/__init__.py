"""The catalogue files and presets that come with Roledesk.

`access` holds Roledesk's own permissions, `desk` those of the support desk. Presets
are the sets of roles an organization starts from.
Not here: reading the files (core/catalogue_file.py), a host's own file.
"""

from __future__ import annotations

from importlib.resources import files

from roledesk.core.catalogue import Catalogue, Source
from roledesk.core.templates import Preset, parse_preset
from roledesk.errors import NotFoundError

BUILTIN_NAMES = ("access", "desk")
"""The catalogue files that come with Roledesk, in the order they are loaded."""

_PRESET_NAMES = ("convrs", "convers8", "freshworks", "donut")


def load_builtin(*names: str) -> tuple[Source, ...]:
    """The text of the named catalogue files; of all of them when none is named.

    Raises NotFoundError.
    """
    return tuple(_load("catalogue", name, BUILTIN_NAMES, f"{name}.toml") for name in names or BUILTIN_NAMES)


def preset_names() -> tuple[str, ...]:
    """The ids of the presets, in the order they are offered."""
    return _PRESET_NAMES


def load_preset(name: str, catalogue: Catalogue) -> Preset:
    """The preset with this id, its roles written in permissions of `catalogue`.

    Raises NotFoundError, and CatalogueError when `catalogue` lacks a permission it gives.
    """
    return parse_preset(_load("preset", name, _PRESET_NAMES, f"templates/{name}.toml"), catalogue)


def _load(what: str, name: str, known: tuple[str, ...], path: str) -> Source:
    if name not in known:
        raise NotFoundError(what, name)
    return Source(path, (files(__package__) / path).read_text(encoding="utf-8"))
