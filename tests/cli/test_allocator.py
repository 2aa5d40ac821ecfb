"""Threads of a process share their pools of memory."""

import ctypes
import ctypes.util
import subprocess
import sys

import pytest

THREADS = """
import threading, sys
from codemie.cli import allocator
if sys.argv[1] == "few":
    allocator.keep_few_arenas()
import ctypes
libc = ctypes.CDLL("libc.so.6")
ready, go = threading.Barrier(25), threading.Event()
libc.malloc.restype = ctypes.c_void_p
def hold():
    libc.malloc(1000)
    ready.wait()
    go.wait()
threads = [threading.Thread(target=hold) for _ in range(24)]
for thread in threads:
    thread.start()
ready.wait()
sys.stdout.flush()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
go.set()
"""


def arenas(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", THREADS, how], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.count("<heap nr=")


@pytest.mark.skipif(ctypes.util.find_library("c") != "libc.so.6", reason="this system has another C library")
def test_many_threads_use_two_pools() -> None:
    assert arenas("few") <= 2
    assert arenas("many") > 2
