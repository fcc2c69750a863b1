#!/usr/bin/env python3
"""ONNX's newest node tests pass, or stand in known.txt with their reason.   conformance.py STRATA TARGET KNOWN

The tests lie in the folder that STRATA_NODE_TESTS names, each as NAME/model.onnx with NAME/test_data_set_K, as
onnx.backend.test.case.node of the package onnx 1.23.2 makes them; without it the test is skipped (Debian's own 932 are
tested in any case, by tst_onnx_nodes and tst_onnx_nodes_cpu). A test that stands in the list and passes is a fault, too.
"""
import json
import os
import pathlib
import subprocess
import sys

SKIPPED = 77  # for ctest


def listed(path, target):
    lines = [line.split(maxsplit=2) for line in pathlib.Path(path).read_text().splitlines() if not line.startswith("#")]
    for line in lines:
        if len(line) != 3 or line[1] not in ("both", "cpu", "reference"):
            sys.exit(f"{path}: '{' '.join(line)}' is no NAME, TARGET and REASON.")
    return {name for name, where, reason in lines if where in ("both", target)}


def main():
    strata, target, known = sys.argv[1:]
    expected = listed(known, target)
    folder = os.environ.get("STRATA_NODE_TESTS", "")
    if not pathlib.Path(folder).is_dir() or not folder:
        print("STRATA_NODE_TESTS names no folder of node tests.")
        return SKIPPED
    done = subprocess.run([strata, "check", "--json", "--quiet", "--target", target, folder], capture_output=True, text=True)
    if not done.stdout:
        sys.exit(f"strata check gives nothing: exit {done.returncode} {done.stderr[-500:]}")
    results = {result["name"]: result for result in json.loads(done.stdout)["results"]}
    faults = [f"{name} does not pass: {result.get('reason') or result['verdict']}"
              for name, result in results.items() if result["verdict"] != "PASS" and name not in expected]
    faults += [f"{name} passes: take it off the list" for name, result in results.items()
               if result["verdict"] == "PASS" and name in expected]
    faults += [f"{name} stands in the list and is no test" for name in expected if name not in results]
    passed = sum(result["verdict"] == "PASS" for result in results.values())
    print("\n".join(faults + [f"{passed} of {len(results)} pass on {target}"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
