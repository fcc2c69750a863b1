"""A decoder whose caches keep their size generates 32 tokens, from C and from Python, with caches that change places after each
run and with caches that are written in place (the step library.inout): the same bits, and what a token takes.

Times are processor time of the C program, the median over rounds in turn (A B A B).
"""
import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import onnx

ROOT = Path(__file__).resolve().parent.parent
DECODER = ROOT / "tests/app/cli/decoder"
sys.path.insert(0, str(DECODER))
from make_decoder import StaticDecoder  # noqa: E402

PROMPT = ["3", "7", "11", "2", "5"]


def export(options, model, out, *more):
    command = [options.strata, "export", str(model), "--auto", "--out", str(out), "--quiet", "--isa", options.isa, *more]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench caches: {' '.join(command)}\n{done.stderr}")
    subprocess.run(["cc", "-std=c11", "-O2", "-include", "decoder.h", str(DECODER / "generate_static.c"), "-o", "generate", "-L.",
                    "-ldecoder", "-Wl,-rpath,$ORIGIN"], cwd=out, check=True)
    return out


def run(folder):
    """What it says, microseconds a token, and the peak of its memory in MiB."""
    done = subprocess.run(["/usr/bin/env", "python3", "-c", "import os, resource, sys\n"
                           "if os.fork() == 0: os.execv(sys.argv[1], sys.argv[1:])\n"
                           "os.wait(); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)",
                           "./generate", *PROMPT], cwd=folder, capture_output=True, text=True, check=True)
    microseconds = float(re.search(r"([\d.]+) us a token", done.stderr)[1])
    return done.stdout, microseconds, int(done.stderr.split()[-1]) / 1024


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench caches", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", type=int, nargs="+", default=[512, 8192, 65536], metavar="TOKENS", help="room of the caches")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--isa", default="x86-64-v3")
    parser.add_argument("--strata", default=str(ROOT / "build/release/bin/strata"))
    options = parser.parse_args()
    print(f"{'room':>8}  {'caches':>9}  {'changing places':>16}  {'in place':>16}  {'ratio':>6}  {'memory':>15}  bits")
    for length in options.lengths:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            decoder = StaticDecoder(length)
            onnx.save(decoder.model(), folder / "decoder.onnx")
            plain = export(options, folder / "decoder.onnx", folder / "plain")
            inplace = export(options, folder / "decoder.onnx", folder / "inplace", "--inout", "present_*=past_*")
            rounds = [(run(plain), run(inplace)) for _ in range(options.rounds)]
            said = {text for pair in rounds for text, _, _ in pair}
            said.add(subprocess.run([sys.executable, str(DECODER / "generate_static.py"), str(inplace), *PROMPT],
                                    capture_output=True, text=True, check=True).stdout)
            times = [statistics.median(pair[i][1] for pair in rounds) for i in range(2)]
            memory = [max(pair[i][2] for pair in rounds) for i in range(2)]
            ratio = statistics.median(pair[1][1] / pair[0][1] for pair in rounds)
            bytes_of = 4 * 2 * 8 * length * 4
            print(f"{length:8}  {bytes_of / 2**20:5.1f} MiB  {times[0]:13.1f} us  {times[1]:13.1f} us  {ratio:6.2f}  "
                  f"{memory[0]:4.0f} and {memory[1]:4.0f} MiB  {'the same' if len(said) == 1 else 'DIFFER'}", flush=True)


if __name__ == "__main__":
    main()
