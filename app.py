"""Start the studio: `python app.py [--host H] [--port P] [--share] [--model FOLDER_OR_HUB_ID]`.

The Train tab is there only for this machine's own user; TRUEPOSE_TRAINING=1 in the environment opens it to others too.
`python app.py --help` names the readers that can be put in the embedded one's place.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from studio import accelerated, build_studio, gpu_is_lent, launch_options
from truepose.pipeline import COMPACT, TruePosePipeline
from truepose.reading import load_reader
from truepose.study import Study, Votes, read_study
from truepose.study.folder import VOTES_NAME


def main() -> None:
    """Load the embedded reader and model, and serve the app until interrupted."""
    parser = argparse.ArgumentParser(description="TruePose: re-pose the person of a photo, in the browser.")
    parser.add_argument("--host", help="address to listen on (default: GRADIO_SERVER_NAME, or this machine only)")
    parser.add_argument("--port", type=int, help="port (default: GRADIO_SERVER_PORT, or the first free from 7860)")
    parser.add_argument("--share", action="store_true", help="make a public link through Gradio's relay")
    parser.add_argument("--model", default=str(COMPACT), help="checkpoint folder or hub id (default: the embedded)")
    parser.add_argument("--pose-model", default="embedded", help="embedded, openpose, dwpose, or a folder of weights")
    parser.add_argument("--parser", help="embedded, segformer, or a folder or hub id of weights")
    parser.add_argument("--masks", help="sam, mobile-sam, or a file of weights: sharper outlines")
    parser.add_argument("--download", action="store_true", help="fetch the readers' weights from the hub if missing")
    parser.add_argument("--runs", default="runs", help="folder of the Train tab's runs (default: runs)")
    parser.add_argument("--no-training", action="store_true", help="without the Train tab")
    parser.add_argument("--study", metavar="FOLDER", help="hold a user study of these pictures in a Study tab")
    args = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    try:
        reader = load_reader(args.pose_model, args.parser, args.masks, download=args.download)
        study = None if args.study is None else open_study(args.study)
        pipeline = TruePosePipeline.from_pretrained(args.model, reader=reader)
    except ValueError as error:
        parser.error(str(error))
    training = not args.no_training and may_train(args.host, args.share, os.environ)
    studio = build_studio(reader, accelerated(pipeline), Path(args.runs) if training else None, study)
    options = launch_options(training=training)
    studio.launch(server_name=args.host, server_port=args.port, share=args.share, **options)


def open_study(folder: str) -> tuple[Study, Votes]:
    """The pictures of a study, and the file in the same folder that the votes go to.

    Raises:
        ValueError: the folder holds no study, or votes cannot be stored in it.
    """
    study = read_study(folder)
    return study, Votes(study.folder / VOTES_NAME)


def may_train(host: str | None, share: bool, environment: Mapping[str, str]) -> bool:
    """Whether only this machine's user can open the app, or somebody said that it may be trained all the same.

    Never where the GPU is lent: a loan lasts seconds.
    """
    host = host or environment.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    private = not share and "SPACE_ID" not in environment and host in ("127.0.0.1", "localhost", "::1")
    return (private or environment.get("TRUEPOSE_TRAINING") == "1") and not gpu_is_lent(environment)


if __name__ == "__main__":
    main()
