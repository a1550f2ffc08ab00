"""Works ./plan off with the program hq while HyperQueue's workers and the processes of their tasks are killed.

usage: hyperqueue_kills.py KETEN KILLS HQ

A task whose HyperQueue worker is lost is started again by HyperQueue; one whose own process is killed has failed, and
the plan is submitted again as soon as nothing runs any more, by its script as a user would do it.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from killing import Rounds, keten_workers, kill

WORKERS = 3


class HyperQueue:
    """A server with workers, as processes of this one."""

    def __init__(self, program):
        self.program = program
        os.environ["HQ_PROGRAM"] = program
        os.environ["HQ_SERVER_DIR"] = str(Path("hq").absolute())
        self.log = open("hq.log", "ab")
        self.server = self.start("server", "start")
        for _ in range(100):
            if subprocess.run([program, "server", "info"], capture_output=True).returncode == 0:
                break
            time.sleep(0.1)
        self.workers = [self.worker() for _ in range(WORKERS)]

    def start(self, *words):
        """A part of HyperQueue as a process."""
        return subprocess.Popen([self.program, *words], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def worker(self):
        """A worker with one core."""
        return self.start("worker", "start", "--cpus", "1")

    def active(self):
        """Whether a job waits or runs."""
        made = subprocess.run([self.program, "job", "list", "--output-mode", "json"], capture_output=True, text=True)
        return bool(json.loads(made.stdout)) if made.returncode == 0 else True

    def submit(self):
        """Submits the plan by its own script."""
        subprocess.run(["bash", "plan/hyperqueue.sh"], check=True, stdout=self.log, stderr=self.log)

    def kill_one(self, luck):
        """Kills a worker and starts another one in its place; whether it lived."""
        at = luck.randrange(WORKERS)
        lived = self.workers[at].poll() is None and kill(self.workers[at].pid)
        self.workers[at].wait()
        self.workers[at] = self.worker()
        return lived

    def stop(self):
        """Ends all."""
        for process in [*self.workers, self.server]:
            process.kill()
            process.wait()


def main():
    rounds = Rounds(sys.argv[1], int(sys.argv[2]))
    queue = HyperQueue(sys.argv[3])
    try:
        queue.submit()
        looks = 0
        while True:
            looks += 1
            for _ in range(8):
                time.sleep(rounds.luck.uniform(0.05, 0.25))
                at_work = keten_workers()
                if not at_work or rounds.enough():
                    continue
                # One in three is a worker of HyperQueue with the task that it has.
                if rounds.luck.random() < 1 / 3:
                    rounds.count("HyperQueue worker", queue.kill_one(rounds.luck))
                else:
                    rounds.count("task", kill(rounds.luck.choice(at_work)))
            whole = rounds.look()
            if not whole and not queue.active():
                queue.submit()
            if whole:
                rounds.collect()
                if rounds.enough():
                    break
        rounds.close()
    finally:
        queue.stop()


if __name__ == "__main__":
    main()
