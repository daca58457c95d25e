"""Delivery: one batch function for all modes, in process or as the job of a worker.

A batch is taken under a lease, handed to its channel message by message at the channel's rate, and settled in one
transaction. What can pass is tried again with exponential backoff and jitter; what cannot is parked with its reason.
Where the channel itself fails, the rest of the batch goes back untouched, and after some failures in a row the
channel is left alone for a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import tenacity

from policyver.config import Channel, Duty, NoticeSettings, Settings
from policyver.errors import PolicyverError
from policyver.notices import outbox
from policyver.notices.composing import Content
from policyver.notices.outbox import Batch, Message, Queued, Settled, State
from policyver.notices.store import Store, StoreBusyError, StoreError
from policyver.notices.tokens import unsubscribe_url

if TYPE_CHECKING:
    from policyver.notices.channels import Outgoing, Receipt, Sender

Progress = Callable[[State], None]
"""Told of each message's new state, once that is in the store."""


def nobody_told(connection: object, channel: str, ids: list[int], due: int) -> None:
    """What tells of new messages where no worker waits for jobs: the embedded mode looks by itself."""


@dataclass
class Courier:
    """Delivers batches through the configured channels, each opened once. Use as a context manager.

    `sleep` waits some seconds; `told` is told of messages that are to be tried again.
    """

    store: Store
    settings: Settings
    root: Path
    told: Queued = nobody_told
    progress: Progress = lambda state: None
    warn: Callable[[str], None] = lambda sentence: None
    sleep: Callable[[float], None] = time.sleep
    _senders: dict[str, Sender] = field(default_factory=dict)
    _unknown: set[str] = field(default_factory=set)

    def __enter__(self) -> Courier:
        return self

    def __exit__(self, *_: object) -> None:
        for sender in self._senders.values():
            sender.close()

    def drain(self, longest_wait: float | None = None, pause: Callable[[int, float], None] = lambda n, s: None) -> bool:
        """Deliver until nothing is waiting, retries included; False where the next retry is further off than
        `longest_wait` seconds. `pause` is told for how many messages it waits, and how many seconds.

        Raises `PolicyverError` where a channel or the store cannot be used.
        """
        while True:
            outbox.take_over(self.store, self.told)
            if sum([self.deliver(one.name) for one in self.settings.channels]):
                continue
            outbox.mind_the_clock(self.store)
            left = [one for one in outbox.waiting(self.store) if self._is_known(one.channel, one.due)]
            if not left:
                return True
            seconds = max(0.05, (min(one.next_at for one in left) - self.store.clock()) / 1000)
            if longest_wait is not None and seconds > longest_wait:
                return False
            pause(len(left), seconds)
            # Not in one go: another process may leave a batch behind, or the clock be set.
            self.sleep(min(seconds, 5.0))

    def _is_known(self, channel: str, due: int) -> bool:
        if any(one.name == channel for one in self.settings.channels):
            return True
        if channel not in self._unknown:
            self._unknown.add(channel)
            self.warn(
                f"messages wait for the channel {channel!r}, which the configuration has no more ({due} are due): add "
                "it again, or cancel them with `policyver outbox cancel`."
            )
        return False

    def deliver(self, channel_name: str, ids: tuple[int, int] | None = None) -> int:
        """Deliver one batch of a channel (of a range of ids, where given); how many messages it had."""
        channel = next(one for one in self.settings.channels if one.name == channel_name)
        notices = self.settings.notices
        interval = 60_000 / channel.rate_per_minute if channel.rate_per_minute else 0.0
        batch = outbox.take(self.store, channel.name, notices.batch_size, notices.lease_seconds * 1000, interval, ids)
        if batch is None:
            return 0
        _Delivery(self, channel, batch, interval).run()
        return len(batch.messages)

    def sender(self, channel: Channel) -> Sender:
        known = self._senders.get(channel.name)
        if known is None:
            from policyver.notices.channels import open_sender

            known = self._senders[channel.name] = open_sender(channel, self.settings.notices, self.root)
        return known


