"""Works a plan off on a Dask cluster: one task for each shard, each of which is one call of `keten work`.

    import keten.dask
    from distributed import Client

    client = Client("tcp://scheduler:8786")
    keten.dask.run(client, "plan")          # a folder that `keten plan` made, on a file system that all workers see

The content goes through the store of the plan, and not through Dask: a task returns only how many units its shard has. A
task whose worker was lost is run again on another one, and units that are stored are not simulated again. So workers may
be added and lost at any time, and the content is that of one machine.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypedDict, cast

__all__ = ["ShardDone", "run", "work"]

# Seconds between two looks at tasks, and between two tries on a shard that another process works on.
_LOOK = 0.2
_WAIT = 2.0
# PR_SET_PDEATHSIG of Linux: the signal that a process gets when its parent ends.
_SET_DEATH_SIGNAL = 1


class ShardDone(TypedDict):
    """What a task returns."""

    shard: int
    """Number of the shard, from 1."""
    done: int
    """Units that are stored."""
    units: int
    """Units of the shard."""
    store: str
    """The folder in which they are."""


class _Future(Protocol):
    """What is needed of `distributed.Future`."""

    @property
    def status(self) -> str | None: ...
    def done(self) -> object: ...
    def result(self) -> object: ...
    def cancel(self) -> object: ...


class _Client(Protocol):
    """What is needed of `distributed.Client`."""

    def submit(
        self,
        func: Callable[..., ShardDone],
        /,
        *args: object,
        key: str | None = None,
        pure: bool = True,
    ) -> _Future: ...


def _program(keten: str | os.PathLike[str] | None) -> str:
    found = os.fspath(keten) if keten is not None else os.environ.get("KETEN") or shutil.which("keten")
    if not found:
        raise FileNotFoundError("the program keten is not on the PATH; give its path with keten=...")
    return found


def _bound() -> Callable[[], None] | None:
    """Ends keten with its parent where the system can do that, so that no process is left when a worker is killed."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    library = ctypes.CDLL(None)

    def bind() -> None:
        library.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)

    return bind


def work(
    plan: str | os.PathLike[str],
    shard: int,
    *,
    keten: str | os.PathLike[str] | None = None,
    store: str | os.PathLike[str] | None = None,
    threads: int | None = None,
) -> ShardDone:
    """Simulates one shard of a plan by `keten work`. While another process works on it, waits for that one.

    Raises RuntimeError with the message of keten when it fails.
    """
    command = [_program(keten), "work", os.fspath(plan), "--shard", str(shard), "--json", "--quiet"]
    if store is not None:
        command += ["--store", os.fspath(store)]
    if threads is not None:
        command += ["--threads", str(threads)]
    while True:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_bound(),
        )
        try:
            out, err = process.communicate()
        except BaseException:
            process.kill()
            raise
        if process.returncode == 0:
            return cast(ShardDone, json.loads(out.splitlines()[-1]))
        if "is at work on shard" not in err:
            raise RuntimeError(f"shard {shard} of {os.fspath(plan)}: {err.strip() or f'ended by {process.returncode}'}")
        # The lock ends with the process that has it, so this ends too.
        time.sleep(_WAIT)


def run(
    client: _Client,
    plan: str | os.PathLike[str],
    *,
    shards: Iterable[int] | None = None,
    keten: str | os.PathLike[str] | None = None,
    store: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    retries: int = 20,
) -> list[ShardDone]:
    """Simulates all shards of a plan (or those given) on the workers of a `distributed.Client`.

    Returns what each shard has. `retries` is how often a shard may fail, or lose several workers in a row, before the
    fault is raised. `threads` is for each task: give as many as a Dask worker has cores for one task.
    """
    folder = Path(plan).absolute()
    planned = cast("dict[str, object]", json.loads((folder / "plan.json").read_text(encoding="utf-8")))
    number = len(cast("list[object]", planned["shards"]))
    wanted = list(shards) if shards is not None else list(range(1, number + 1))
    program = os.fspath(keten) if keten is not None else None
    place = os.path.abspath(store) if store is not None else None

    def submit(shard: int, attempt: int) -> _Future:
        # The key names the work, so that two clients share it; another attempt needs another key.
        key = f"keten-{str(planned['id'])[:16]}-{shard}-{attempt}"
        return client.submit(_task, str(folder), shard, program, place, threads, key=key, pure=False)

    running = {shard: (submit(shard, 0), 0) for shard in wanted}
    found: dict[int, ShardDone] = {}
    try:
        while running:
            for shard, (future, attempt) in list(running.items()):
                if not future.done():
                    continue
                if future.status == "finished":
                    found[shard] = cast(ShardDone, future.result())
                    del running[shard]
                elif attempt < retries:
                    running[shard] = (submit(shard, attempt + 1), attempt + 1)
                else:
                    future.result()  # raises
                    raise RuntimeError(f"shard {shard} of {folder} was {future.status}")
            time.sleep(_LOOK)
    finally:
        for future, _ in running.values():
            future.cancel()
    return [found[shard] for shard in wanted]


def _task(folder: str, shard: int, keten: str | None, store: str | None, threads: int | None) -> ShardDone:
    return work(folder, shard, keten=keten, store=store, threads=threads)
