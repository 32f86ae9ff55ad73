"""Technical settings: what holds for programs that sign in."""

from __future__ import annotations

from roledesk.engine.technical import EDIT, get_technical, keep_technical
from roledesk.service.api.kit import Asker, api_routes
from roledesk.store.technical import TechnicalSettings

routes = api_routes()


@routes.guarded("GET", "/technical-settings", EDIT)
def read_technical_settings(asker: Asker) -> TechnicalSettings:
    """What holds for tokens made from now on; null days mean that a token may last for ever."""
    return get_technical(asker)


@routes.guarded("PUT", "/technical-settings", EDIT)
def write_technical_settings(asker: Asker, wanted: TechnicalSettings) -> TechnicalSettings:
    """Set what holds for tokens made from now on."""
    keep_technical(asker, wanted)
    return wanted
