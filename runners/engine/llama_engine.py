"""llama.cpp in process: many requests answered in one batch, with shared prefixes evaluated once.

The loop fills free slots with waiting jobs, reads their prompts, then generates one token for every slot at a time and
refills a slot as soon as its reply is complete. Reading and generating are separate decode calls, so that each reply's
seconds can be told apart.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import llama_cpp
import numpy as np

from ..schema import Choose, Detour, Generate, Reply, Request, Trace, failed_reply
from .context import BATCH, BatchRow, Context
from .jobs import Prompted, SequenceJob, Writer, batch_order, jobs_of, next_turn
from .prefix import common_prefix_length
from .probes.expert_search import ExpertSearch
from .probes.trace import Tracer
from .protocol import EngineError, Load
from .sampling import ConstraintError, logprob

WORTH_SHARING = 16
"""A shared prefix of fewer tokens costs more to copy than to evaluate again."""


def ignore(*_: Any) -> None:
    """A callback that does nothing."""


class Slot:
    """One sequence of the KV cache: the tokens it holds, and the reply being written in it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.tokens: list[int] = []
        self.read = 0  # how many of `tokens` are in the cache already
        self.pure = 0  # how many of them were read as a prompt; generating rounds differently, so only these are shared
        self.job: SequenceJob | None = None
        self.writer: Writer | None = None
        self.next: list[np.ndarray] = []  # rows of logits not used yet
        self.fault = ""  # why there is no next token

    @property
    def work(self) -> SequenceJob:
        """Its job; asked only where it has one."""
        assert self.job is not None
        return self.job

    @property
    def left(self) -> int:
        """Tokens of the prompt that are still to be read."""
        return len(self.tokens) - self.read if self.job and not self.writer else 0

    @property
    def scoring(self) -> bool:
        """Whether its job is to score options, and not to write."""
        return isinstance(self.work.request, Choose)

    @property
    def wanted(self) -> int:
        """The first place whose logits are needed: before the option that is scored, or the prompt's last."""
        return (self.work.scored or len(self.tokens)) - 1

    def shared_length(self, prompt: list[int]) -> int:
        """Tokens of a prompt that this sequence holds and can lend, now or once prompts are read."""
        return min(common_prefix_length(self.tokens, prompt), self.pure)


