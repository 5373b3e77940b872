"""What every test file may use."""

import pytest

from lib.build import NORMAL
from lib.machine import Machine, MachineError
from lib.report import Cases, Reporter


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true",
                     help="the slow tests, too")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: only with --all")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--all"):
        items[:] = [item for item in items
                    if not item.get_closest_marker("slow")]


@pytest.fixture(scope="session")
def reporter(request):
    """The Reporter, or None if plain pytest runs the tests."""
    return next((plugin for plugin in request.config.pluginmanager
                 .get_plugins() if isinstance(plugin, Reporter)), None)


@pytest.fixture(scope="session")
def tried(reporter):
    """tried(what, count): tell that so many more of these were tried, as in
    tried("disk images", 200); the closing lines tell the sums."""
    return reporter.tried if reporter else lambda what, count=1: None


@pytest.fixture
def cases(request, reporter):
    """For tests that find several cases, each to be counted for itself."""
    found = Cases(request.node.nodeid, reporter)
    yield found
    if found.failures and not reporter:
        pytest.fail("\n".join(found.failures))


class SharedMachine:
    """One system for many small tests; a new one after a test that leaves
    it without a prompt."""

    def __init__(self):
        self._machine = None

    def get(self):
        if self._machine is None:
            self._machine = Machine(NORMAL)
            self._machine.boot()
        return self._machine

    def check(self):
        try:
            self._machine.run("echo still here", limit=20)
        except MachineError:
            self.end()

    def end(self):
        if self._machine is not None:
            self._machine.close()
            self._machine = None


@pytest.fixture(scope="module")
def shared_machine():
    shared = SharedMachine()
    yield shared
    shared.end()


@pytest.fixture
def shell(shared_machine):
    """A system at its prompt. A test leaves no file behind."""
    yield shared_machine.get()
    shared_machine.check()
