"""``python -m skmultiinput``: the whole job from the command line."""

import os
import sys

from skmultiinput._cli.run import main

if __name__ == "__main__":
    # TensorFlow's log is for its developers. The level has to be set before TensorFlow is
    # imported. This process is ours, so nobody else is affected.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main())
