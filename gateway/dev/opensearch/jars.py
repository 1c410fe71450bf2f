"""What OpenSearch needs on this machine: Java, and its jars, which Maven fetches once per user.

There is no wheel of it as there is of the other parts. The official jars are on Maven Central; `pom.xml` names them, and
`Server.java` makes a server of them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.dev.process import Child, StartError

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent
_POM, _SERVER, _LOGGING = _HERE / "pom.xml", _HERE / "Server.java", _HERE / "log4j2.properties"
_OLDEST_JAVA = 17
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies"
_MINUTES = 10  # for 50 MB
_ADVICE = f"install a JDK, {_OLDEST_JAVA} or newer, and Maven (Debian: apt-get install openjdk-17-jdk-headless maven)"


def missing() -> str | None:
    """Say in a sentence what is not installed here; None when OpenSearch can be started, or fetched and started."""
    java = program("java")
    if java is None:
        return f"There is no Java for OpenSearch: {_ADVICE}"
    version = _version(java)
    if version < _OLDEST_JAVA:
        return f"OpenSearch needs a newer Java than {java}, version {version or 'unknown'}: {_ADVICE}"
    if not prepared():
        for name, tool in (("javac", "Java compiler"), ("mvn", "Maven")):
            if program(name) is None:
                return f"There is no {tool} to fetch OpenSearch with: {_ADVICE}"
    return None


def program(name: str) -> str | None:
    """The path of a program of the JDK's, or Maven; JAVA_HOME comes before PATH."""
    home = os.environ.get("JAVA_HOME")
    path = os.environ.get("PATH", os.defpath)
    return shutil.which(name, path=f"{home}/bin{os.pathsep}{path}" if home else path)


def folder() -> Path:
    """Where the jars are; the name changes with what they are fetched and started by."""
    sources = hashlib.sha256(b"".join(path.read_bytes() for path in (_POM, _SERVER, _LOGGING)))
    caches = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return caches / "brickgate" / f"opensearch-{sources.hexdigest()[:16]}"


def prepared() -> bool:
    """Whether the jars are here: the folder gets its name when all is in it."""
    return folder().is_dir()


def prepare() -> Path:
    """Fetch and compile what is not here yet, half a minute of work, and return the folder.

    Of several processes one works, the others wait for it. One that is interrupted leaves nothing that counts.

    Raises:
        StartError: the folder cannot be written, Maven could not fetch the jars, or the server does not compile.
    """
    final = folder()
    if final.is_dir():
        return final
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        with _locked(final.parent / "opensearch.lock"):
            if not final.is_dir():
                _make(final)
    except OSError as error:
        raise StartError(f"{final} cannot be made: {error.strerror}.") from None
    return final


def _make(final: Path) -> None:
    for left in final.parent.glob("opensearch-*.new"):  # by one that was killed
        shutil.rmtree(left)
    new = final.with_suffix(".new")
    try:
        new.mkdir()
        maven = [
            str(program("mvn")),
            "--batch-mode",
            "--quiet",
            "--update-snapshots",
        ]  # else it remembers past failures
        _run("Maven", [*maven, f"--file={_POM}", _COPY, f"-DoutputDirectory={new}"], new)
        javac = [str(program("javac")), "--release", str(_OLDEST_JAVA), "-cp", f"{new}/*", "-d", str(new)]
        _run("javac", [*javac, str(_SERVER)], new)
        shutil.copy(_LOGGING, new)
        new.rename(final)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _run(name: str, command: list[str], new: Path) -> None:
    """Run one step; its first complaint is the reason of a failure."""
    log = new / f"{name}.log"
    child = Child(name, command, log=log)
    try:
        child.wait(_MINUTES * 60)
    except StartError as error:
        complaint = re.search(r"^.*\b(?:ERROR|error)\b.*$", log.read_text(errors="replace"), re.MULTILINE)
        raise StartError(complaint[0] if complaint else str(error)) from None
    finally:
        child.stop()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _version(java: str) -> int:
    """The number before the first dot; 0 for what does not run, as macOS has where no Java is installed."""
    answer = subprocess.run(  # noqa: S603 - a program of the developer's own
        [java, "-XX:TieredStopAtLevel=1", "-version"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tempfile.gettempdir(),
    )
    match = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    return int(match[1]) if match and answer.returncode == 0 else 0
