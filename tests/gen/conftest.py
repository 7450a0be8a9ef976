# SPDX-License-Identifier: GPL-2.0-or-later
import os
import sys

import pytest

# what loads objects and asks the kernel
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "mount"))

from gen import GEN  # noqa: E402


def pytest_configure():
    if os.geteuid():
        pytest.exit("these tests load BPF programs: run them as root", 1)
    if not os.path.exists(GEN):
        pytest.exit(f"{GEN} is not built: run make", 1)
