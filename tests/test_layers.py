"""Who may import whom: the table is the architecture. A failure asks for a better import, or for a better house."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "scratchwork"

# A layer may import itself and what stands beside it here; "reward.grammar" allows that module alone.
BELOW = {"errors", "files", "types", "config", "runs"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "built": set(),
    "files": {"errors"},
    "types": set(),
    "config": {"types", "errors"},
    "toml": {"config", "errors", "files"},
    "manifest": {"scratchwork"},
    "shapes": set(),
    "rollout_table": {"types"},
    "answers": {"types", "errors", "files", "rollout_table"},
    "lock": {"files"},
    "runs": {"types", "errors", "files", "lock", "manifest", "answers", "shapes"},
    "tasks": {"types", "errors", "files"},
    "reward": {"types", "errors"},
    "objective": set(),
    "native": set(),
    "model": {"types", "config", "errors", "files", "native"},
    "rollout": {"types", "errors", "config", "model", "native", "reward"},
    "train": BELOW | {"shapes", "tasks", "reward", "objective", "model", "rollout"},
    "statistics": set(),
    "evaluate": {"types", "errors", "runs", "statistics", "tasks", "reward", "rollout"},
    "observe": {"types", "errors", "files", "runs", "shapes", "rollout_table", "reward.grammar", "reward.verify"},
    "foreign": {"types", "errors", "files", "answers", "runs", "rollout_table", "statistics", "observe"}
    | {"reward.grammar", "tasks"},
    "track": {"errors", "files"},
    "watch": {"types", "errors", "files", "built", "runs", "rollout_table", "observe", "model", "objective"}
    | {"reward.grammar"},
    "serve": BELOW
    | {"scratchwork", "built", "watch", "toml", "model", "rollout", "reward.grammar", "reward.verify"}
    | {"recipe", "tasks"}
    | {"router"},
    "router": {"errors", "files", "reward"},
    "frontier": {"types", "model", "rollout", "reward", "evaluate", "observe.drawing", "router", "serve.codec"},
    "study": {"errors", "files", "config", "toml", "runs", "observe"},
    "probe": {"types", "statistics", "evaluate", "reward", "model", "rollout"},
    "export": {"config", "errors", "files", "runs", "model", "observe", "recipe", "serve.shelf", "serve.pieces"},
    "terminal": {"errors", "observe.text", "reward.grammar", "serve.splitter"},
    "cluster": {"config", "errors", "model", "rollout", "train"},
    "recipe": BELOW
    | {"scratchwork", "toml", "rollout_table", "manifest", "shapes"}
    | {"tasks", "reward", "objective", "model", "rollout", "train", "evaluate", "observe", "watch", "track"},
    "cli": BELOW,  # and everything, inside functions: --help loads none of it
    "__init__": set(),
    "__main__": {"cli"},
}
TOP = {"cli"}
NO_TORCH = {
    "errors",
    "files",
    "types",
    "config",
    "toml",
    "manifest",
    "shapes",
    "rollout_table",
    "answers",
    "runs",
    "statistics",
    "tasks",
    "reward",
    "observe",
    "foreign",
    "track",
    "study",
}
OPTIONAL = {
    *("transformers", "datasets", "huggingface_hub", "accelerate", "gguf", "reasoning_gym", "math_verify"),
    *("duckdb", "ray", "tensorboard", "wandb", "trackio", "vllm", "trl"),
}
LOADS_TABLES = ("scratchwork.observe", "scratchwork.rollout_table", "scratchwork.foreign", "scratchwork.track")
FILES = sorted(SRC.rglob("*.py"))


def layer_of(path: Path) -> str:
    """The first name under the package: a folder's or a module's."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imports(source: str, *, outside_functions: bool = False) -> Iterator[str]:
    """The dotted name of everything that `source` imports, `from a import b` as a.b."""
    stack: list[ast.AST] = [ast.parse(source)]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            dots = "." * node.level
            yield from (f"{dots}{node.module or ''}.{alias.name}" for alias in node.names)
        elif not (outside_functions and is_deferred(node)):
            stack.extend(ast.iter_child_nodes(node))


def is_deferred(node: ast.AST) -> bool:
    """True for what importing a module does not run: a function, and imports for the type checker alone."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def violations(layer: str, source: str) -> list[str]:
    """The imports of `source` that the table does not allow to `layer`."""
    bad = []
    for name in imports(source, outside_functions=layer in TOP):
        root, _, inner = name.partition(".")
        if root == "torch" and layer in NO_TORCH | TOP | {"__init__", "__main__"}:
            bad.append(name)
        elif root in ("", "scratchwork"):
            allowed = ALLOWED[layer] | {layer}
            inner = inner or "scratchwork"
            if not root or not any(inner == a or inner.startswith(f"{a}.") for a in allowed):
                bad.append(name)
    return bad


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_every_import_is_in_the_table(path: Path) -> None:
    assert violations(layer_of(path), path.read_text()) == []


@pytest.mark.parametrize(
    ("layer", "source"),
    [
        ("observe", "from scratchwork.train.grpo import step"),
        ("observe", "from scratchwork.reward import rubric"),
        ("train", "def f():\n    import scratchwork.serve.api"),
        ("config", "import torch.nn"),
        ("objective", "from scratchwork.types import Rollout"),
        ("tasks", "from ..model import tokenizer"),
        ("reward", "from scratchwork import Problem"),
        ("cli", "import torch"),
    ],
)
def test_the_check_finds_a_forbidden_import(layer: str, source: str) -> None:
    assert len(violations(layer, source)) == 1


def test_the_check_lets_allowed_imports_pass() -> None:
    assert violations("observe", "from scratchwork.reward import grammar\nimport numpy") == []
    assert violations("cli", "def run():\n    import torch\n    from scratchwork.train.grpo import fit") == []
    assert violations("cli", "if TYPE_CHECKING:\n    from scratchwork.recipe.job import Job") == []


def test_an_optional_package_stands_in_one_file() -> None:
    homes = defaultdict(set)
    for path in FILES:
        for name in imports(path.read_text()):
            root = name.partition(".")[0]
            if root in OPTIONAL:
                homes[root].add(path.name)
    assert {package: files for package, files in homes.items() if len(files) > 1} == {}


def test_layers_below_the_model_load_no_torch() -> None:
    names = [".".join(p.relative_to(SRC.parent).with_suffix("").parts) for p in FILES if layer_of(p) in NO_TORCH]
    wanted = [name for name in names if not name.startswith(LOADS_TABLES)]
    code = f"import sys, importlib; [importlib.import_module(n) for n in {wanted}]; print(*sys.modules, sep='\\n')"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=SRC.parent)
    assert {"torch", "pyarrow", "matplotlib", "transformers"} & set(out.stdout.split()) == set()
