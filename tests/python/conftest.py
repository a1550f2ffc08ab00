"""One browser for all tests."""

import pytest
from browser import Browser


@pytest.fixture(scope="session")
def browser():
    chromium = Browser()
    yield chromium
    chromium.close()
