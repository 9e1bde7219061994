"""Draws a terminal screen as SVG, each character in its own cell.

    tmux capture-pane -e -p | python3 docs/images/terminal_to_svg.py > dashboard.svg

Reads text with SGR colour codes (16, 256 and true colour, bold, reverse). Braille patterns,
of which the dashboard's curves are made, are drawn as dots, since few fonts have them.
"""

import re
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT, MARGIN = 8.4, 17, 12
BACKGROUND, FOREGROUND = "#16181d", "#d8dade"
BASIC = ["#3b3f46", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dade"]
BASIC += ["#6b717d", "#ff7b86", "#b5e890", "#ffd68a", "#7cc4ff", "#e39af5", "#74d7e4", "#ffffff"]


def indexed(n):
    """The colour of a 256-colour index."""
    if n < 16:
        return BASIC[n]
    if n > 231:
        level = 8 + 10 * (n - 232)
        return f"#{level:02x}{level:02x}{level:02x}"
    n -= 16
    levels = [0, 95, 135, 175, 215, 255]
    return "#" + "".join(f"{levels[n // d % 6]:02x}" for d in (36, 6, 1))


def cells(line, style):
    """Yields (character, style) and carries the style on to the next line."""
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        match = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if not match:
            for character in part:
                yield character, dict(style)
            continue
        codes = [int(code or 0) for code in match[1].split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                style.clear()
            elif code in (1, 2, 7):
                style[code] = True
            elif code in (38, 48):
                key = "fg" if code == 38 else "bg"
                if codes.pop(0) == 5:
                    style[key] = indexed(codes.pop(0))
                else:
                    style[key] = "#" + "".join(f"{codes.pop(0):02x}" for _ in range(3))
            elif 30 <= code <= 37 or 90 <= code <= 97:
                style["fg"] = BASIC[code % 10 + (8 if code >= 90 else 0)]
            elif code == 39:
                style.pop("fg", None)
            elif code == 49:
                style.pop("bg", None)
            elif code == 22:
                style.pop(1, None)
                style.pop(2, None)
            elif code == 27:
                style.pop(7, None)


def draw(character, style, x, y):
    """One cell as SVG elements."""
    color = style.get("fg", FOREGROUND)
    if style.get(7):
        yield f'<rect x="{x:.1f}" y="{y}" width="{WIDTH}" height="{HEIGHT}" fill="{color}"/>'
        color = style.get("bg", BACKGROUND)
    elif "bg" in style:
        yield f'<rect x="{x:.1f}" y="{y}" width="{WIDTH}" height="{HEIGHT}" fill="{style["bg"]}"/>'
    dots = ord(character) - 0x2800
    if 0 < dots < 256:
        places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
        for bit, (column, row) in enumerate(places):
            if dots >> bit & 1:
                cx, cy = x + 2.1 + 4.2 * column, y + 2.1 + 4.25 * row
                yield f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="1.3" fill="{color}"/>'
    elif character.strip() and dots != 0:
        weight = ' font-weight="bold"' if style.get(1) else ""
        fade = ' opacity="0.6"' if style.get(2) else ""
        text = escape(character)
        yield f'<text x="{x:.1f}" y="{y + 13}" fill="{color}"{weight}{fade}>{text}</text>'


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    style, columns, body = {}, 0, []
    for row, line in enumerate(lines):
        for column, (character, look) in enumerate(cells(line, style)):
            columns = max(columns, column + 1)
            body += draw(character, look, MARGIN + column * WIDTH, MARGIN + row * HEIGHT)
    width, height = 2 * MARGIN + columns * WIDTH, 2 * MARGIN + len(lines) * HEIGHT
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">'
    )
    print(f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>')
    print("\n".join(body))
    print("</svg>")


main()
