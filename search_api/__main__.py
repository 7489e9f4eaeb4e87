import sys

from search_api.serve import main

if __name__ == "__main__":
    sys.exit(main())
