"""Browser components of the studio: pose canvas, mask painter, region picker, parsing viewer and run status."""

from .label_grid import PhotoScene
from .live_puppet import LivePuppet, LiveScene
from .mask_painter import FLUSH_MASK, MaskEdit, MaskPainter, runs_of
from .parsing_viewer import ParsingScene, ParsingViewer
from .pose_editor import PoseEdit, PoseEditor, PoseScene
from .region_picker import RegionEdit, RegionPicker
from .run_status import RunStatus

__all__ = [
    "FLUSH_MASK", "LivePuppet", "LiveScene", "MaskEdit", "MaskPainter", "ParsingScene", "ParsingViewer", "PhotoScene",
    "PoseEdit", "PoseEditor", "PoseScene", "RegionEdit", "RegionPicker", "RunStatus", "runs_of",
]  # fmt: skip
