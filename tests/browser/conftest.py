"""One built console, one furnished runtime and one browser for all tests of this folder.

They run in one process (tests/conftest.py): a build and a scene for each would take longer than the
tests.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest

from infra.console_build import BuildError, build, install
from tests.browser.chromium import NoBrowserError, executable, running_browser
from tests.browser.scene import Scene, running_scene
from tests.browser.visit import Visit, visit


@pytest.fixture(scope="package")
def built() -> None:
    """The console is built and its packages are installed, or the test can't be run."""
    try:
        install()
        build()
    except BuildError as error:
        _without(f"the console can't be built: {error}")


@pytest.fixture(scope="package")
def browser(built: None) -> Iterator[Any]:
    try:
        executable()
    except NoBrowserError as error:
        _without(str(error))
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="package")
def scene(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_scene(tmp_path_factory.mktemp("scene")) as scene:
        yield scene


Visiting = Callable[..., Visit]


@pytest.fixture
def visiting(browser: Any, scene: Scene) -> Iterator[Visiting]:
    """Makes visits (see `visit`). A test fails if anything went wrong in one of them."""
    with ExitStack() as closing:
        visits: list[Visit] = []

        def begin(**options: Any) -> Visit:
            block: AbstractContextManager[Visit] = visit(browser, scene, **options)
            visits.append(closing.enter_context(block))
            return visits[-1]

        yield begin
        trouble = [line for each in visits for line in each.trouble]
    assert not trouble, "\n".join(trouble)


def _without(reason: str) -> None:
    """Skip on a person's machine; in CI what can't be tested is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
