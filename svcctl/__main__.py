"""`python -m svcctl`."""

from svcctl.cli import main

if __name__ == "__main__":
    main()
