"""The app's tabs and what they keep per session."""

from .accelerator import accelerated, gpu_is_lent
from .studio import build_studio, launch_options

__all__ = ["accelerated", "build_studio", "gpu_is_lent", "launch_options"]