class _Delivery:
    """One batch on its way."""

    def __init__(self, courier: Courier, channel: Channel, batch: Batch, interval: float) -> None:
        self._courier = courier
        self._store = courier.store
        self._notices = courier.settings.notices
        self._channel = channel
        self._batch = batch
        self._interval = interval
        self._ended: dict[int, Settled] = {}
        self._failures = 0
        self._open_for = 0
        self._renewed = time.monotonic()

    def run(self) -> None:
        current: Message | None = None
        try:
            sender = self._courier.sender(self._channel)
            for index, message in enumerate(self._batch.messages):
                if not self._may_go_on(index):
                    return
                current = message
                receipt = self._send(sender, message)
                current = None
                if self._is_over(message, receipt):
                    break
        except StoreBusyError as error:
            # What was sent is settled when the store is back; the rest of the batch is for the next one.
            self._courier.warn(str(error))
            current = None
        finally:
            if current is not None:
                self._end(current, State.FAILED, "the sender was interrupted; it may have been sent", delay=0.0)
            self._settle()

    def _send(self, sender: Sender, message: Message) -> Receipt:
        from policyver.notices.channels import Receipt, Status

        try:
            outgoing = self._outgoing(message)
        except StoreError:
            raise
        except PolicyverError as error:
            return Receipt(Status.REFUSED, str(error))
        if outgoing is None:
            return Receipt(Status.REFUSED, "the subscriber is not in the store any more")
        try:
            return sender.send(outgoing)
        except Exception as error:  # a message that breaks its channel is counted, and parked in the end
            return Receipt(Status.DEFERRED, f"it could not be sent: {type(error).__name__}")

    def _outgoing(self, message: Message) -> Outgoing | None:
        from policyver.notices.channels import Outgoing

        is_single = message.recipient.startswith("channel:")
        if message.address is None and not is_single:
            return None
        address = self._store.keys.decrypt(message.address, "address") if message.address else ""
        name = self._store.keys.decrypt(message.name, "name") if message.name else ""
        courtesy = message.duty == Duty.COURTESY and not is_single
        url = (
            unsubscribe_url(self._store, self._notices, message.recipient, message.queued_at)
            if courtesy
            else self._notices.base_url or ""
        )
        return Outgoing(
            message.key, _content(self._store, message.notice_id), address, name, message.language, courtesy, url,
            message.queued_at,
        )  # fmt: skip

    def _is_over(self, message: Message, receipt: Receipt) -> bool:
        """Note how a message ended; whether the rest of the batch has to wait."""
        from policyver.notices.channels import Status

        # Subscribers' own URLs have a server each: that one is down says nothing of the next.
        down = receipt.channel_down and self._channel.url is not None
        if receipt.status is Status.DELIVERED:
            self._end(message, State.SENT)
        elif receipt.status is Status.REFUSED:
            self._end(message, State.DEAD, receipt.reason)
        else:
            self._try_again(message, receipt, counts=not down)
        if not down:
            return False
        self._failures = outbox.failures_of(self._store, self._channel.name) + 1
        wait = receipt.retry_after or backoff(self._failures, self._notices)
        if self._failures >= self._notices.breaker_failures:
            wait = max(wait, self._notices.breaker_seconds)
        self._open_for = int(wait * 1000)
        return True

    def _try_again(self, message: Message, receipt: Receipt, *, counts: bool) -> None:
        age = self._store.clock() - message.queued_at
        if age > self._notices.give_up_days * 86_400_000:
            self._end(message, State.DEAD, f"gave up after {self._notices.give_up_days:g} days: {receipt.reason}")
        elif counts and message.attempts >= self._notices.attempts:
            self._end(message, State.DEAD, f"gave up after {message.attempts} attempts: {receipt.reason}")
        else:
            wait = backoff(message.attempts, self._notices)
            self._end(message, State.FAILED, receipt.reason, max(wait, receipt.retry_after or 0.0), counts=counts)

    def _end(
        self, message: Message, state: State, reason: str = "", delay: float | None = None, *, counts: bool = True
    ) -> None:
        due = None if delay is None else self._store.clock() + int(delay * 1000)
        self._ended[message.id] = Settled(message.id, state, outbox.without_addresses(reason), due, counts)

    def _may_go_on(self, index: int) -> bool:
        """Wait for the slot of the message at `index`, holding the lease; False where it was taken over."""
        slot = self._batch.first_slot + index * self._interval
        while True:
            ahead = (slot - self._store.clock()) / 1000 if self._interval else 0.0
            if time.monotonic() - self._renewed > self._notices.lease_seconds / 3:
                if not outbox.renew(self._store, self._batch.lease, self._notices.lease_seconds * 1000):
                    return False
                self._renewed = time.monotonic()
            if not 0.0 < ahead < 86_400:
                return True
            self._courier.sleep(min(ahead, 1.0))

    def _settle(self) -> None:
        """Write the ends, patiently: what was sent must not be forgotten because the database is away for a while."""
        now = self._store.clock()
        rest = [
            Settled(one.id, State.PENDING, "", now + self._open_for, counts=False)
            for one in self._batch.messages
            if one.id not in self._ended
        ]
        ended = [*self._ended.values(), *rest]
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(StoreBusyError),
            wait=tenacity.wait_exponential_jitter(multiplier=0.2, max=10),
            stop=tenacity.stop_after_delay(max(30.0, self._notices.lease_seconds / 2)),
            sleep=self._courier.sleep,
            reraise=True,
        )
        retrying(
            outbox.settle, self._store, self._batch, ended, self._courier.told,
            channel_failures=self._failures, open_for_ms=self._open_for,
        )  # fmt: skip
        for one in self._ended.values():
            self._courier.progress(one.state)


@lru_cache(maxsize=64)
def _content(store: Store, notice: int) -> Content:
    return outbox.content_of(store, notice)


def backoff(attempts: int, settings: NoticeSettings) -> float:
    """Seconds to wait after so many attempts: doubling from `first_retry` to `longest_retry`, with jitter."""
    wait = tenacity.wait_exponential_jitter(
        multiplier=settings.first_retry, max=settings.longest_retry, jitter=settings.first_retry
    )
    state = tenacity.RetryCallState(retry_object=tenacity.Retrying(), fn=None, args=(), kwargs={})
    state.attempt_number = max(1, min(attempts, 40))
    return float(wait(state))


def check_channels(settings: Settings, names: Iterable[str], root: Path) -> None:
    """Refuse channels that cannot work, before anything is queued. Raises `ConfigurationError`."""
    from policyver.notices.channels import check_channel

    for channel in settings.channels:
        if channel.name in set(names):
            check_channel(channel, settings.notices, root)
