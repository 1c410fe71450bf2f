"""The house stays as the README draws it: who may import whom, which file names a domain has, how long a module gets."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("gateway", "resolvers", "services", "db")
MODULES = [*sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")), ROOT / "settings.py"]
# A room, and the rooms that it may import besides itself.
BELOW = {
    "gateway": {"resolvers", "services", "db", "settings"},
    "resolvers": {"services", "db"},
    "services": set(),
    "db": {"services"},  # for one policy of trying again and one kind of span, see below
    "settings": {"services"},
}
DOMAIN_FILES = {"__init__.py", "types.py", "queries.py", "mutations.py", "rules.py", "store.py", "loaders.py"}
# Search is no domain but what domains share: two engines, and the query that one of them is sent.
SEARCH_FILES = {"engines.py", "query.py"}
# Those that gateway.rest puts together.
DOMAINS_OF_ROUTES = [
    ROOT / "gateway" / "rest" / f"{found}.py"
    for found in re.findall(r"\*(\w+)\.ROUTES", (ROOT / "gateway" / "rest" / "__init__.py").read_text())
]
LONGEST = 300  # lines; a longer module holds two nouns


def imports(path: Path) -> set[str]:
    """The modules that a file names, those of its functions included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.prd("1.1.4")
def test_functions_shared_code_types_and_infrastructure_have_their_places() -> None:
    """src/functions, src/lib, src/types and infrastructure of the PRD: gateway/lambdas, services and db, types.py, terraform."""
    named = re.findall(
        r'handler += "gateway\.lambdas\.(\w+)\.handler"', (ROOT / "terraform" / "functions.tf").read_text()
    )
    assert set(named) == {path.stem for path in (ROOT / "gateway" / "lambdas").glob("[!_]*.py")}
    assert {path.parts[-2] for path in MODULES} >= {"services", "db"}
    for domain in {path.parent for path in MODULES if path.name in {"queries.py", "mutations.py"}}:
        assert (domain / "types.py").exists(), domain


@pytest.mark.prd("2.1.2")
@pytest.mark.prd("3.1.8")
@pytest.mark.parametrize("path", DOMAINS_OF_ROUTES, ids=name)
def test_the_routes_of_a_domain_are_a_table_that_shares_its_handler_and_envelope(path: Path) -> None:
    kinds = {type(node) for node in ast.parse(path.read_text()).body}
    assert kinds <= {ast.Expr, ast.ImportFrom, ast.Assign}
    assert imports(path) <= {"__future__", "__future__.annotations"} | {
        module for module in imports(path) if module.startswith("gateway.rest.route")
    }


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_point_one_way(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    named = {module.split(".")[0] for module in imports(path)} & BELOW.keys()
    assert named - BELOW[room] - {room} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "gateway" / "compiled").glob("*.py")), ids=name)
def test_the_compiler_knows_graphql_and_nothing_of_this_project(path: Path) -> None:
    """`gateway/compiled/` could be published alone tomorrow."""
    others = {module.split(".")[0] for module in imports(path) if not module.startswith("gateway.compiled")}
    assert others <= {"graphql", "strawberry", *sys.stdlib_module_names}


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[-2] == "db"], ids=name)
def test_the_database_shares_two_things_with_the_services(path: Path) -> None:
    named = {module for module in imports(path) if module.startswith("services.")}
    assert named <= {"services.retry", "services.retry.retried", "services.tracing", "services.tracing.span"}


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "rules.py"], ids=name)
def test_rules_know_neither_graphql_nor_sql(path: Path) -> None:
    roots = {module.split(".")[0] for module in imports(path)}
    assert roots & {"strawberry", "graphql", "sqlalchemy", "asyncpg", "db", "gateway"} == set()


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[-3:-2] == ("resolvers",)], ids=name)
def test_a_domain_has_the_same_file_names_as_every_other(path: Path) -> None:
    assert path.name in (DOMAIN_FILES | SEARCH_FILES if path.parent.name == "search" else DOMAIN_FILES)


@pytest.mark.prd("2.1.2")
@pytest.mark.parametrize("path", [path for path in MODULES if "resolvers" in path.parts], ids=name)
def test_statements_are_built_in_stores_alone(path: Path) -> None:
    if path.name != "store.py":
        assert {
            module for module in imports(path) if module.startswith(("sqlalchemy", "db.models", "db.query"))
        } == set()


@pytest.mark.prd("2.1.9")
@pytest.mark.parametrize("path", [path for path in MODULES if "dev" not in path.parts], ids=name)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    text = path.read_text()
    assert path.name in {"settings.py", "cli.py"} or not ("os.environ" in text or "getenv" in text)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_hold_one_noun(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "common", "manager", "misc"}
    lines = len(path.read_text().splitlines())
    if path == ROOT / "settings.py":
        return  # a table, as long as there are things to set
    assert lines <= LONGEST, f"{lines} lines: which two nouns live here?"


def test_the_served_program_needs_no_development_package() -> None:
    """The embedded stack stays out of what Lambda imports."""
    for path in MODULES:
        if "dev" not in path.parts and path.name != "cli.py":
            assert not any(module.startswith("gateway.dev") for module in imports(path)), name(path)
