#!/usr/bin/env python3
"""Draws a terminal's text with its colours (standard input) as SVG (standard output)."""

import re
import sys
from xml.sax.saxutils import escape

CHARACTER, LINE, MARGIN = 7.8, 18, 16
BACKGROUND, FOREGROUND = "#1b1f27", "#d5dae3"
BASIC = {30: "#5c6370", 31: "#f27983", 32: "#9ccf7a", 33: "#e6c07a", 34: "#73b7f2", 35: "#cf8ee0", 36: "#66c3cc"}
STEPS = (0, 95, 135, 175, 215, 255)


def palette(number):
    """A colour of the 256 that are neither basic nor grey, or a grey."""
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    if number >= 16:
        number -= 16
        return "#" + "".join(f"{STEPS[part]:02x}" for part in (number // 36, number // 6 % 6, number % 6))
    return BASIC.get(30 + number % 8, FOREGROUND)


def styled(codes, style):
    """The style (colour, bold) after a sequence of codes."""
    colour, bold = style
    codes = [int(code or 0) for code in codes.split(";")]
    while codes:
        code = codes.pop(0)
        if code == 0:
            colour, bold = FOREGROUND, False
        elif code == 1:
            bold = True
        elif code == 38 and codes[:1] == [5]:
            colour, codes = palette(codes[1]), codes[2:]
        elif code == 39:
            colour = FOREGROUND
        elif code in BASIC or code - 60 in BASIC:
            colour = BASIC[code if code in BASIC else code - 60]
    return colour, bold


def runs(line, style):
    """Stretches of one style as (column, text, style), and the style after the line."""
    found, column = [], 0
    for index, part in enumerate(re.split(r"\x1b\[([0-9;]*)m", line)):
        if index % 2:
            style = styled(part, style)
        elif part:
            if found and found[-1][2] == style:
                found[-1] = (found[-1][0], found[-1][1] + part, style)
            else:
                found.append((column, part, style))
            column += len(part)
    return found, style


def main():
    lines, style = [], (FOREGROUND, False)
    for line in sys.stdin.read().rstrip("\n").split("\n"):
        found, style = runs(line, style)
        lines.append(found)
    columns = max((column + len(text) for found in lines for column, text, _ in found), default=0)
    width, height = round(columns * CHARACTER) + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">')
    print(f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>')
    fonts = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
    print(f'<g font-family="{fonts}" font-size="13" xml:space="preserve" style="white-space: pre">')
    for row, found in enumerate(lines):
        for column, text, (colour, bold) in found:
            if text.strip():
                column += len(text) - len(text.lstrip())
                text = text.strip()
                # The length keeps columns aligned whatever the font.
                x, y = MARGIN + column * CHARACTER, MARGIN + row * LINE + 13
                weight = ' font-weight="bold"' if bold else ""
                length = f'{len(text) * CHARACTER:.1f}" lengthAdjust="spacingAndGlyphs'
                print(f'<text x="{x:.1f}" y="{y}" fill="{colour}"{weight} textLength="{length}">{escape(text)}</text>')
    print("</g>\n</svg>")


main()
