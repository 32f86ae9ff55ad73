"""The presets whose roles an organization's catalogue has all permissions for; read once."""

from __future__ import annotations

from functools import lru_cache

from roledesk.catalogue import load_preset, preset_names
from roledesk.core.catalogue import Catalogue, Source
from roledesk.core.catalogue_file import parse_catalogue
from roledesk.core.templates import Preset
from roledesk.errors import CatalogueError


@lru_cache(maxsize=16)
def presets_of(sources: tuple[Source, ...]) -> tuple[Preset, ...]:
    """The presets that fit the catalogue read from `sources`; none for a host's own permissions alone."""
    catalogue = parse_catalogue(sources)
    found = (_find(name, catalogue) for name in preset_names())
    return tuple(preset for preset in found if preset is not None)


def _find(name: str, catalogue: Catalogue) -> Preset | None:
    try:
        return load_preset(name, catalogue)
    except CatalogueError:
        return None
