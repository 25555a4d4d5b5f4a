"""Browser components of the studio: pose canvas, mask painter, region picker, parsing viewer, result strip,
run status and study stage."""

from .label_grid import PhotoScene
from .live_puppet import LivePuppet, LiveScene
from .mask_painter import FLUSH_MASK, MaskEdit, MaskPainter, runs_of
from .parsing_viewer import ParsingEdit, ParsingScene, ParsingViewer
from .pose_editor import PoseEdit, PoseEditor, PoseScene
from .region_picker import RegionEdit, RegionPicker
from .result_strip import ResultStrip, StripEdit, Thumb
from .run_status import RunStatus
from .study_stage import StudyAnswer, StudyScene, StudyStage

__all__ = [
    "FLUSH_MASK", "LivePuppet", "LiveScene", "MaskEdit", "MaskPainter", "ParsingEdit", "ParsingScene", "ParsingViewer",
    "PhotoScene", "PoseEdit", "PoseEditor", "PoseScene", "RegionEdit", "RegionPicker", "ResultStrip", "RunStatus",
    "StripEdit", "StudyAnswer", "StudyScene", "StudyStage", "Thumb", "runs_of",
]  # fmt: skip
