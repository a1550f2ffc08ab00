"""Works FOLDER/small.toml off on machines without a common disk, through an object store, while workers are killed and
machines lose their disks. FOLDER/collected.json is what keten prints, FOLDER/killed.json what was seen.

usage: objects_kills.py KETEN FOLDER KIND

KETEN must be built with the feature objects. KIND is `file`, or `s3`: then the server of moto is started, a server that
speaks the language of S3 (MOTO_PYTHON is a Python that has moto[server]; without it, one is made). KETEN_KILLS sets the
number of kills, KETEN_SHARDS that of shards.
"""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

MACHINES = 3


def json_of(*words):
    """What a command of keten that must succeed prints as JSON."""
    made = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"{' '.join(map(str, words))} ended with {made.returncode}: {made.stderr}")
    return json.loads(made.stdout.splitlines()[-1])


def s3():
    """A server with a bucket, and its address for keten."""
    python = os.environ.get("MOTO_PYTHON")
    if not python:
        subprocess.run([sys.executable, "-m", "venv", "venv"], check=True)
        python = "venv/bin/python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "moto[server]==5.2.5"], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([python, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=open("moto.log", "wb"))
    for _ in range(300):
        try:
            urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/bucket", method="PUT"), timeout=5)
            break
        except OSError:
            time.sleep(0.1)
    else:
        server.kill()
        sys.exit("the server of moto does not answer")
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
    }
    return server, "s3://bucket/runs"


class Machine:
    """A machine with its own copy of the plan, which works on one shard at a time."""

    def __init__(self, keten, number, address):
        self.plan = Path(f"machine-{number}/plan")
        shutil.copytree("plan", self.plan)
        self.keten, self.address, self.worker, self.shard = keten, address, None, None

    def begin(self, shard):
        """Starts a worker."""
        words = [self.keten, "work", self.plan, "--shard", str(shard), "--objects", self.address, "--threads", "1", "--quiet"]
        self.shard = shard
        self.worker = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def ended(self):
        """Whether it is free; a worker that failed by itself is a fault."""
        if self.worker is None:
            return True
        code = self.worker.poll()
        if code is None:
            return False
        if code > 0:
            sys.exit(f"shard {self.shard} ended with {code}: {self.worker.stderr.read()}")
        self.worker = None
        return True

    def kill(self, with_disk):
        """Kills the worker; the disk may be lost too."""
        self.worker.kill()
        self.worker.wait()
        self.worker = None
        if with_disk:
            shutil.rmtree(self.plan / "store", ignore_errors=True)


def work_off(keten, address, kills, shards, killed):
    """One round, from nothing to a collected run."""
    luck = random.Random(2008 + sum(killed.values()))
    machines = [Machine(keten, number, address) for number in range(MACHINES)]
    left = list(range(1, shards + 1))
    while left or any(machine.worker for machine in machines):
        for machine in machines:
            if machine.ended() and left:
                machine.begin(left.pop(0))
        time.sleep(luck.uniform(0.05, 0.3))
        busy = [machine for machine in machines if machine.worker and machine.worker.poll() is None]
        if busy and sum(killed.values()) < kills and luck.random() < 0.7:
            machine, with_disk = luck.choice(busy), luck.random() < 0.3
            left.append(machine.shard)
            machine.kill(with_disk)
            killed["worker with its disk" if with_disk else "worker"] += 1
    status = json_of(keten, "status", "plan", "--objects", address, "--json")
    assert status["done"] == status["units"], status
    run = json_of(keten, "collect", "plan", "--objects", address, "--out", "runs", "--json")
    for machine in machines:
        shutil.rmtree(machine.plan.parent)
    shutil.rmtree("plan/store")
    return run


def main():
    keten, folder, kind = Path(sys.argv[1]).absolute(), sys.argv[2], sys.argv[3]
    kills, shards = int(os.environ.get("KETEN_KILLS", "20")), int(os.environ.get("KETEN_SHARDS", "8"))
    os.chdir(folder)
    began = time.monotonic()
    subprocess.run([keten, "plan", "small.toml", "--shards", str(shards), "--out", "plan", "--threads", "1", "--quiet"], check=True)
    server, base = s3() if kind == "s3" else (None, Path("objects").absolute().as_uri())
    killed, contents = {"worker": 0, "worker with its disk": 0}, []
    try:
        while not contents or sum(killed.values()) < kills:
            shutil.rmtree("runs", ignore_errors=True)
            run = work_off(keten, f"{base}/{len(contents)}", kills, shards, killed)
            contents.append([run["id"], {name: (it["content_hash"], it["rows"]) for name, it in run["tables"].items()}])
            assert contents[-1] == contents[0], f"round {len(contents)} gives another run: {contents[-1]}"
    finally:
        if server:
            server.kill()
            server.wait()
    Path("collected.json").write_text(json.dumps(run) + "\n")
    seen = {
        "killed": killed,
        "kills": sum(killed.values()),
        "rounds": len(contents),
        "seconds": round(time.monotonic() - began, 1),
    }
    Path("killed.json").write_text(json.dumps(seen) + "\n")
    print(f"{seen['kills']} kills in {len(contents)} rounds, all with the same run: {seen}")


if __name__ == "__main__":
    main()
