"""Unroll from Python: run an experiment file, and have its results as data frames.

The program computes everything. This package starts it, and reads the Parquet and JSON files that it
writes; it computes no statistics of its own.
"""

from importlib.metadata import PackageNotFoundError, version

from ._asking import plan, status
from ._program import UnrollError, UnrollWarning, program
from ._report import Arm, Claim, Report, Task
from ._running import run
from ._sweep import Sweep, load

__all__ = [
    "Arm",
    "Claim",
    "Report",
    "Sweep",
    "Task",
    "UnrollError",
    "UnrollWarning",
    "load",
    "plan",
    "program",
    "run",
    "status",
]

try:
    __version__ = version("unroll")
except PackageNotFoundError:  # Imported from a checkout.
    __version__ = "0"
