#!/usr/bin/env python3
"""Ask the process of this container how it is: `giants-health /healthz`, or `/readyz`.

The port is that of the process, by its setting. Where none is set it says so and succeeds: the process being
there is all that can be told.
"""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping

SECONDS_MAX = 4.0
_PORTS = ("GIANTS_WORKER_PORT", "GIANTS_API_PORT", "GIANTS_STORE_PORT", "GIANTS_DELIVERY_PORT")


def port_of(environment: Mapping[str, str]) -> int | None:
    """The port to ask; None where the process listens nowhere."""
    for name in _PORTS:
        if environment.get(name, "0") not in ("", "0"):
            return int(environment[name])
    return None


def check(path: str, environment: Mapping[str, str]) -> tuple[bool, str]:
    """Whether the answer is a success, and what to tell."""
    port = port_of(environment)
    if port is None:
        return True, "this process listens nowhere"
    url = f"http://127.0.0.1:{port}{path}"
    try:
        with urllib.request.urlopen(url, timeout=SECONDS_MAX) as answer:
            return True, f"{url} answers {answer.status}"
    except urllib.error.HTTPError as error:
        return False, f"{url} answers {error.code}"
    except OSError as error:
        return False, f"{url} does not answer: {error}"


if __name__ == "__main__":
    is_well, told = check(sys.argv[1] if len(sys.argv) > 1 else "/healthz", os.environ)
    sys.stdout.write(told + "\n")
    sys.exit(0 if is_well else 1)
