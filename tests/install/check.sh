#!/usr/bin/env bash
# tests/install/check.sh BUILD: installs into an empty folder and uses what lies there, away from the source tree.
set -euo pipefail
build=$1
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install "$build" --prefix "$prefix" > "$prefix/log"
for file in bin/strata bin/strata-explorer share/applications/strata-explorer.desktop share/icons/hicolor/scalable/apps/strata.svg \
    share/mime/packages/strata-mime.xml share/strata/samples/mlp/model.onnx share/strata/translations/zh.po; do
    [ -e "$prefix/$file" ] || { echo "$file is not installed"; exit 1; }
done
desktop=$prefix/share/applications/strata-explorer.desktop
for program in $(sed -n 's/^Exec=\([^ ]*\).*/\1/p' "$desktop"); do
    [ -x "$prefix/bin/$program" ] || { echo "the desktop file starts $program, which is not installed"; exit 1; }
done
types=$(sed -n 's/^MimeType=//p' "$desktop" | tr ';' ' ')
for type in $types; do
    grep -q "type=\"$type\"" "$prefix/share/mime/packages/strata-mime.xml" || { echo "no MIME type $type"; exit 1; }
done
! command -v desktop-file-validate > /dev/null || desktop-file-validate "$desktop"
cd "$prefix"
env -u STRATA_BIN STRATA_CACHE=off bin/strata run share/strata/samples/mm_relu.strata --seconds 0.05 > log
env -u STRATA_BIN STRATA_CACHE=off bin/strata lesson check --all > log || { echo "the installed lessons do not hold"; cat log; exit 1; }
env -u STRATA_BIN STRATA_CACHE=off XDG_RUNTIME_DIR="$prefix" QT_QPA_PLATFORM=offscreen timeout 120 \
    bin/strata-explorer share/strata/samples/mlp --size 1280x720 --screenshot picture.png > log 2>&1
[ -s picture.png ] || { echo "the installed window makes no picture"; cat log; exit 1; }
