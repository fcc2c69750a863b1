#!/usr/bin/env bash
# The window on a real X server (Xvfb): what it copies reaches another program, a file that is dragged from another
# program opens, keys and buttons come through the server, and the presenter view stands on the second screen.
#   x11.sh BIN SOURCE
# Skipped (77) where Xvfb or xdotool is not there.
set -euo pipefail
bin=$1 source=$2
for tool in Xvfb xdotool; do
    command -v $tool > /dev/null || { echo "$tool is not there: skipped"; exit 77; }
done
work=$(mktemp -d)
started=()
finish() {
    for pid in "${started[@]}"; do kill "$pid" 2> /dev/null || true; done
    wait 2> /dev/null || true
    rm -rf "$work"
}
trap finish EXIT
fail() { echo "FAIL: $*"; cat "$work"/*.log; exit 1; }
within() {   # seconds, command...: until it succeeds
    local end=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.3
    done
}

Xvfb -displayfd 3 -screen 0 1600x900x24 -screen 1 1280x720x24 -nolisten tcp 3> "$work/number" 2> "$work/xvfb.log" &
started+=($!)
within 20 test -s "$work/number" || fail "Xvfb does not start"
number=$(cat "$work/number")
export DISPLAY=:$number.0 QT_QPA_PLATFORM=xcb HOME=$work XDG_CONFIG_HOME=$work/config XDG_RUNTIME_DIR=$work
"$bin/strata-explorer" "$source/samples/mm_relu.strata" --size 1400x860 --language en > "$work/explorer.log" 2>&1 &
started+=($!)
within 60 xdotool search --onlyvisible --name 'mm_relu' || fail "the window does not come"
window=$(xdotool search --onlyvisible --name 'mm_relu' | head -1)
xdotool windowmove --sync "$window" 0 0 windowfocus --sync "$window" || true
sleep 3   # panes come
name() { xdotool getwindowname "$window"; }
copied() { "$bin/x11_peer" clipboard 2> "$work/peer.log"; }

# A click into the loops, all of them, into the clipboard of the server.
xdotool mousemove 640 330 click 1
xdotool key ctrl+a ctrl+c
holds() { copied | grep -q "$1"; }
within 20 holds 'def mm_relu' || fail "the text of the loops is not in the clipboard: $(copied)"
echo "ok: text reaches another program"

xdotool key ctrl+shift+c
picture() { [ "$(copied | sed -n 's/^picture \([0-9]*\)x.*/\1/p')" -gt 100 ]; }
within 20 picture || fail "no picture is in the clipboard: $(copied | head -1)"
echo "ok: a picture reaches another program"

xdotool mousemove 640 330 click 1
"$bin/x11_peer" drag "$source/samples/stencil.strata" > "$work/source.log" 2>&1 &
started+=($!)
within 20 xdotool search --onlyvisible --name '^peer$' || fail "the other program does not come"
peer=$(xdotool search --onlyvisible --name '^peer$' | head -1)
xdotool windowmove --sync "$peer" 1440 10 || true
dropped() {
    xdotool mousemove 1500 70 mousedown 1
    for x in 1480 1430 1390 1200 900 800; do xdotool mousemove $x 300; sleep 0.1; done
    sleep 0.3
    xdotool mouseup 1
    sleep 1.5
    name | grep -q stencil
}
within 30 dropped || fail "a dropped file is not opened: $(name)"
echo "ok: a file that is dragged from another program opens"

xdotool windowfocus --sync "$window" || true
before=$(DISPLAY=:$number.1 xdotool search --onlyvisible --name Strata 2> /dev/null | wc -l)
xdotool mousemove 640 330 click 1 key shift+F11
second() { [ "$(DISPLAY=:$number.1 xdotool search --onlyvisible --name '.' | wc -l)" -gt "$before" ]; }
within 20 second || fail "nothing stands on the second screen"
echo "ok: the presenter view and the window stand on two screens"
grep -iE 'warning|critical|QXcb|QObject::' "$work/explorer.log" && fail "Qt warns"
exit 0
