"""Muon for the matrices, AdamW for the rest.

torch has a Muon of its own, but it orthogonalizes in bfloat16, which a CPU emulates (97 ms a step where this takes
under 10), and knows no stacks of experts.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

MOMENTUM = 0.95


class Muon(torch.optim.Optimizer):
    """Momentum whose step is made orthogonal, for matrices (out, in) and stacks of them (Jordan et al., 2024,
    "Muon: an optimizer for hidden layers in neural networks")."""

    def __init__(self, matrices: list[Tensor], lr: float, weight_decay: float) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable | None = None) -> None:
        """Update every matrix that has a gradient."""
        for group in self.param_groups:
            for shape in {matrix.shape[-2:] for matrix in group["params"]}:
                self._step([matrix for matrix in group["params"] if matrix.shape[-2:] == shape], **group)

    def _step(self, matrices: list[Tensor], lr: float, weight_decay: float, **_) -> None:
        """Matrices of one shape go through the iteration together: many small products cost more than a few."""
        updates = orthogonalize(torch.cat([self._momentum(one).flatten(0, -3) for one in matrices]))
        rows, columns = matrices[0].shape[-2:]
        for one, update in zip(matrices, updates.split([one[..., 0, 0].numel() for one in matrices]), strict=True):
            one.mul_(1 - lr * weight_decay)
            one.add_(update.view_as(one), alpha=-lr * max(1, rows / columns) ** 0.5)

    def _momentum(self, matrix: Tensor) -> Tensor:
        state = self.state[matrix]
        running = state.setdefault("momentum", torch.zeros_like(matrix))
        running.lerp_(matrix.grad, 1 - MOMENTUM)
        ahead = matrix.grad.lerp(running, MOMENTUM)
        return ahead if ahead.ndim > 2 else ahead[None]


def orthogonalize(stack: Tensor) -> Tensor:
    """The nearest orthogonal matrix of each in a stack (many, out, in), roughly: five Newton-Schulz steps with the
    coefficients that Muon's authors tuned for speed."""
    tall = stack.shape[-2] > stack.shape[-1]
    x = stack.mT if tall else stack
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.mT if tall else x


def optimizers(model: torch.nn.Module, muon: float, adam: float, decay: float) -> list[torch.optim.Optimizer]:
    """Muon for attention and feed-forward matrices; AdamW for embedding, norms and routers, whose rows mean something
    one by one."""
    named = dict(model.named_parameters())
    matrices = [w for name, w in named.items() if w.ndim > 1 and "embedding" not in name and "router" not in name]
    rest = [weight for weight in named.values() if all(weight is not one for one in matrices)]
    return [Muon(matrices, muon, decay), torch.optim.AdamW(rest, adam, weight_decay=decay)]
