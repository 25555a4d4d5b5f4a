"""Tiny weights in the real formats. OpenPose and DWPose answer to colours: what is painted on a photo is found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from transformers import SegformerConfig, SegformerForSemanticSegmentation, SegformerImageProcessor

from tests.reading.hub.onnx_file import node, write_onnx

# Of (red, green, blue) in 0-1 the sum of weights and bias is 1 for one of these colours and at most 0 for the others.
COLORS = {
    "red": ((255, 0, 0), (1, -1, -1, 0)),
    "green": ((0, 255, 0), (-1, 1, -1, 0)),
    "blue": ((0, 0, 255), (-1, -1, 1, 0)),
    "yellow": ((255, 255, 0), (1, 1, -1, -1)),
    "magenta": ((255, 0, 255), (1, -1, 1, -1)),
    "cyan": ((0, 255, 255), (-1, 1, 1, -1)),
    "white": ((255, 255, 255), (1, 1, 1, -2)),
}


class _State(dict):
    """A state dict of zeros that take no room on disk, until some are set."""

    def __init__(self, module_class):
        with torch.device("meta"):
            shapes = {name: tensor.shape for name, tensor in module_class().state_dict().items()}
        super().__init__({name: torch.zeros(1).expand(shape) for name, shape in shapes.items()})

    def pass_on(self, name: str, taps: dict[tuple[int, int], float], bias: dict[int, float] | None = None) -> None:
        """Let a convolution take {(output, input): factor} at its centre."""
        weight, shift = torch.zeros(self[f"{name}.weight"].shape), torch.zeros(self[f"{name}.bias"].shape)
        for (output, given), factor in taps.items():
            weight[output, given, weight.shape[2] // 2, weight.shape[3] // 2] = factor
        for output, value in (bias or {}).items():
            shift[output] = value
        self[f"{name}.weight"], self[f"{name}.bias"] = weight, shift


_THREE = {(c, c): 1.0 for c in range(3)}
_TRUNK = ["conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv3_4", "conv4_1", "conv4_2"]


def _colours_in(state: _State, names: list[str]) -> None:
    """Carry the colours through the trunk; networks are given BGR in -1/2 to 1/2."""
    first, *rest = names
    state.pass_on(first, {(c, 2 - c): 1.0 for c in range(3)}, {c: 0.5 for c in range(3)})
    for name in rest:
        state.pass_on(name, _THREE)


def _colours_out(state: _State, layers: list[str], start: int, color_of_map: dict[int, str]) -> None:
    """In the last stage, whose input has the trunk from channel `start` on, make maps of colours."""
    first, *middle, last = layers
    colors = list(dict.fromkeys(color_of_map.values()))
    taps = {(i, start + c): COLORS[color][1][c] for i, color in enumerate(colors) for c in range(3)}
    state.pass_on(first, taps, {i: COLORS[color][1][3] for i, color in enumerate(colors)})
    for name in middle:
        state.pass_on(name, {(i, i): 1.0 for i in range(len(colors))})
    state.pass_on(last, {(map_, colors.index(color)): 1.0 for map_, color in color_of_map.items()})


def _last_stage(model: str, end: str) -> list[str]:
    return [f"{model}Mconv{i}_stage6{end}" for i in range(1, 8)]


def save_openpose(
    folder: Path, joints: dict[int, str], limbs: dict[tuple[int, int], tuple[float, float]], face: str
) -> None:
    """body_pose_model.pth, hand_pose_model.pth (which sees nothing) and facenet.pth.

    Args:
        folder: where.
        joints: the colour of each joint of the 18.
        limbs: the direction of each pair of maps of the body's affinity field, the same everywhere.
        face: the colour that all points of a face have.
    """
    from controlnet_aux.open_pose.face import FaceNet
    from controlnet_aux.open_pose.model import bodypose_model, handpose_model

    body = _State(bodypose_model)
    _colours_in(body, [f"model0.{name}" for name in ["conv1_1", *_TRUNK, "conv4_3_CPM", "conv4_4_CPM"]])
    _colours_out(body, _last_stage("model6_2.", "_L2"), 38 + 19, joints)
    field = {map_: value for pair, xy in limbs.items() for map_, value in zip(pair, xy, strict=True)}
    body.pass_on("model6_1.Mconv7_stage6_L1", {}, field)
    hands, faces = _State(handpose_model), _State(FaceNet)
    deep = ["conv4_3", "conv4_4", "conv5_1", "conv5_2", "conv5_3_CPM"]
    _colours_in(faces, ["conv1_1", *_TRUNK, *deep])
    _colours_out(faces, _last_stage("", ""), 71, dict.fromkeys(range(70), face))
    # The files name their layers without the block they are in.
    torch.save({name.split(".", 1)[1]: tensor for name, tensor in body.items()}, folder / "body_pose_model.pth")
    torch.save({name.split(".", 1)[1]: tensor for name, tensor in hands.items()}, folder / "hand_pose_model.pth")
    torch.save(dict(faces), folder / "facenet.pth")


def point_gain(index: int) -> float:
    """The score of a point of DWPose's 133 where red is brightest; the last one's is too low to be seen."""
    return 0.1 if index == 132 else 0.4 + 0.5 * index / 132


def save_dwpose(folder: Path, box: tuple[float, float]) -> None:
    """yolox_l.onnx and dw-ll_ucoco_384.onnx.

    The detector finds a person of `box` (width, height) pixels of its square wherever one of its 32-pixel cells is
    green, one of half that size at red ones, and cars at blue ones. All points are where the view's red is brightest;
    their scores are that brightness times `point_gain`, and so tell which is which.
    """
    nodes, constants, parts = [], {}, []
    for stride in (8, 16, 32):
        weight, bias = np.zeros((85, 3, stride, stride), np.float32), np.zeros(85, np.float32)
        if stride == 32:
            colours = {5: (-2, 1, 1), 7: (1, -1, 0)}  # a person, a car: of B, G, R; grey is neither
            for channel, of_bgr in colours.items():
                weight[channel] = np.array(of_bgr)[:, None, None] / (255 * stride**2)
            half = np.log(0.5) / (255 * stride**2)
            weight[2, 2], weight[3, 2] = half, half
            bias[:5] = (0.5, 0.25, np.log(box[0] / stride), np.log(box[1] / stride), 1)
        side, square = 640 // stride, [stride, stride]
        constants |= {f"w{stride}": weight, f"b{stride}": bias, f"s{stride}": np.array([1, 85, side**2], np.int64)}
        nodes += [
            node("Conv", ["images", f"w{stride}", f"b{stride}"], f"c{stride}", strides=square, kernel_shape=square),
            node("Reshape", [f"c{stride}", f"s{stride}"], f"r{stride}"),
            node("Transpose", [f"r{stride}"], f"t{stride}", perm=[0, 2, 1]),
        ]
        parts.append(f"t{stride}")
    nodes.append(node("Concat", parts, "output", axis=1))
    write_onnx(folder / "yolox_l.onnx", nodes, constants, {"images": (1, 3, 640, 640)}, {"output": (1, 8400, 85)})

    gains = np.float32([point_gain(index) for index in range(133)])
    red = np.zeros((133, 3, 1, 1), np.float32)
    red[:, 0] = (gains * 58.395 / 255)[:, None, None]
    black = (gains * 123.675 / 255).astype(np.float32)
    nodes = [node("Conv", ["input", "red", "black"], "reds", kernel_shape=[1, 1])]
    constants = {"red": red, "black": black}
    for name, axis, size in (("simcc_x", 2, 288), ("simcc_y", 3, 384)):
        spread = np.zeros((size, 2 * size), np.float32)
        spread[np.arange(size), 2 * np.arange(size)] = 1
        constants |= {f"{name}_spread": spread, f"{name}_shape": np.array([1, 133, size], np.int64)}
        nodes += [
            node("ReduceMax", ["reds"], f"{name}_max", axes=[axis], keepdims=1),
            node("Reshape", [f"{name}_max", f"{name}_shape"], f"{name}_row"),
            node("MatMul", [f"{name}_row", f"{name}_spread"], name),
        ]
    outputs = {"simcc_x": (1, 133, 576), "simcc_y": (1, 133, 768)}
    write_onnx(folder / "dw-ll_ucoco_384.onnx", nodes, constants, {"input": (1, 3, 384, 288)}, outputs)


# As "mattmdjaga/segformer_b2_clothes" calls them.
SEGFORMER_LABELS = (
    "Background", "Hat", "Hair", "Sunglasses", "Upper-clothes", "Skirt", "Pants", "Dress", "Belt", "Left-shoe",
    "Right-shoe", "Face", "Left-leg", "Right-leg", "Left-arm", "Right-arm", "Bag", "Scarf",
)  # fmt: skip


def save_segformer(folder: Path, names: tuple[str, ...] = SEGFORMER_LABELS) -> SegformerForSemanticSegmentation:
    """A parser of random weights in the layout of `transformers`."""
    config = SegformerConfig(
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 1, 2, 2],
        decoder_hidden_size=16,
        id2label=dict(enumerate(names)),
        label2id={name: index for index, name in enumerate(names)},
    )
    model = SegformerForSemanticSegmentation(config).eval()
    model.save_pretrained(folder)
    SegformerImageProcessor().save_pretrained(folder)
    return model
