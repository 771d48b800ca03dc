"""What an archive holds beside the sources: the built page, where `make page` has built it."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACES = {"wheel": "scratchwork/page", "sdist": "web/dist"}


class PageHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # a checkout serves its own web/dist
            return
        dist = Path(self.root, "web", "dist")
        if (dist / "index.html").is_file():
            build_data["force_include"][str(dist)] = PLACES[self.target_name]
        else:
            self.app.display_warning("the page is not built, so that this archive is without it; run `make page` first")
