import os
import sys

# Read when numpy is imported. Query texts are short and embedded one at a time: on two busy cores the 95th percentile
# was 172 ms with a second BLAS thread and 6 ms without.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from cli.service import main

if __name__ == "__main__":
    sys.exit(main())
