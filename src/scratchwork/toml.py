"""Recipes as TOML: found by name or path, changed by `--set a.b=c`, checked, and written back resolved.

A recipe that says `extends = "zero"` is that recipe with its own settings laid over it; what is printed and kept with a
run is the whole. Whatever is wrong is said in a sentence that names the key and the fix; all mistakes of a recipe are
told at once. The standard library reads TOML and does not write it, so the few lines that write the types of a recipe
are here.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from scratchwork.config import Recipe
from scratchwork.errors import UserError, suggestion
from scratchwork.files import file_errors

SHIPPED = Path(__file__).parent / "recipes"


class RecipeError(UserError):
    """A recipe that cannot be run; one line of the message for each mistake."""


def load_recipe(name_or_path: str, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe shipped under a name, or the one at a path, after overrides like `grpo.steps=50`.

    Raises RecipeError when there is none, or when it or an override is wrong.
    """
    table = read_table(find_recipe(name_or_path))
    for override in overrides:
        set_value(table, override)
    return parse_recipe(table)


def read_table(path: Path, below: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The table at a path, laid over the one that it extends, if it does; `below` are those that extend this one.

    A path in `extends` starts at the folder of the file it stands in. A name and a description are each recipe's own.
    Raises RecipeError for what is no TOML, for a recipe that there is not, and for one that extends itself.
    """
    chain = (*below, path.resolve())
    if chain[-1] in below:
        raise RecipeError(f"{path} extends itself: {' -> '.join(p.name for p in chain)}; take one `extends` out")
    with file_errors(path, "read"):
        raw = path.read_bytes()
    try:
        table = tomllib.loads(raw.decode())
    except ValueError as error:  # bad TOML or bad UTF-8; the message has the place
        raise RecipeError(f"{path} is not valid TOML: {error}") from error
    if "extends" not in table:
        return table
    named = table.pop("extends")
    if not isinstance(named, str):
        raise RecipeError(f"extends is {named!r} in {path}; it names one recipe, shipped or by its path")
    found = find_recipe(named)
    under = read_table(found if found.parent == SHIPPED else path.parent / found, chain)
    return overlaid({key: value for key, value in under.items() if key not in ("name", "description")}, table)


def overlaid(table: Mapping[str, Any], over: Mapping[str, Any], section: type[BaseModel] = Recipe) -> dict[str, Any]:
    """`table` with the settings of `over`: a section key by key, any other value whole, a list or a mapping too.

    >>> zero = {"grpo": {"steps": 100, "lr": 1e-3}, "reward": {"accuracy": 1.0}}
    >>> overlaid(zero, {"grpo": {"steps": 50}, "reward": {"random": 1.0}})
    {'grpo': {'steps': 50, 'lr': 0.001}, 'reward': {'random': 1.0}}
    """
    merged = {**table, **over}
    for key in table.keys() & over.keys() & section.model_fields.keys():
        inner = section.model_fields[key].annotation
        tables = isinstance(table[key], dict) and isinstance(over[key], dict)
        if tables and isinstance(inner, type) and issubclass(inner, BaseModel):
            merged[key] = overlaid(table[key], over[key], inner)
    return merged


def find_recipe(name_or_path: str) -> Path:
    """Where the recipe is. A name has neither a slash nor a suffix; anything else is a path."""
    path = Path(name_or_path)
    if path.suffix or len(path.parts) != 1:
        return path
    shipped = {p.stem: p for p in SHIPPED.glob("*.toml")}
    if name_or_path not in shipped:
        raise RecipeError(
            f"no recipe is called {name_or_path!r}; {suggestion(name_or_path, shipped)} "
            "(a recipe of your own is named by its path, ending in .toml)"
        )
    return shipped[name_or_path]


def set_value(table: dict[str, Any], override: str) -> None:
    """Apply `a.b=c` to a recipe's table in place; `tasks.0.weight=2` reaches into a list.

    The value is read as TOML, and as plain text where it is none. Raises RecipeError when the path leads nowhere.

    >>> table = {"grpo": {"steps": 100}}
    >>> set_value(table, "grpo.steps=50"); set_value(table, "base=runs/a"); table
    {'grpo': {'steps': 50}, 'base': 'runs/a'}
    """
    dotted, equals, text = override.partition("=")
    keys = dotted.strip().split(".")
    if not equals or not all(keys):
        raise RecipeError(f"--set {override!r} is not of the form a.b=c, such as grpo.steps=50")
    node: Any = table
    for depth, key in enumerate(keys[:-1], 1):
        if isinstance(node, dict):
            node.setdefault(key, _default_entries(keys[:depth]))
        node = node[_place(node, key, override)]
    node[_place(node, keys[-1], override)] = _parse_value(text.strip())


def parse_recipe(table: Mapping[str, Any]) -> Recipe:
    """Check a whole table. Raises RecipeError with one line for each mistake."""
    try:
        # Through JSON because pydantic's strict mode then takes a list for a tuple, and still no "5" for a 5.
        return Recipe.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        raise RecipeError("\n".join(_sentence(d) for d in error.errors() if not _is_echo(d))) from None


def to_toml(recipe: Recipe) -> str:
    """The resolved recipe with every setting and what it means; `load_recipe` of it gives the same recipe."""
    derived = [f"# {line}" for line in recipe.derived]
    return "\n".join([*derived, *_table_lines(recipe, "")]) + "\n"


def _place(node: Any, key: str, override: str) -> int | str:
    if isinstance(node, dict):
        return key
    if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
        return int(key)
    raise RecipeError(f"--set {override!r}: there is no entry {key!r} at that place")


def _parse_value(text: str) -> Any:
    try:
        table = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return table["value"] if len(table) == 1 else text


def _default_entries(keys: Sequence[str]) -> Any:
    """What `--set` starts from in a table the recipe does not have: for a mapping, the default entries."""
    node: Any = Recipe.model_construct(name="", stages=())
    for key in keys:
        node = getattr(node, key, None)
    return node if isinstance(node, dict) else {}


def _is_echo(detail: ErrorDetails) -> bool:
    """True for what pydantic reports only because of another mistake: a default not derived, a list left shorter."""
    return detail["type"] == "default_factory_not_called" or (detail["type"] == "too_short" and bool(detail["input"]))


def _sentence(detail: ErrorDetails) -> str:
    """One mistake that pydantic found, as a sentence about the recipe."""
    *table, key = detail["loc"] or ("",)
    where = ".".join(map(str, (*table, key)))
    if detail["type"] == "extra_forbidden":
        inside = f"[{'.'.join(map(str, table))}]" if table else "the recipe"
        return f"unknown key {str(key)!r} in {inside}; {suggestion(str(key), _section_at(table).model_fields)}"
    if detail["type"] == "missing":
        return f"{where} is missing; it has no default"
    if detail["type"] == "value_error":
        return f"{where}: {detail['ctx']['error']}".removeprefix(": ")
    message = re.sub(r"^\w+ should", "it should", detail["msg"]).replace("an object", "a table")
    return f"{where} is {detail['input']!r:.80}; {message}"


def _section_at(table: Sequence[int | str]) -> type[BaseModel]:
    """The model that reads the table at this place in a recipe."""
    section: type[BaseModel] = Recipe
    for key in table:
        if isinstance(key, str):
            annotation = section.model_fields[key].annotation
            section = next(a for a in (annotation, *get_args(annotation)) if isinstance(a, type))
    return section


def _table_lines(section: BaseModel, path: str) -> Iterator[str]:
    tables: list[tuple[str, BaseModel]] = []
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        header = f"{path}.{key}".removeprefix(".")
        if isinstance(value, BaseModel):
            tables.append((f"[{header}]", value))
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            tables.extend((f"[[{header}]]", entry) for entry in value)
        elif value is None:
            yield f"# {key} =  # {field.description}"
        else:
            yield f"{key} = {_toml_value(value)}  # {field.description}"
    for header, entry in tables:
        yield f"\n{header}"
        yield from _table_lines(entry, header.strip("[]"))


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml_key(k)} = {_toml_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    # JSON writes numbers, booleans and strings as TOML does, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml_value(key)
