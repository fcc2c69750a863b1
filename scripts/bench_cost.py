"""How well the cost model ranks: for each model the rank correlation of predicted with measured times of its functions,
and the geometric mean of predicted over measured. Times are as `strata explain --auto` measures them.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path


def models_of(paths):
    for path in map(Path, paths):
        yield from [path] if (path / "model.onnx").exists() else sorted(p.parent for p in path.glob("*/model.onnx"))


def main():
    cache = os.environ.get("STRATA_MODELS") or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "strata/models"
    parser = argparse.ArgumentParser(prog="scripts/bench cost", description=__doc__)
    parser.add_argument("models", nargs="*", help="folders of models, or folders of such")
    parser.add_argument("--strata", default="build/release/bin/strata")
    parser.add_argument("--seconds", default="1")
    options = parser.parse_args()
    correlations = []
    print(f"{'model':20s}{'functions':>10s}{'correlation':>13s}{'predicted/measured':>20s}")
    for folder in models_of(options.models or [cache, "../shared/models/real"]):
        answer = subprocess.run([options.strata, "explain", str(folder), "--auto", "--json", "--quiet", "--seconds",
                                 options.seconds], capture_output=True, text=True)
        if answer.returncode:
            print(f"{folder.name:20s} is not explained", file=sys.stderr)
            continue
        explained = json.loads(answer.stdout)
        timed = [f for f in explained["functions"] if f["ms"] > 0 and f["predicted_ms"] > 0]
        if len(timed) < 3:
            continue
        ratio = statistics.fmean(math.log(f["predicted_ms"] / f["ms"]) for f in timed)
        correlations.append(explained["rank_correlation"])
        print(f"{folder.name:20s}{len(timed):10d}{correlations[-1]:13.2f}{math.exp(ratio):20.2f}", flush=True)
    if not correlations:
        sys.exit("bench cost: nothing was measured")
    print(f"median correlation {statistics.median(correlations):.2f} over {len(correlations)} models")


if __name__ == "__main__":
    main()
