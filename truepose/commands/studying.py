"""`study`: the figures of a user study."""

from __future__ import annotations

import json

from .options import command


def add_study(commands) -> None:
    parser = command(commands, "study", _study, "R2G, G2R and Jab of a user study held with app.py --study FOLDER")
    parser.add_argument("folder", metavar="FOLDER", help="the study's pictures: real/, a folder a method")
    parser.add_argument("--votes", metavar="FILE", help="the votes (FOLDER/votes.sqlite)")
    parser.add_argument("--json", metavar="OUT.json", help="where the figures go too (FOLDER/summary.json)")


def _study(options) -> None:
    from pathlib import Path

    from ..files import save_text
    from ..study import Votes, read_study, summarise, summary_table
    from ..study.folder import VOTES_NAME

    study = read_study(options.folder)
    votes = Path(options.votes or study.folder / VOTES_NAME)
    if not votes.is_file():
        raise ValueError(f"there are no votes {votes}: hold the study with python app.py --study {options.folder}")
    figures = summarise(Votes(votes).all(), study.methods)
    print(summary_table(figures))
    save_text(json.dumps(figures, indent=1) + "\n", options.json or study.folder / "summary.json")
