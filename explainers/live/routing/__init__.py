"""The router sandbox: a toy MoE, and what noise on its router costs."""
