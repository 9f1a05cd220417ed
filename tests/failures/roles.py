"""Worker, store and delivery as processes with a port for their probes."""

import re
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx

from giants.embedded.broker import LOOPBACK, free_port
from tests.chaos.process_group import ProcessGroup
from tests.waiting import wait_for

READY_SECONDS_MAX: Final = 180.0
END_SECONDS_MAX: Final = 180.0


class Roles:
    """The processes of one installation, by their command."""

    def __init__(self, group: ProcessGroup) -> None:
        self.group: Final = group
        self._ports: dict[str, int] = {}

    def start(self, *roles: str, **environment: str) -> None:
        """Start a process for each command, with a port for its probes.

        One of several is named by its command and a number, such as `store-2`.
        """
        for role in roles:
            port = self._ports[role] = free_port()
            command = role.partition("-")[0]
            variable = "GIANTS_API_PORT" if command == "api" else f"GIANTS_{command.upper()}_PORT"
            self.group.add(role, command, **{variable: str(port)}, **environment)

    def address(self, role: str) -> str:
        """Where a process listens."""
        return f"http://{LOOPBACK}:{self._ports[role]}"

    def answer(self, role: str, path: str) -> httpx.Response | None:
        """What a probe answers; None where nothing listens."""
        try:
            return httpx.get(f"{self.address(role)}{path}", timeout=10)
        except httpx.TransportError:
            return None

    def readiness(self, role: str) -> tuple[int, dict[str, Any]]:
        """Status and body of `/readyz`, once something listens."""
        answer = wait_for(f"{role} to listen", lambda: self.answer(role, "/readyz"), READY_SECONDS_MAX)
        return answer.status_code, answer.json()

    def is_ready(self, role: str) -> bool:
        """Whether `/readyz` answers 200 now."""
        answer = self.answer(role, "/readyz")
        return answer is not None and answer.status_code == 200

    def wait_until_ready(self, *roles: str) -> None:
        """Return once `/readyz` of each answers 200."""
        for role in roles:
            wait_for(f"{role} to be ready", partial(self.is_ready, role), READY_SECONDS_MAX)

    def metric(self, role: str, name: str) -> float | None:
        """The sum of a metric's series; None where it has none or nothing listens."""
        answer = self.answer(role, "/metrics")
        lines = answer.text.splitlines() if answer is not None else []
        values = [float(line.rpartition(" ")[2]) for line in lines if re.split("[{ ]", line)[0] == name]
        return sum(values) if values else None

    def log(self, role: str) -> str:
        """What a process has written."""
        return self.group.log_file(role).read_text()

    def log_file(self, role: str) -> Path:
        """Where a process writes."""
        return self.group.log_file(role)

    def wait_until_ended(self, role: str) -> str:
        """Wait until a process has ended by itself; returns the last line that it wrote."""
        wait_for(f"{role} to end", lambda: not self.group.is_running(role), END_SECONDS_MAX)
        return self.log(role).splitlines()[-1]
