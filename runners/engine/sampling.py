"""Sampling of the next token from a row of logits: greedy or seeded, free or constrained by a grammar."""

from __future__ import annotations

import ctypes
import json

import llama_cpp
import numpy as np

from ..schema import Generate

CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
"""llama_token_data, so that a numpy array can be handed to llama.cpp's samplers as it is."""

FIRST_LOOK = 256
"""How many of the likeliest tokens the grammar sees before it is shown the whole vocabulary."""


class ConstraintError(ValueError):
    """The schema or grammar cannot be compiled, or allows no further token."""


def logprob(logits: np.ndarray, token: int) -> float:
    """Natural-log probability of a token under the softmax of a row of logits (shape: vocabulary)."""
    top = logits.max()
    shifted = logits - top
    np.exp(shifted, out=shifted)  # a second array of a large vocabulary costs more than the exponentials
    return float(logits[token]) - float(top) - float(np.log(shifted.sum()))


def grammar_text(request: Generate) -> str | None:
    """The GBNF that constrains a request, if any. Raises `ConstraintError` when its schema cannot become one."""
    if request.schema is None:
        return request.grammar
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    try:
        return json_schema_to_gbnf(json.dumps(request.schema))
    except Exception as fault:  # whatever the converter raises, this is a fault of the schema
        raise ConstraintError(f"the schema cannot become a grammar: {fault.__class__.__name__}: {fault}") from fault


class Sampler:
    """Chooses the tokens of one reply. Holds native objects: call `close`."""

    def __init__(self, vocab, request: Generate) -> None:
        self._grammar = self._chain = None
        self._greedy = request.temperature <= 0
        gbnf = grammar_text(request)
        if gbnf is not None:
            self._grammar = llama_cpp.llama_sampler_init_grammar(vocab, gbnf.encode(), b"root")
            if not self._grammar:  # using it all the same would end the process
                raise ConstraintError("the grammar cannot be parsed; check its GBNF")
        if not self._greedy:
            self._chain = _chain(request)

    @property
    def constrained(self) -> bool:
        """Whether a grammar constrains this reply."""
        return bool(self._grammar)

    def pick(self, logits: np.ndarray) -> int:
        """The next token. Raises `ConstraintError` when the grammar allows none."""
        if not self._greedy:
            return self._draw(logits)
        best = int(np.argmax(logits))
        if not self._grammar or self._allowed(logits, np.array([best])).size:
            return best
        # A grammar judges each token on its own, so the likeliest survivor of the first look is the likeliest of all.
        look = min(FIRST_LOOK, logits.size - 1)
        for chosen in (np.argpartition(-logits, look)[:look], np.arange(logits.size)):
            allowed = self._allowed(logits, chosen)
            if allowed.size:
                return int(allowed["id"][np.argmax(allowed["logit"])])
        raise ConstraintError("the grammar allows no further token")

    def accept(self, token: int) -> None:
        """Tell the grammar which token was taken. Not for end-of-generation tokens."""
        if self._grammar:
            llama_cpp.llama_sampler_accept(self._grammar, token)

    def close(self) -> None:
        """Free the native objects. May be called twice."""
        for sampler in (self._grammar, self._chain):
            if sampler:
                llama_cpp.llama_sampler_free(sampler)
        self._grammar = self._chain = None

    def _allowed(self, logits: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        candidates = _candidates(logits, tokens)
        _apply(self._grammar, candidates)
        return candidates[np.isfinite(candidates["logit"])]

    def _draw(self, logits: np.ndarray) -> int:
        candidates = _candidates(logits, np.arange(logits.size))
        if self._grammar:
            _apply(self._grammar, candidates)
            candidates = candidates[np.isfinite(candidates["logit"])].copy()
        if not candidates.size:
            raise ConstraintError("the grammar allows no further token")
        return int(candidates["id"][_apply(self._chain, candidates)])


def _candidates(logits: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    candidates = np.zeros(tokens.size, CANDIDATE)
    candidates["id"], candidates["logit"] = tokens, logits[tokens]
    return candidates


def _apply(sampler, candidates: np.ndarray) -> int:
    """Run a sampler over candidates in place; returns the index it selected."""
    pointer = candidates.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
    array = llama_cpp.llama_token_data_array(data=pointer, size=candidates.size, selected=-1, sorted=False)
    llama_cpp.llama_sampler_apply(sampler, ctypes.byref(array))
    return int(array.selected)


def _chain(request: Generate):
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    if request.top_k > 0:
        llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_top_k(request.top_k))
    if request.top_p < 1:
        llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_top_p(request.top_p, 1))
    if request.min_p > 0:
        llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_min_p(request.min_p, 1))
    llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_temp(request.temperature))
    llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_dist(request.seed))
    return chain
