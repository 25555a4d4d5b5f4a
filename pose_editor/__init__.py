"""Browser components of the studio: the pose canvas, the parsing viewer and the run status."""

from .parsing_viewer import ParsingScene, ParsingViewer
from .pose_editor import PoseEdit, PoseEditor, PoseScene
from .run_status import RunStatus

__all__ = ["ParsingScene", "ParsingViewer", "PoseEdit", "PoseEditor", "PoseScene", "RunStatus"]
