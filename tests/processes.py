"""Processes of one group on this machine, as `torchrun` makes them, with gloo."""

from __future__ import annotations

import os
from collections.abc import Callable

import torch.distributed
import torch.multiprocessing

from .ports import free_port


def in_processes(count: int, body: Callable, *args) -> None:
    """Call `body(rank, *args)` in `count` new processes of one group; fail where one of them does."""
    torch.multiprocessing.spawn(_member, (free_port(), count, body, args), nprocs=count)


def _member(rank: int, port: int, count: int, body: Callable, args: tuple) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.distributed.init_process_group("gloo", rank=rank, world_size=count)
    body(rank, *args)
    torch.distributed.destroy_process_group()
    # DTensor's caches keep the group's threads alive, and one that frees a tensor while the interpreter ends aborts the
    # process (seen once in fifty runs): so the interpreter does not end, the process does.
    os._exit(0)
