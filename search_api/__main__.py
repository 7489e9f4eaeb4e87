import os
import sys

# Read when numpy is imported. Query texts are short and embedded one at a time: with a second BLAS thread the slowest
# in twenty took 172 ms on two busy cores, without it 6 ms.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from search_api.serve import main

if __name__ == "__main__":
    sys.exit(main())
