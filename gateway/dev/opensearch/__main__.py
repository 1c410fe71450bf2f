"""Fetch OpenSearch's jars, so that no later start has to: `python -m gateway.dev.opensearch`."""

from __future__ import annotations

import signal
import sys

from gateway.dev.opensearch import jars
from gateway.dev.process import StartError


def main() -> int:
    """Return 0 when they are here; else the reason is one sentence on standard error."""
    reason = jars.missing()
    if reason:
        print(reason, file=sys.stderr)
        return 1
    # What is half made is cleared away on the way out, whichever of them asks.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    try:
        jars.prepare()
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


if __name__ == "__main__":
    sys.exit(main())
