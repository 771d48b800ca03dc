"""The README's tree names every module there is, and none that is not; its links lead somewhere."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def tree_modules() -> set[str]:
    """The paths in the README's tree: on a line, modules, or a folder and its modules; then what they are."""
    block = README.split("```text\nsrc/scratchwork/\n", 1)[1].split("```", 1)[0]
    found = set()
    for line in block.splitlines():
        names = line.split(" — ")[0].replace("·", " ").split()
        folder = names.pop(0) if names[0].endswith("/") else ""
        found |= {folder + name for name in names}
    return found


def test_tree_is_the_tree():
    src = ROOT / "src" / "scratchwork"
    modules = {
        str(path.relative_to(src).with_suffix("")) for path in src.rglob("*.py") if not path.stem.startswith("__")
    }
    assert tree_modules() == modules


def test_links_exist():
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert targets and all((ROOT / target).exists() for target in targets)
