"""Where the pages for browsers are once they are built: in the package of a wheel, in web/dist of a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent
PLACES = (PACKAGE / "page", PACKAGE.parents[1] / "web" / "dist")
