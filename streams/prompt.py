"""Faust's consumer, told to wait less for records that are not there yet.

Faust lets a fetch wait for 1.5 s and has no setting for it. A broker that looks for new records now and then
during the wait, as the embedded one does, hands them on the later the longer it may wait: a change then takes
most of a second through three agents. The attribute is private to aiokafka, which is pinned; a test holds it.
"""

from typing import Any, Final

import faust
from faust.transport.drivers import aiokafka as driver

FETCH_WAIT_MS: Final = 50


class _Thread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(driver.Transport):
    Consumer = _Consumer


class PromptApp(faust.App):
    """A Faust app whose consumer fetches promptly."""

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)
