"""`python -m jeroboam`, for where the command itself is not on the path."""

from jeroboam.cli import main

if __name__ == "__main__":
    main()
