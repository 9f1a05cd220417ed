"""A dispatcher in a process that a test can kill: `python -m tests.delivery.worker QUEUE`."""

import asyncio
import sys
from pathlib import Path

from giants.delivery.addresses import Guard
from giants.delivery.clock import SystemClock
from giants.delivery.dispatcher import Dispatcher, Post
from giants.delivery.mail import MailSender
from giants.delivery.queue import DeliveryQueue
from giants.delivery.settings import DeliverySettings
from giants.delivery.webhook import WebhookSender


async def run(queue: DeliveryQueue) -> None:
    """Deliver until the process is killed."""
    post = Post(WebhookSender(Guard(allow_private=True)), MailSender(DeliverySettings()))
    await Dispatcher(queue, SystemClock(), post).run(asyncio.Event())


if __name__ == "__main__":
    with DeliveryQueue(Path(sys.argv[1])) as queue:
        asyncio.run(run(queue))
