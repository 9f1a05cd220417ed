"""A Faust program whose agent fails: `python -m tests.contracts.faust_program BROKER TOPIC MODE FOLDER`.

MODE is `ack`, the default of Faust, or `noack`. It writes a line for every event that failed.
"""

import sys
from typing import Any

import faust


def main() -> None:
    """Run until told to end."""
    broker, topic_name, mode, folder = sys.argv[1:]
    app = faust.App(
        f"{topic_name}-{mode}",
        broker=f"kafka://{broker}",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        store="memory://",
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=0.1,
        broker_session_timeout=6,
        broker_heartbeat_interval=1,
        broker_rebalance_timeout=12,
        datadir=folder,
    )
    topic = app.topic(topic_name, key_serializer="raw", value_serializer="raw")

    async def agent(stream: Any) -> None:
        async for event in (stream.noack() if mode == "noack" else stream).events():
            sys.stdout.write(f"failed at {event.message.offset}\n")
            sys.stdout.flush()
            raise ValueError("the handler fails")

    app.agent(topic)(agent)
    faust.Worker(app, override_logging=False, quiet=True, redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main()
