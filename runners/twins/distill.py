"""Distillation from a teacher: from its texts or from its distributions over each next token.

Texts: sequence-level distillation (Kim & Rush 2016, arXiv:1606.07947). Distributions: Hinton et al. 2015,
arXiv:1503.02531.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .model import Twin


@torch.no_grad()
def sample_replies(teacher: Twin, tokens: Tensor, learned: Tensor, seed: int) -> Tensor:
    """`tokens` (batch, length) with every token that is to be learned replaced by the teacher's own, drawn from its
    distribution after what it has said before. The ends of documents (token 0) stay where they are."""
    draw = torch.Generator().manual_seed(seed)
    said, past = tokens.clone(), teacher.past()
    own = learned & (tokens != 0)
    for place in range(1, tokens.shape[1]):
        likely = teacher(said[:, place - 1 : place], past)[:, -1].softmax(-1)
        chance = torch.rand(len(said), 1, generator=draw)
        drawn = torch.searchsorted(likely.cumsum(-1), chance).clamp(max=likely.shape[1] - 1)[:, 0]
        said[:, place] = torch.where(own[:, place], drawn, said[:, place])
    return said


def distillation_loss(teacher: Twin, tokens: Tensor, logits: Tensor, learned: Tensor) -> Tensor:
    """Mean cross-entropy, in nats, of a student's `logits` (batch, length - 1, vocabulary) against the teacher's
    probabilities of each token that is to be learned."""
    with torch.no_grad():
        likely = teacher(tokens[:, :-1])[learned[:, 1:]].softmax(-1)
    return F.cross_entropy(logits[learned[:, 1:]], likely)
