"""Weights on disk: one config.json and one model.safetensors in a folder, loaded strictly."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

CONFIG_NAME = "config.json"
WEIGHTS_NAME = "model.safetensors"


def write_json(path: Path, data) -> None:
    """Write beside, then rename: a reader never sees half a file."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    os.replace(beside, path)


def write_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Write a safetensors file beside, then rename."""
    beside = path.with_name(path.name + ".part")
    tensors = {name: tensor.detach().contiguous().cpu() for name, tensor in tensors.items()}
    save_file(tensors, beside, metadata={"format": "pt"})  # transformers asks for it
    os.replace(beside, path)


def save_model(module: nn.Module, config, folder: str | Path, dtype: torch.dtype = torch.float16) -> None:
    """Save a module's parameters and buffers with its dataclass config; see `save_weights`."""
    save_weights(module.state_dict(), config, folder, dtype)


def save_weights(
    state: dict[str, torch.Tensor], config, folder: str | Path, dtype: torch.dtype = torch.float16
) -> None:
    """Save a module's state with its dataclass config.

    Floating tensors are stored as `dtype`; weights shared under two names are stored under both.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {n: (t.to(dtype) if t.is_floating_point() else t).clone() for n, t in state.items()}
    write_json(folder / CONFIG_NAME, dataclasses.asdict(config))
    write_tensors(folder / WEIGHTS_NAME, tensors)


def load_config(config_class, folder: str | Path):
    """The dataclass config of a folder.

    Raises:
        ValueError: no config there, not JSON, or fields that the class does not know or lacks.
    """
    path = Path(folder) / CONFIG_NAME
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return config_class(**fields)
    except OSError:
        raise ValueError(f"no model in {folder}: {CONFIG_NAME} is missing") from None
    except (json.JSONDecodeError, TypeError) as error:
        raise ValueError(f"{path} is not a {config_class.__name__}: {error}") from None


def load_weights(module: nn.Module, path: str | Path) -> None:
    """Fill a module from one safetensors file. See `fill`."""
    fill(module, {"": Path(path)}, str(path))


@torch.no_grad()
def fill(module: nn.Module, files: Mapping[str, Path], what: str, dtype: torch.dtype | None = None) -> None:
    """Fill a module from safetensors files, every key and every shape, one tensor at a time.

    Args:
        module: tensors that it has are copied into, in their own dtype; those on the meta device are replaced.
        files: the start of the module's names -> the file that holds the tensors named by the rest of them.
        what: names the files in messages.
        dtype: of the tensors that are replaced; their own if None.

    Raises:
        ValueError: a file is missing or damaged, or a key or shape differs.
    """
    own = module.state_dict()
    with ExitStack() as stack:
        stored = {}
        for start, path in files.items():
            file = _opened(stack, path)
            stored |= {start + name: (file, name) for name in sorted(file.keys())}
        _check_fit(own, {name: tuple(file.get_slice(key).get_shape()) for name, (file, key) in stored.items()}, what)
        replaced = {}
        for name, tensor in own.items():
            file, key = stored[name]
            if tensor.is_meta:
                replaced[name] = file.get_tensor(key).to(dtype or tensor.dtype, copy=True)
            else:
                tensor.copy_(file.get_tensor(key))
    module.load_state_dict(replaced, strict=False, assign=True)


def _opened(stack: ExitStack, path: Path):
    try:
        return stack.enter_context(safe_open(path, "pt"))
    except (OSError, SafetensorError) as error:
        raise ValueError(f"cannot read the weights {path}: {error}") from None


def _check_fit(own: Mapping[str, torch.Tensor], stored: Mapping[str, tuple[int, ...]], what: str) -> None:
    missing, unknown = sorted(own.keys() - stored.keys()), sorted(stored.keys() - own.keys())
    shapes = sorted(n for n in own.keys() & stored.keys() if tuple(own[n].shape) != stored[n])
    if missing or unknown or shapes:
        raise ValueError(
            f"{what} does not fit the model: {len(missing)} keys missing {missing[:3]}, "
            f"{len(unknown)} unknown {unknown[:3]}, {len(shapes)} of another shape {shapes[:3]}"
        )


@contextmanager
def new_folder(folder: str | Path, replaces: Callable[[Path], bool]) -> Iterator[Path]:
    """An empty folder beside, which takes the name `folder` when it is filled.

    Args:
        replaces: says whether what a folder of that name already holds may be thrown away.

    Raises:
        ValueError: the folder holds something else, or the place cannot be written.
    """
    folder = Path(folder)
    if folder.exists() and not (folder.is_dir() and (not any(folder.iterdir()) or replaces(folder))):
        raise ValueError(f"{folder} holds something else: name an empty or a new folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".truepose-", dir=folder.parent) as beside:
            new, old = Path(beside) / "new", Path(beside) / "old"
            new.mkdir()
            yield new
            if folder.exists():  # a folder with files cannot be renamed over: for an instant there is neither
                os.replace(folder, old)
            os.replace(new, folder)
    except OSError as error:
        raise ValueError(f"cannot write {folder}: {error.strerror or error}") from None
