"""Scripts, styles, fonts and pictures, addressed by their content.

The address holds a digest of all of them, so a browser may keep each for a year and
relative references between them hold. A new version has new addresses.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from roledesk.web.routes import Routes
from roledesk.web.server import server_of

routes = Routes()

FOLDER = Path(__file__).parent / "static"
KEEP = "public, max-age=31536000, immutable"


class Assets:
    """The files of one folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._files = StaticFiles(directory=folder, check_dir=False)

    @cached_property
    def version(self) -> str:
        """A digest over every file's name and content."""
        digest = hashlib.sha256()
        for path in sorted(path for path in self._folder.rglob("*") if path.is_file()):
            digest.update(f"{path.relative_to(self._folder)}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

    def address(self, path: str) -> str:
        """Where a browser finds the file at `path` below the folder."""
        return f"/static/{self.version}/{path}"

    def read(self, path: str) -> str:
        """The text of a file of our own."""
        return (self._folder / path).read_text(encoding="utf-8")

    async def respond(self, request: Request, version: str, path: str) -> Response:
        """The file; kept by browsers at the address of its own version only."""
        response = await self._files.get_response(path, request.scope)
        if version == self.version:
            response.headers["Cache-Control"] = KEEP
        return response


@routes.public("GET", "/static/{version}/{path:path}", because="scripts and styles hold nothing of anybody's")
async def show_file(request: Request, version: str, path: str) -> Response:
    """A script, style, font or picture."""
    return await server_of(request).pages.assets.respond(request, version, path)
