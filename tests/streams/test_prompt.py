"""What `streams.prompt` relies on inside Faust and aiokafka, which are pinned for it."""

import asyncio
from pathlib import Path

import aiokafka
from faust.transport.drivers import aiokafka as driver

from streams.app import Worker
from streams.prompt import FETCH_WAIT_MS
from streams.settings import Settings


def test_the_worker_fetches_with_a_short_wait(broker_settings: Settings, tmp_path: Path) -> None:
    async def wait_of_fetches() -> int:
        worker = Worker(broker_settings.model_copy(update={"data_dir": tmp_path}))
        transport = worker.app.transport
        assert isinstance(transport, driver.Transport)
        thread = worker.app.consumer._new_consumer_thread()
        consumer = thread._create_worker_consumer(transport)
        assert isinstance(consumer, aiokafka.AIOKafkaConsumer)
        await consumer.stop()
        return int(consumer._fetch_max_wait_ms)

    assert asyncio.run(wait_of_fetches()) == FETCH_WAIT_MS
