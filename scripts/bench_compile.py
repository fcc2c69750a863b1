"""How long a model takes from its file to the end of its first run: with nothing kept of what was built (cold), and the
second time. Of both the time that passes; of the cold start also the processor time of all processes, which says what
another core would save. ONNX Runtime's session and first run stand beside it.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bench_models as models


def run(program, folder, cache, arguments):
    """Seconds that passed, and of the processor."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([program, "run", str(folder), *arguments, "--seconds", "0.01", "--quiet"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, env={**os.environ, "XDG_CACHE_HOME": cache})
    passed, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stderr.decode().strip().splitlines()[0])
    return passed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peer(folder):
    begin = time.monotonic()
    models.OnnxRuntime(folder / "model.onnx", 0, models.inputs_of(folder)).run()
    return time.monotonic() - begin


def parse():
    cache = os.environ.get("STRATA_MODELS") or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "strata/models"
    parser = argparse.ArgumentParser(prog="scripts/bench compile", description=__doc__)
    parser.add_argument("models", nargs="*", help="folders in ONNX's test layout, or folders of such")
    parser.add_argument("--strata", default="build/release/bin/strata --auto", metavar="PROGRAM ARGUMENTS")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="folder of compile.json")
    options = parser.parse_args()
    options.models = options.models or [cache, "../shared/models/real"]
    return options


def main():
    options = parse()
    program, *arguments = options.strata.split()
    rows = []
    print(f"{'model':20s}{'cold s':>10s}{'processor':>12s}{'second s':>10s}{'ORT s':>10s}   least and most of the cold ones")
    for folder in models.models_of(options.models):
        cold, processor, second, other = [], [], [], []
        try:
            for _ in range(options.rounds):
                with tempfile.TemporaryDirectory(prefix="strata-bench-") as cache:
                    passed, used = run(program, folder, cache, arguments)
                    cold.append(passed)
                    processor.append(used)
                    second.append(run(program, folder, cache, arguments)[0])
                other.append(peer(folder))
        except Exception as error:  # of a peer, too
            print(f"{folder.name}: {str(error).splitlines()[0]}", file=sys.stderr)
            continue
        row = {"model": folder.name, "cold": cold, "processor": processor, "second": second, "onnxruntime": other}
        rows.append(row)
        middle = {key: statistics.median(values) for key, values in row.items() if key != "model"}
        print(f"{folder.name:20s}{middle['cold']:10.2f}{middle['processor']:12.2f}{middle['second']:10.3f}"
              f"{middle['onnxruntime']:10.2f}   {min(cold):.2f}-{max(cold):.2f}", flush=True)
    if not rows:
        sys.exit("bench compile: nothing was measured")
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "compile.json").write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
