"""The hub: whoever subscribes to a topic is told of it, until that ends."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from securechat.rooms.hub import Hub
from tests.core.test_secrecy import reachable


class TestHub:
    """Subscriptions, and their ends."""

    def test_of_that_topic_alone(self) -> None:
        """Each subscriber once a topic that is told; not of others."""
        hub, told = Hub(), list[str]()
        hub.subscribe("red", lambda: told.append("red"))
        hub.subscribe("green", lambda: told.append("green"))
        hub.publish("blue")
        assert told == []
        hub.publish("green", "red", "blue")
        assert sorted(told) == ["green", "red"]

    def test_each_ends_on_its_own(self) -> None:
        """The same function may subscribe twice; ending one leaves the other."""
        hub, told = Hub(), []

        def wake() -> None:
            told.append(1)

        ends = [hub.subscribe("red", wake) for _ in range(2)]
        hub.publish("red")
        ends[0]()
        ends[0]()
        hub.publish("red")
        ends[1]()
        hub.publish("red")
        assert len(told) == 3

    def test_who_is_told_may_look_and_go_at_once(self) -> None:
        """It is called outside the lock: it may subscribe, end and tell, and does not wait for itself."""
        hub, told = Hub(), list[str]()

        def wake() -> None:
            end()
            hub.subscribe("green", lambda: told.append("green"))
            hub.publish("green")

        end = hub.subscribe("red", wake)
        hub.publish("red")
        hub.publish("red")
        assert told == ["green"]

    def test_threads_that_come_and_go(self) -> None:
        """While thousands subscribe, end and tell, nothing is lost: one that stays is told of the last."""
        hub, news = Hub(), threading.Event()
        hub.subscribe("red", news.set)

        def come_and_go() -> None:
            for _ in range(500):
                hub.subscribe("red", lambda: None)()
                hub.publish("red")

        with ThreadPoolExecutor(6) as pool:
            for future in [pool.submit(come_and_go) for _ in range(6)]:
                future.result()
        news.clear()
        hub.publish("red")
        assert news.is_set()

    def test_topics_that_nobody_subscribes_to_are_forgotten(self) -> None:
        """After a thousand subscriptions to as many rooms came and went, nothing of them is left."""
        hub = Hub()
        before = sum(1 for _ in reachable(hub))
        for number in range(1_000):
            end = hub.subscribe(f"room {number}", lambda: None)
            hub.publish(f"room {number}", "nobody wants to know of this")
            end()
            end()
        assert sum(1 for _ in reachable(hub)) == before
