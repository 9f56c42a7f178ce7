"""A cluster in this process that loses actors and nodes by the draw of a generator: what `cluster.Crew` asks of Ray."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from types import SimpleNamespace

from runners.schema import Reply

MACHINE = {"os": "linux", "arch": "x86_64", "cpu": "Some CPU", "cores_physical": 4}


def identity(node: str) -> str:
    """A node's number as Ray writes it."""
    return f"{int(node.removeprefix('node')):056x}"


class RayError(Exception):
    """What Ray raises for an actor or a node that is gone."""


class RayTaskError(RayError):
    """What Ray raises for an error of the actor's own."""

    def __init__(self, cause):
        self.cause = cause


@dataclass(eq=False)
class Call:
    """A call that was made."""

    handle: Handle
    name: str
    words: tuple


class Handle:
    """An actor. Its calls are done when their result is fetched; it answers a request with its own prompt."""

    def __init__(self, ray, node):
        self._ray, self.node, self.asked, self.dead = ray, node, {}, False

    def __getattr__(self, name):
        return SimpleNamespace(remote=lambda *words: Call(self, name, words))

    def do(self, name, words):
        if name == "load":
            self.asked = {}
            self._ray.loads.append((self.node, words[0].task.experiment.slug))
            if fault := self._ray.refuses(self.node, words[0]):
                raise RayTaskError(fault)
            return {"machine": self._ray.machines.get(self.node, MACHINE)}
        if name == "ask":
            self.asked = dict(enumerate(words[0]))
        if any(self._ray.poison in request.prompt for request in self.asked.values() if self._ray.poison):
            self.dead = True
            raise RayError("the actor died")
        some = self._ray.draw.sample(sorted(self.asked), self._ray.draw.randrange(1, len(self.asked) + 1))
        return [(index, Reply(text=self.asked.pop(index).prompt)) for index in some]


class Ray:
    """As many nodes as it is told, each with room for one actor."""

    exceptions = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)

    def __init__(self, nodes=3, seed=0, losing=0.0, most=0, poison="", gpus=0):
        self.draw, self.losing, self.most, self.poison, self.gpus = Random(seed), losing, most, poison, gpus
        self.machines, self.loads, self.losses = {}, [], 0
        self.refuses = lambda node, order: None
        self.alive = [f"node{number}" for number in range(nodes)]
        self._born = nodes

    def nodes(self):
        room = {"CPU": 4.0, "GPU": float(self.gpus)}
        return [{"NodeID": identity(n), "NodeManagerAddress": n, "Alive": True, "Resources": room} for n in self.alive]

    def remote(self, kind):
        return SimpleNamespace(options=lambda **options: SimpleNamespace(remote=lambda: self._actor(**options)))

    def _actor(self, scheduling_strategy, num_cpus, num_gpus):
        assert num_gpus == (1 if self.gpus else 0) and num_cpus <= 4
        return Handle(self, f"node{int(scheduling_strategy.node_id, 16)}")

    def wait(self, refs, timeout):
        return [self.draw.choice(refs)], []

    def get(self, ref):
        handle = ref.handle
        self.disturb(handle)
        if handle.dead or handle.node not in self.alive:
            raise RayError("the actor died")
        return handle.do(ref.name, ref.words)

    def kill(self, handle):
        handle.dead = True

    def disturb(self, handle):
        if self.losses < self.most and self.draw.random() < self.losing:
            self.losses += 1
            handle.dead = True
            if self.draw.random() < 0.5 and handle.node in self.alive:  # its node, too; another one takes its place
                self.alive[self.alive.index(handle.node)] = f"node{self._born}"
                self._born += 1
