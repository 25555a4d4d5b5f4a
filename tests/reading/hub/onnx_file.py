"""ONNX files written by hand, so that tests need no package to make them: just the fields that a graph has."""

from __future__ import annotations

from pathlib import Path

import numpy as np

_FLOAT, _INT64 = 1, 7  # TensorProto.DataType
_INTS, _INT = 7, 2  # AttributeProto.AttributeType


def _number(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def _field(index: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _number(index << 3) + _number(value)
    data = value.encode() if isinstance(value, str) else value
    return _number(index << 3 | 2) + _number(len(data)) + data


def _tensor(name: str, array: np.ndarray) -> bytes:
    kind = _INT64 if array.dtype == np.int64 else _FLOAT
    array = array.astype(np.int64 if kind == _INT64 else np.float32)
    sizes = b"".join(_field(1, int(side)) for side in array.shape)
    return sizes + _field(2, kind) + _field(8, name) + _field(9, array.tobytes())


def _attribute(name: str, value: int | list[int]) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, _INT)
    return _field(1, name) + b"".join(_field(8, v) for v in value) + _field(20, _INTS)


def node(kind: str, inputs: list[str], output: str, **attributes: int | list[int]) -> bytes:
    """One operation of a graph."""
    parts = [_field(1, name) for name in inputs] + [_field(2, output), _field(3, output), _field(4, kind)]
    return b"".join(parts + [_field(5, _attribute(name, value)) for name, value in attributes.items()])


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    sides = b"".join(_field(1, _field(1, side)) for side in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, _FLOAT) + _field(2, sides)))


def write_onnx(
    path: Path,
    nodes: list[bytes],
    constants: dict[str, np.ndarray],
    inputs: dict[str, tuple[int, ...]],
    outputs: dict[str, tuple[int, ...]],
) -> None:
    """Write a graph (opset 11, as DWPose's files have) of float32 inputs and outputs."""
    graph = b"".join(_field(1, n) for n in nodes) + _field(2, "graph")
    graph += b"".join(_field(5, _tensor(name, array)) for name, array in constants.items())
    graph += b"".join(_field(11, _value(name, shape)) for name, shape in inputs.items())
    graph += b"".join(_field(12, _value(name, shape)) for name, shape in outputs.items())
    path.write_bytes(_field(1, 6) + _field(7, graph) + _field(8, _field(2, 11)))
