"""``python -m skmultiinput``: the whole job from the command line."""

import sys

from skmultiinput._cli.run import main

if __name__ == "__main__":
    sys.exit(main())
