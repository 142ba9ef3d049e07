"""The console's own tests of what can be told without a browser: words, filters, what is heard."""

from infra import console_build


def test_the_consoles_unit_tests_pass(built: None) -> None:
    assert console_build.run("test") == 0
