"""What Terraform deploys, out of the lock file and this checkout: the code, and a layer of dependencies for each architecture (NFR1).

The same input makes the same bytes, so that nothing is deployed that has not changed. Modules come compiled for Lambda's Python with
unchecked hashes: a function then neither compiles nor compares a source when it starts.
Source: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.dev.api import ROOT
from gateway.dev.process import StartError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PYTHON = "3.13"  # Lambda's
# An architecture of Lambda's, and the platform whose wheels run there: Amazon Linux 2023 has glibc 2.34.
PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
CODE = ("gateway", "resolvers", "services", "db", "settings.py")
LARGEST, GOAL = (
    250_000_000,
    50_000_000,
)  # bytes: unzipped, function and layers together, as Lambda has it; zipped, as we want it
# Bytes of one zip: what Lambda takes in an upload, as Terraform makes it, and where there is little left of it.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
UPLOAD, NEARLY = 50_000_000, 48_000_000
BUILD = "BUILD"  # the file that names the code: what one build keeps in Redis is nothing to another
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can tell
_NOT_DEPLOYED = ("gateway/dev/*", "gateway/cli.py", "**/__pycache__/*", "**/*.mako")
# The SDK describes hundreds of services; each takes its file when it is first used, and these are used.
_SERVICES = {"cognito-idp", "s3", "secretsmanager", "sqs", "ssm", "sts"}
_DATA = "botocore/data"
_UNUSED = (
    "bin/*",
    "**/tests/*",
    "**/*.c",
    "**/*.h",
    "**/*.pxd",
    "**/*.pyi",
    "**/*.pyx",
    "PIL/_avif.*",  # no format that is accepted here
    "PIL/_imagingft.*",  # writes text into pictures
    "alembic/templates",
    "alembic/testing",
    "pillow.libs/libavif-*",
    "pillow.libs/libfreetype-*",
    "pillow.libs/libharfbuzz-*",
    "sqlalchemy/dialects/mssql",
    "sqlalchemy/dialects/mysql",
    "sqlalchemy/dialects/oracle",
    "sqlalchemy/dialects/sqlite",
    "sqlalchemy/testing",
    "strawberry/static",
    "**/py.typed",
    "**/*.dist-info/RECORD",
    "**/*.dist-info/direct_url.json",
    "**/*.dist-info/sboms/*",
    "**/__pycache__/*",
)


def package(environ: Mapping[str, str], *, folder: Path = ROOT / "dist") -> int:
    """Write `function.zip` and a `layer-<architecture>.zip` each into `folder`, and print their sizes and hashes.

    Raises:
        StartError: a part is missing, or the outcome is too large for Lambda.
    """
    python = interpreter(environ)
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="brickgate-") as temporary:
        code = Path(temporary) / "code"
        _copy_code(code)
        _compile(python, code)
        function = folder / "function.zip"
        size = _zip(code, function)
        _say(function, size)
        uploadable(function)
        for architecture, platform in PLATFORMS.items():
            layer = Path(temporary) / architecture
            _install(environ, layer / "python", platform)
            _compile(python, layer / "python")
            target = folder / f"layer-{architecture}.zip"
            of_layer = _zip(layer, target)
            _say(target, of_layer)
            uploadable(target)
            if size + of_layer > LARGEST:
                raise StartError(f"{size + of_layer:,} bytes unzipped are more than Lambda takes ({LARGEST:,}).")
            if (zipped := target.stat().st_size + function.stat().st_size) > GOAL:
                print(f"  {zipped:,} bytes zipped are more than the {GOAL:,} that we want.")
    return 0


def uploadable(path: Path) -> None:
    """Warn where a zip is nearly too large for an upload to Lambda.

    Raises:
        StartError: it is too large: an apply would fail at it, after everything else was made.
    """
    size = path.stat().st_size
    if size > UPLOAD:
        raise StartError(
            f"{path.name} has {size:,} bytes, and Lambda takes uploads of {UPLOAD:,} at most. Add what no function imports to _UNUSED in "
            "gateway/dev/package.py, or have terraform/functions.tf bring the layer by S3, which takes it up to 250 MB unzipped."
        )
    if size > NEARLY:
        print(f"  {path.name} is near the {UPLOAD:,} bytes that Lambda takes in an upload: {UPLOAD - size:,} are left.")


def _copy_code(folder: Path) -> None:
    for name in CODE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    _remove(folder, _NOT_DEPLOYED)
    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    (folder / BUILD).write_text(digest.hexdigest()[:16] + "\n")


def _install(environ: Mapping[str, str], folder: Path, platform: str) -> None:
    """What the lock file names for production, as wheels of that platform."""
    uv = environ.get("UV") or shutil.which("uv") or str(ROOT / ".tools/uv/bin/uv")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        exported = _run(
            [uv, "export", "--frozen", "--no-dev", "--no-emit-project", "--format", "requirements.txt", "-q"]
        )
        requirements.write(exported)
        requirements.flush()
        _run(
            [
                *(uv, "pip", "install", "--target", str(folder), "--python-version", PYTHON),
                *("--python-platform", platform, "--only-binary", ":all:", "--no-deps", "--require-hashes"),
                *("--link-mode", "copy", "-q", "-r", requirements.name),
            ]
        )
    for path in (folder / _DATA).iterdir():
        if path.is_dir() and path.name not in _SERVICES:
            shutil.rmtree(path)
    _remove(folder, _UNUSED)


def _compile(python: str, folder: Path) -> None:
    command = [
        python,
        "-m",
        "compileall",
        "-q",
        "-j",
        "0",
        "--invalidation-mode",
        "unchecked-hash",
        "-s",
        str(folder),
        ".",
    ]
    # A package may bring a module that this Python cannot compile and nobody imports: that is no failure of ours.
    subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONHASHSEED": "0"}, check=False, capture_output=True)  # noqa: S603 - the commands are written in this module


def _zip(folder: Path, target: Path) -> int:
    """Zip a folder the same way every time; its size unzipped."""
    size = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in _files(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if path.suffix == ".so" else 0o100644) << 16
            content = path.read_bytes()
            size += len(content)
            archive.writestr(entry, content)
    return size


def _files(folder: Path) -> list[Path]:
    return sorted(
        (path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.relative_to(folder).as_posix()
    )


def _remove(folder: Path, patterns: Iterable[str]) -> None:
    for pattern in patterns:
        for path in sorted(folder.glob(pattern), reverse=True):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def interpreter(environ: Mapping[str, str]) -> str:
    """An interpreter of Lambda's version, whose bytecode it is."""
    pyenv = Path(environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = [
        *([sys.executable] if sys.version_info[:2] == tuple(map(int, PYTHON.split("."))) else []),
        *filter(None, [shutil.which(f"python{PYTHON}")]),
        *map(str, sorted(pyenv.glob(f"versions/{PYTHON}.*/bin/python"), reverse=True)),
    ]
    for python in found:  # a shim of pyenv's may stand for no version
        if subprocess.run([python, "--version"], check=False, capture_output=True).returncode == 0:  # noqa: S603 - as above
            return python
    raise StartError(f"Python {PYTHON} is missing, Lambda's: install it, for example with: uv python install {PYTHON}")


def _run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603 - as above
    if done.returncode:
        raise StartError(f"{' '.join(command[:3])} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def _say(path: Path, unzipped: int) -> None:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    print(f"{path.name:<18} {len(content):>12,} bytes {unzipped:>12,} unzipped  sha256 {digest}")
