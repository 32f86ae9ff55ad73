"""What every template and style sheet keeps to: short, nothing inline, readable in light and dark."""

import re
from itertools import product
from pathlib import Path

import pytest

import roledesk

ROOT = Path(roledesk.__file__).parent
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html"))
STYLES = ROOT / "web" / "static" / "css"
INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\bsrc=)|\son[a-z]+=|javascript:|\bhx-on|\|\s*safe\b")
TOKEN = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")

GROUNDS = ("bg", "surface", "sunken", "raised")
READ_ON = {
    "text": (*GROUNDS, "accent-soft", "gain-soft", "lose-soft", "warn-soft"),
    "muted": (*GROUNDS, "accent-soft", "gain-soft", "lose-soft", "warn-soft"),
    "faint": ("bg", "surface", "raised"),  # on tinted grounds base.css replaces it by muted
    "accent": (*GROUNDS, "accent-soft"),
    "gain": (*GROUNDS, "gain-soft"),
    "lose": (*GROUNDS, "lose-soft"),
    "warn": (*GROUNDS, "warn-soft"),
    "on-accent": ("accent",),
}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_is_short_and_has_nothing_inline(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 80
    assert not INLINE.findall(text)


def luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_words_stand_out_from_every_ground_in_light_and_dark() -> None:
    found = TOKEN.findall((STYLES / "tokens.css").read_text(encoding="utf-8"))
    colours = {name: (light, dark) for name, light, dark in found}
    pale = [
        (ink, ground, scheme)
        for ink, grounds in READ_ON.items()
        for ground, (at, scheme) in product(grounds, enumerate(("light", "dark")))
        if contrast(colours[ink][at], colours[ground][at]) < 4.5
    ]
    assert pale == []


def test_a_colour_is_named_in_one_place_only() -> None:
    strays = [
        path.name
        for path in STYLES.glob("*.css")
        if path.name != "tokens.css"
        and re.search(r"#[0-9a-f]{3,8}\b(?!-)|rgba?\(", path.read_text(encoding="utf-8"))
    ]
    assert strays == []


def test_every_style_sheet_is_linked() -> None:
    of_the_frame = (ROOT / "web" / "templates" / "_styles.html").read_text(encoding="utf-8")
    of_visitors = (ROOT / "desk" / "templates" / "widget.html").read_text(encoding="utf-8")
    strays = [
        path.stem
        for path in STYLES.glob("*.css")
        if f'"{path.stem}"' not in of_the_frame and f"css/{path.name}" not in of_visitors
    ]
    assert strays == []
