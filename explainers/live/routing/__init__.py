"""The router sandbox: a toy mixture of experts, and what noise on its router costs."""
