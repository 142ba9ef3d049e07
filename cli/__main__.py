"""`python -m cli` is `campaigns`."""

from cli.main import main

if __name__ == "__main__":
    main()
