"""Jobs of the engine: a request as tokens to read, what to do next, and the reply that grows."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field

import numpy as np

from ..schema import Choose, Generate, Reply
from .chat_template import join_as_paragraphs, render
from .context import Context
from .prefix import common_prefix_length
from .sampling import Sampler, logprob

Prompted = Generate | Choose
"""The requests that go on from a prompt; the others are read on their own (`engine.probes`)."""


@dataclass
class SequenceJob:
    """One sequence to evaluate: a turn to generate, or one option of a choice to score.

    prompt      tokens to read before anything is chosen or scored
    scored      index of the first token of the options (only for a choice)
    ends        (option, its last token) for each option that is these tokens and one more: that one need not be read
    messages    the conversation so far, for the turns that follow
    """

    index: int
    request: Prompted
    prompt: list[int]
    messages: list[dict[str, str]] = field(default_factory=list)
    earlier: tuple[Reply, ...] = ()
    scored: int = 0
    ends: tuple[tuple[int, int], ...] = ()
    cached: int = 0
    prompt_seconds: float = 0.0
    seconds: float = 0.0


def batch_order(job: SequenceJob) -> tuple[int, list[int]]:
    """The key to sort jobs by: longest replies first, so that none is left to be written alone at the end; among
    those of about one length common prefixes side by side, so that each is read once. How long a reply may become
    stands for how long it will be, in steps of a factor of four: for less a long text is not worth reading twice."""
    return -((_most(job.request).bit_length() + 1) // 2), job.prompt


def _most(request: Prompted | None) -> int:
    """Tokens that all turns of a request may write together."""
    return request.max_tokens + _most(request.then) if isinstance(request, Generate) else 0


def conversation(request: Prompted) -> list[dict[str, str]]:
    """The messages that open a request."""
    opening = [{"role": "system", "content": request.system}] if request.system else []
    return [*opening, {"role": "user", "content": request.prompt}]


def prompt_text(context: Context, request: Prompted, messages: list[dict[str, str]]) -> str:
    """The prompt text of a conversation: as it stands, through the chat template, or as paragraphs for a base model."""
    if not request.chat:
        return "\n\n".join(message["content"] for message in messages)
    source = context.template
    return render(source, messages, context.bos, context.eos) if source else join_as_paragraphs(messages)


def jobs_of(context: Context, index: int, request: Prompted) -> list[SequenceJob]:
    """The sequences that answer a request: one to generate, or one for each option."""
    messages = conversation(request)
    text = prompt_text(context, request, messages)
    if isinstance(request, Choose):
        return _options(context, index, request, text)
    return [SequenceJob(index, request, context.tokenize(text, special=request.chat), messages)]


def next_turn(context: Context, job: SequenceJob, reply: Reply, request: Generate) -> SequenceJob:
    """The next turn of the same conversation, once the one before it has its reply."""
    turns = [{"role": "assistant", "content": reply.text}, {"role": "user", "content": request.prompt}]
    messages = [*job.messages, *turns]
    text = prompt_text(context, request, messages)
    prompt = context.tokenize(text, special=request.chat)
    return SequenceJob(job.index, request, prompt, messages, earlier=(*job.earlier, reply))


def _options(context: Context, index: int, request: Choose, text: str) -> list[SequenceJob]:
    """Options are scored from one common position: the first token that any of them changes in the prompt alone.

    A tokenizer may merge the end of a prompt with the start of an option; scoring from a fixed count of prompt tokens
    would then judge options on different texts.
    """
    alone = context.tokenize(text, special=request.chat)
    wholes = [context.tokenize(text + option, special=request.chat) for option in request.options]
    start = max(1, min(common_prefix_length(alone, whole) for whole in wholes))
    if min(map(len, wholes)) <= start:
        raise ValueError("an option melts into the prompt: there is nothing before it to score it from")
    last_tokens: dict[tuple[int, ...], list[tuple[int, int]]] = {}  # tokens to read -> (option, its last token)
    for option, whole in enumerate(wholes):
        last_tokens.setdefault(tuple(whole[:-1]), []).append((option, whole[-1]))
    return [
        SequenceJob(index, request, list(most), scored=start, ends=tuple(ends)) for most, ends in last_tokens.items()
    ]


class Writer:
    """The reply of one turn while it is being generated."""

    def __init__(self, context: Context, job: SequenceJob) -> None:
        assert isinstance(job.request, Generate)  # nothing is written for a choice
        self.job, self.request, self._context = job, job.request, context
        self.sampler = Sampler(context.vocab, self.request)
        self.tokens: list[int] = []
        self.pieces: list[str] = []
        self.logprobs: list[float] = []
        self.stop = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def take(self, logits: np.ndarray) -> None:
        """Choose the next token from its logits; sets `stop` when the reply is complete."""
        token = self.sampler.pick(logits)
        if self._context.ends(token):
            self.stop = "end"
            return
        self.logprobs.append(logprob(logits, token))
        self.sampler.accept(token)
        self.tokens.append(token)
        self.pieces.append(self._decoder.decode(self._context.piece(token)))
        if not self._stop_string() and len(self.tokens) >= self.request.max_tokens:
            self.stop = "length"

    def reply(self) -> Reply:
        """The finished reply."""
        rest = self._decoder.decode(b"", final=True)
        if rest and self.pieces and self.stop != "stop":
            self.pieces[-1] += rest
        job = self.job
        return Reply(
            text="".join(self.pieces),
            tokens=tuple(self.pieces),
            logprobs=tuple(round(value, 4) for value in self.logprobs),
            prompt_tokens=len(job.prompt),
            cached_tokens=job.cached,
            prompt_seconds=round(job.prompt_seconds, 4),
            seconds=round(job.seconds, 4),
            stop=self.stop,
            constrained=self.sampler.constrained,
            earlier=job.earlier,
        )

    def _stop_string(self) -> bool:
        stops = self.request.stop
        if not stops:
            return False
        text = "".join(self.pieces)
        places = [place for place in (text.find(stop) for stop in stops) if place >= 0]
        if places:
            self._cut(min(places))
            self.stop = "stop"
        return bool(places)

    def _cut(self, length: int) -> None:
        """Keep the first `length` characters, so that the pieces still add up to the text."""
        pieces, total = [], 0
        for piece in self.pieces:
            if total >= length:
                break
            pieces.append(piece[: length - total])
            total += len(piece)
        self.pieces, self.logprobs = pieces, self.logprobs[: len(pieces)]
