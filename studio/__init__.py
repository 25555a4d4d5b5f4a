"""The app's tabs and what they keep per session."""

from .studio import build_studio, launch_options

__all__ = ["build_studio", "launch_options"]
