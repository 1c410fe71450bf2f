"""What `make package` writes: the same bytes each time, small enough, and running by itself under Lambda's Python (NFR1, PRD 2.1.1)."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway import trusted
from gateway.dev.package import GOAL, LARGEST, PLATFORMS, PYTHON, interpreter, package
from gateway.dev.process import StartError
from tests.gateway.conftest import MOC
from tests.gateway.lambdas.runtime import Function
from tests.gateway.lambdas.test_http import event

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
MACHINES = {"arm64": 183, "x86_64": 62}  # of ELF: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
FILES = """
import json, sys
for name in ("http", "appsync", "worker", "migrate"):
    __import__(f"gateway.lambdas.{name}")
import PIL.Image, aioboto3, opensearchpy, pillow_heif, redis.asyncio
print(json.dumps(sorted({getattr(module, "__file__", None) or "" for module in list(sys.modules.values())})))
"""


@pytest.fixture(scope="module")
def python() -> str:
    try:
        return interpreter(os.environ)
    except StartError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def built(python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a build."""
    assert python
    folder = tmp_path_factory.mktemp("built")
    assert package(os.environ, folder=folder) == 0
    return folder


@pytest.fixture(scope="module")
def unpacked(built: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The code, and the layer for this machine, as Lambda would lay them out."""
    code, layer = tmp_path_factory.mktemp("task"), tmp_path_factory.mktemp("opt")
    for name, folder in (("function", code), ("layer-x86_64", layer)):
        with zipfile.ZipFile(built / f"{name}.zip") as archive:
            archive.extractall(folder)
    return code, layer / "python"


@pytest.fixture(scope="module")
def client(python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """AWS's runtime client for that Python, which Lambda brings."""
    folder = tmp_path_factory.mktemp("client")
    uv = os.environ.get("UV") or ".tools/uv/bin/uv"
    command = [uv, "pip", "install", "-q", "--python", python, "--target", str(folder), "awslambdaric"]
    subprocess.run(command, check=True)
    return folder


def test_the_same_input_makes_the_same_bytes(built: Path, tmp_path: Path) -> None:
    assert package(os.environ, folder=tmp_path) == 0
    names = sorted(path.name for path in built.iterdir())
    assert names == ["function.zip", "layer-arm64.zip", "layer-x86_64.zip"]
    for name in names:
        assert (tmp_path / name).read_bytes() == (built / name).read_bytes(), name


@pytest.mark.parametrize("architecture", PLATFORMS)
def test_it_is_small_enough_compiled_and_for_its_machine(built: Path, architecture: str) -> None:
    function, layer = built / "function.zip", built / f"layer-{architecture}.zip"
    assert function.stat().st_size + layer.stat().st_size < GOAL
    unzipped = 0
    for path in (function, layer):
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            unzipped += sum(entry.file_size for entry in entries)
            names = {entry.filename for entry in entries}
            assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
            sources = [name for name in names if name.endswith(".py")]
            compiled = [name for name in names if name.endswith(".cpython-313.pyc")]
            assert len(compiled) > 0.99 * len(sources)
            for name in compiled[:20]:
                assert archive.read(name)[4] == 1, "hashed, and unchecked"
            libraries = [name for name in names if ".so" in name and not name.endswith(".py")]
            assert {archive.read(name)[18] for name in libraries} <= {MACHINES[architecture]}
    assert unzipped < LARGEST
    with zipfile.ZipFile(function) as archive:
        names = set(archive.namelist())
        assert not [name for name in names if name.startswith(("gateway/dev/", "tests/")) or "cli" in name]
        assert {"gateway/operations/mocs.graphql", "db/migrations/versions/0001_legacy.py", "BUILD"} <= names


def test_the_functions_load_from_it_alone(
    python: str, unpacked: tuple[Path, Path], client: Path, environment: dict[str, str]
) -> None:
    code, layer = unpacked
    done = subprocess.run(
        [python, "-c", FILES],
        cwd=code,
        env={**environment, "PYTHONPATH": f"{layer}:{client}", "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        stdout=subprocess.PIPE,
    )
    own = Path(python).resolve().parents[1]
    strangers = [
        name
        for name in json.loads(done.stdout.splitlines()[-1])
        if name.startswith("/")
        and not any(Path(name).is_relative_to(root) for root in (code, layer, client, own, "/usr/lib"))
    ]
    assert strangers == []


def test_it_serves_requests_under_lambdas_python(
    python: str,
    unpacked: tuple[Path, Path],
    client: Path,
    environment: dict[str, str],
    token: Callable[[str], str],
) -> None:
    code, layer = unpacked
    headers = {"authorization": f"Bearer {token('alice')}", "content-type": "application/json"}
    given = {**environment, "PYTHONPATH": f"{layer}:{client}"}
    with Function("gateway.lambdas.http.handler", given, python=python, folder=code) as function:
        kind, answer = function.invoke(event("GET", "/health"))
        assert (kind, answer["statusCode"]) == ("response", 200), answer
        _, created = function.invoke(event("POST", "/api/mocs", body=json.dumps(MOC), headers=headers))
        assert created["statusCode"] == 201, created
        _, listed = function.invoke(event("GET", "/api/mocs", headers=headers))
        assert [moc["title"] for moc in json.loads(listed["body"])["data"]] == [MOC["title"]]
        _, asked = function.invoke(
            event("POST", "/graphql", body=json.dumps({"query": "{ mocs { total } }"}), headers=headers)
        )
        assert json.loads(asked["body"])["data"] == {"mocs": {"total": 1}}
        known = json.loads((trusted.MANIFESTS / "rest.json").read_text())["operations"]
        listing = json.dumps({"documentId": next(one["id"] for one in known if one["name"] == "ListMocs")})
        _, asked = function.invoke(event("POST", "/graphql", body=listing, headers=headers))
        assert json.loads(asked["body"])["data"]["envelope"]["total"] == 1
    assert PYTHON == "3.13"