class LlamaEngine:
    """See `protocol.Engine`. `started(index)` and `tick()` are called as work goes on, so that a parent can watch."""

    def __init__(self, load: Load, started: Callable[[int], None] = ignore, tick: Callable[[], None] = ignore) -> None:
        self.context = Context(load)
        if load.gpu_layers != 0:
            self.context.warm()
        self.load, self._started, self._tick = load, started, tick
        self._share = load.share_prefix and self.context.divisible
        self._slots = [Slot(number) for number in range(load.width)]
        self._readers: dict[type, Any] = {Trace: Tracer(self.context, tick), Detour: ExpertSearch(self.context, tick)}
        self.facts: Mapping[str, Any] = {
            "offloaded": self.context.offloaded,
            "gpu_offload_supported": bool(llama_cpp.llama_supports_gpu_offload()),
            "system": llama_cpp.llama_print_system_info().decode(),
            "trained_context": llama_cpp.llama_model_n_ctx_train(self.context.model),
            "chat_template": self.context.template is not None,
        }

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield (index, reply) as replies are finished; see `protocol.Engine`."""
        yield from self._read_alone(requests)
        waiting, refused = self._jobs(requests)
        yield from refused
        scores: dict[int, dict[int, tuple[SequenceJob, float]]] = {}
        while waiting or any(slot.job for slot in self._slots):
            self._admit(waiting)
            for evaluate in (self._read_prompts, self._generate):
                evaluate()
                ready = [slot for slot in self._slots if slot.next]
                self._choose([slot for slot in ready if not slot.scoring])
                for slot in ready:
                    yield from self._advance(slot, scores)
            self._tick()

    def close(self) -> None:
        """Free everything. May be called twice."""
        for slot in self._slots:
            if slot.writer:
                slot.writer.sampler.close()
        for reader in self._readers.values():
            reader.close()
        self.context.close()

    # -- the way in ---------------------------------------------------------------------------------------------

    def _read_alone(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Texts to read, one after the other: each fills batches by itself."""
        for index, request in enumerate(requests):
            if reader := self._readers.get(type(request)):
                self._started(index)
                try:
                    yield index, reader.reply(request)
                except (ValueError, EngineError) as fault:
                    yield index, failed_reply(str(fault))

    def _jobs(self, requests: Sequence[Request]) -> tuple[deque[SequenceJob], list[tuple[int, Reply]]]:
        """Jobs in the order that suits a batch, and the requests that cannot be answered."""
        jobs: list[SequenceJob] = []
        refused: list[tuple[int, Reply]] = []
        for index, request in enumerate(requests):
            if not isinstance(request, Prompted):
                continue
            try:
                jobs += [self._check_length(job) for job in jobs_of(self.context, index, request)]
            except (ValueError, EngineError) as fault:
                refused.append((index, failed_reply(str(fault))))
            self._tick()
        return deque(sorted(jobs, key=batch_order)), refused

    def _check_length(self, job: SequenceJob) -> SequenceJob:
        """The job. Raises `ValueError` where its prompt and reply together are longer than the context."""
        more = 0 if isinstance(job.request, Choose) else job.request.max_tokens
        if len(job.prompt) + more > self.load.context:
            raise ValueError(
                f"{len(job.prompt)} prompt tokens and up to {more} more do not fit a context of {self.load.context}"
            )
        return job

    def _admit(self, waiting: deque[SequenceJob]) -> None:
        for slot in self._slots:
            if not slot.job and waiting:
                self._assign(slot, waiting.popleft())

    def _assign(self, slot: Slot, job: SequenceJob) -> None:
        """Give a job a slot, and keep or copy there what some slot already holds of its prompt."""
        donor = self._donor(slot, job)
        common = donor.shared_length(job.prompt) if donor else 0
        if donor and donor is not slot:
            if donor.read < common:
                self._read_prompts()
            self.context.copy(donor.number, slot.number)
        self._start_job(slot, job, common)
        slot.pure = len(job.prompt)
        self._started(job.index)

    def _start_job(self, slot: Slot, job: SequenceJob, common: int) -> None:
        # At least two tokens are read: the last one's logits are needed, and a lone one rounds differently.
        common = max(0, min(common, (job.scored or len(job.prompt)) - 1, len(job.prompt) - 2))
        if not self.context.keep(slot.number, common):
            common = 0
            self.context.keep(slot.number, 0)
        slot.job, slot.tokens, slot.read, slot.next = job, list(job.prompt), common, []
        job.cached = common

    def _donor(self, slot: Slot, job: SequenceJob) -> Slot | None:
        """The slot that holds most of a prompt; its own one where another would not be worth a copy."""
        if not self._share:
            return None
        best = max(self._slots, key=lambda other: other.shared_length(job.prompt))
        return best if best.shared_length(job.prompt) >= slot.shared_length(job.prompt) + WORTH_SHARING else slot

    # -- evaluating ---------------------------------------------------------------------------------------------

    def _read_prompts(self) -> None:
        """Evaluate what the slots' prompts still lack: the same number of tokens of each, and again."""
        while reading := [slot for slot in self._slots if slot.left]:
            step = _step([slot.left for slot in reading])
            reading = [slot for slot in reading if slot.left != step + 1]  # these wait, or one token would be left over
            rows = [
                BatchRow(slot.tokens[place], place, slot.number, place >= slot.wanted)
                for slot in reading
                for place in range(slot.read, slot.read + step)
            ]
            began = time.perf_counter()
            logits = iter(self.context.decode(rows))
            each = (time.perf_counter() - began) / len(reading)
            for slot in reading:
                first = max(slot.read, slot.wanted)
                slot.read += step
                slot.next += [next(logits).copy() for _ in range(first, slot.read)]  # the next decode overwrites them
                slot.work.prompt_seconds += each
            self._tick()

    def _generate(self) -> None:
        """One token further in every slot that is writing."""
        writing = [slot for slot in self._slots if slot.writer]
        if not writing:
            return
        began = time.perf_counter()
        logits = self.context.decode([BatchRow(s.tokens[-1], len(s.tokens) - 1, s.number, True) for s in writing])
        each = (time.perf_counter() - began) / len(writing)
        for slot, row in zip(writing, logits, strict=True):
            slot.read, slot.next = len(slot.tokens), [row]
            slot.work.seconds += each

    # -- the way out --------------------------------------------------------------------------------------------

    def _advance(self, slot: Slot, scores: dict) -> Iterator[tuple[int, Reply]]:
        """Use the logits a slot has just got: write on, or score the option that was read."""
        reply = self._score(slot, scores) if slot.scoring else self._write(slot)
        if reply is None:
            return
        job = self._release(slot)
        then = job.request.then if isinstance(job.request, Generate) else None
        if then is None or reply.failed:
            yield job.index, reply
            return
        try:
            turn = self._check_length(next_turn(self.context, job, reply, then))
            self._start_job(slot, turn, common_prefix_length(slot.tokens, turn.prompt) if self._share else 0)
        except (ValueError, EngineError) as fault:
            yield job.index, failed_reply(str(fault), (*job.earlier, reply))

    def _choose(self, writing: list[Slot]) -> None:
        """The next token of every slot that is writing."""
        began = time.perf_counter()
        self.context.row_pool.each(self._take, writing)
        spent = time.perf_counter() - began
        for slot in writing:
            slot.work.seconds += spent / len(writing)

    def _take(self, slot: Slot) -> None:
        try:
            slot.writer = slot.writer or Writer(self.context, slot.work)
            slot.writer.take(slot.next.pop())
        except ConstraintError as fault:
            slot.fault = str(fault)

    def _write(self, slot: Slot) -> Reply | None:
        if slot.fault or slot.writer is None:
            return failed_reply(slot.fault, slot.work.earlier)
        if not slot.writer.stop:
            slot.tokens.append(slot.writer.tokens[-1])
            return None
        return slot.writer.reply()

    def _score(self, slot: Slot, scores: dict) -> Reply | None:
        """Note the log-likelihood of the options just read; a reply once all options of the choice are scored."""
        job, parts = slot.work, scores.setdefault(slot.work.index, {})
        assert isinstance(job.request, Choose)
        read = zip(slot.next[:-1], job.prompt[job.scored :], strict=True)
        most = sum(logprob(row, token) for row, token in read)
        for option, last in job.ends:
            parts[option] = (job, most + logprob(slot.next[-1], last))
        if len(parts) == len(job.request.options):
            return _choice_reply([parts[option] for option in sorted(parts)])
        self._release(slot)
        return None

    def _release(self, slot: Slot) -> SequenceJob:
        if slot.writer:
            slot.writer.sampler.close()
        job, slot.job, slot.writer, slot.next, slot.fault = slot.work, None, None, [], ""
        del slot.tokens[slot.read :]  # only what the cache really holds may be shared
        return job


def _step(lefts: list[int]) -> int:
    """Tokens of each prompt to read next, such that the shortest is not left with a single one."""
    least, most = min(lefts), BATCH // len(lefts)
    return least if least <= most else most - (least == most + 1)


def _choice_reply(parts: list[tuple[SequenceJob, float]]) -> Reply:
    jobs = list({id(job): job for job, _ in parts}.values())
    return Reply(
        prompt_tokens=jobs[0].scored,
        cached_tokens=min(job.cached for job in jobs),
        prompt_seconds=round(sum(job.prompt_seconds for job in jobs), 4),
        stop="scored",
        options=tuple((round(total, 4), len(job.prompt) + 1 - job.scored) for job, total in parts),
    )
