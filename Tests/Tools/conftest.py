"""Fixtures: a machine that has all a build needs, of which tests take something away."""

import pytest
from machines import Machine, link_the_others


@pytest.fixture(scope="session")
def others(tmp_path_factory):
    directory = tmp_path_factory.mktemp("others")
    link_the_others(directory)
    return directory


@pytest.fixture
def machine(tmp_path, others):
    machine = Machine(tmp_path / "programs", others)
    for name in ("git", "cc", "c++"):
        machine.has(name)
    machine.has("swift", """
        case "$1" in
            --version) echo 'Swift version 6.3.1 (RELEASE)' ;;
            test) echo 'Test run with 3 tests in 2 suites passed' ;;
        esac""")
    return machine
