#!/usr/bin/env bash
# Who may know whom: core and passes include neither Qt nor LLVM, arrows point down only, protobuf stays inside core/onnx, only the compiler worker's
# folder includes LLVM, views do not include each other. Prints each include that breaks a rule.
set -u
cd "$1"
bad=0
forbid() {   # what it means, pattern of the include, folders...
    local why=$1 pattern=$2
    shift 2
    local found
    found=$(grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($pattern)" --include='*.h' --include='*.cpp' "$@" 2>/dev/null)
    if [ -n "$found" ]; then
        printf '%s:\n%s\n' "$why" "$found"
        bad=1
    fi
}
forbid "core and passes know no Qt" 'Q[A-Z]|Qt[A-Z]' core passes
forbid "core and passes know no LLVM" 'llvm|lld/' core passes
forbid "core knows nothing above it" 'passes/|backends/|app/' core
forbid "passes know no backend and no app" 'backends/|app/' passes
forbid "backends know no pass and no app" 'passes/|app/' backends
forbid "backends and the command line know no Qt" 'Q[A-Z]|Qt[A-Z]' backends app/workbench app/cli
forbid "only backends/llvm knows LLVM" 'llvm/|lld/' app $(ls -d backends/*/ | grep -v '^backends/llvm/')
forbid "protobuf stays inside core/onnx" 'google/protobuf|onnx/onnx|onnx/onnx-ml' core/base core/ir core/transform core/analysis core/operators core/reference core/session passes backends app
forbid "models of the window know no widget" 'QWidget|QtWidgets|QDialog' app/window/models
exit $bad
