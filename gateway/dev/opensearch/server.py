"""OpenSearch 2.19, one node on the loopback interface, as one Java process of 512 MB heap."""

from __future__ import annotations

import tempfile
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from gateway.dev.opensearch import jars
from gateway.dev.process import LOOPBACK, Child

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "2.19"
START_SECONDS = 100
"""How long a start may take, the opening of indices included; five are usual on an idle machine."""
_HEALTH = "/_cluster/health?wait_for_status=yellow&timeout=0s"
_TEMPORARY = tempfile.gettempdir()
_OPTIONS = (
    "-Xmx512m",
    # As OpenSearch sets them: garbage must not fill the heap up to its circuit breaker.
    "-XX:+UseG1GC",
    "-XX:G1ReservePercent=25",
    "-XX:InitiatingHeapOccupancyPercent=30",
    # The quick compiler only: half the processor time of a start, on machines with few cores.
    "-XX:TieredStopAtLevel=1",
    # A server out of memory is ended, not left half alive.
    "-XX:OnOutOfMemoryError=kill -KILL %p",
    "-XX:-UsePerfData",
    f"-Djava.io.tmpdir={_TEMPORARY}",
    f"-Djna.tmpdir={_TEMPORARY}",
    "-Djna.nosys=true",
    "-Dfile.encoding=UTF-8",
    "-Djava.locale.providers=SPI,CLDR",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
    "-Dio.netty.recycler.maxCapacityPerThread=0",
    "-Dio.netty.allocator.numDirectArenas=0",
    "-Djava.util.logging.manager=org.apache.logging.log4j.jul.LogManager",
    "-Dlog4j.shutdownHookEnabled=false",
    "-Dlog4j2.disable.jmx=true",
)


class OpenSearch:
    """One server on `port` with its data in `folder`, which is made at the first start.

    The thread that makes it must live as long as it: the kernel takes a thread's end for its parent's.

    Raises:
        StartError: its jars could not be fetched.
    """

    def __init__(self, port: int, folder: Path, *, log: Path) -> None:
        self.port = port
        parts = jars.prepare()
        folder.mkdir(parents=True, exist_ok=True)
        java = jars.program("java") or "java"
        command: list[str | Path] = [java, *_OPTIONS, "-cp", f"{parts}:{parts}/*", "Server", str(port), folder]
        self.child = Child("OpenSearch", command, log=log)

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://{LOOPBACK}:{self.port}"

    def wait(self) -> None:
        """Return once every index of its folder can be searched.

        Raises:
            StartError: with the end of its log.
        """
        self.child.wait_until(self.ready, START_SECONDS)

    def ready(self) -> bool:
        """Whether it answers, and every index can be searched."""
        connection = HTTPConnection(LOOPBACK, self.port, timeout=2)
        try:
            connection.request("GET", _HEALTH)
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
