class Failure(Exception):
    """The benchmark cannot go on, or an answer was wrong. The message is for the person at the terminal."""
