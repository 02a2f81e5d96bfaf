"""The seed, and a sound story to begin with."""

import os
import random

import pytest

from story import Story

SEED = int(os.environ.get("DAYBOOK_TEST_SEED", random.getrandbits(32)))


def pytest_report_header():
    return f"DAYBOOK_TEST_SEED={SEED}"


@pytest.fixture(scope="session")
def seed():
    return SEED


@pytest.fixture
def story():
    return Story()


@pytest.fixture
def judge(tmp_path):
    """Judges a story, through the files that it leaves."""
    return lambda story, audit=None: story.judge(tmp_path, audit)
