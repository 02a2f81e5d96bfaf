"""Fixtures that make several of a kind, and end them."""

from contextlib import contextmanager


@contextmanager
def making(make, end):
    """Yields `make`; when the body is over each of those it made is given to `end`."""
    made = []

    def remembered(*arguments, **options):
        made.append(make(*arguments, **options))
        return made[-1]

    yield remembered
    for one in made:
        end(one)
