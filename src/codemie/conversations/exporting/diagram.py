"""A process that draws one Mermaid diagram: JSON in, SVG or PNG out. What is no diagram ends it with status 3.

The renderer is an extra, written in Rust, without a browser and without a network. Neither it nor what it draws is
trusted: it runs in here with limits of its own, and pictures from elsewhere are left out of what it draws.
"""

import json
import re
import resource
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

NO_DIAGRAM = 3
_FONTS = Path(__file__).with_name("fonts")
_MEMORY_BYTES, _CPU_SECONDS = 1024 * 2**20, 20
_WIDEST = 4000
_OPTIONS = {"version": 2, "resources": {"profile": "constrained"}, "svg": {"pipeline": "resvg-safe"}}
_PICTURES = re.compile(r"<(?:image|feImage)\b[^>]*?(?:/>|>.*?</(?:image|feImage)>)", re.DOTALL)
_VIEW = re.compile(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')


def main() -> int:
    """Read the order, write the picture to standard output; what is wrong with the diagram goes to standard error."""
    if sys.platform.startswith("linux"):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    order = json.load(sys.stdin)
    # Extras: absent where type checkers look, and looked up only here.
    merman: Any = import_module("merman")
    try:
        drawn = merman.Merman().render_svg(order["code"], json.dumps(_OPTIONS))
    except merman.MermanError as error:
        sys.stderr.write(str(getattr(error, "message", "") or error)[:1000])
        return NO_DIAGRAM
    svg = _PICTURES.sub("", drawn)
    sys.stdout.buffer.write(_png(svg) if order["format"] == "png" else svg.encode())
    return 0


def _png(svg: str) -> bytes:
    """In twice the size, as far as that is not too large, with fonts of ours."""
    resvg: Any = import_module("resvg_py")
    found = _VIEW.search(svg)
    longest = max(map(float, found.groups())) if found else _WIDEST
    return bytes(
        resvg.svg_to_bytes(
            svg_string=svg,
            zoom=max(1, min(2, int(_WIDEST / longest))),
            background="white",
            skip_system_fonts=True,
            font_dirs=[str(_FONTS)],
            font_family="DejaVu Sans",
            sans_serif_family="DejaVu Sans",
            monospace_family="DejaVu Sans Mono",
        )
    )


if __name__ == "__main__":
    sys.exit(main())
