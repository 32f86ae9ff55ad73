"""Requests of a page that are kept from the server until they are let go: what overtakes what is no accident."""

from playwright.sync_api import Page, Route


class Gate:
    """Stands before an address; what the page asks of it waits until it is opened."""

    def __init__(self, page: Page, way: str) -> None:
        self._page = page
        self._held: list[Route] = []
        self._is_open = False
        page.route(way, self._come)

    @property
    def came(self) -> int:
        """How often something came."""
        return len(self._held)

    def wait(self) -> None:
        """Wait until something waits here."""
        while not self._held:
            self._page.wait_for_timeout(10)

    def open(self) -> None:
        """Let go what waits here, and whatever comes next."""
        self.wait()
        self._is_open = True
        for route in tuple(self._held):
            route.continue_()

    def _come(self, route: Route) -> None:
        self._held.append(route)
        if self._is_open:
            route.continue_()
