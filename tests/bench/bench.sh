#!/bin/sh
# bench.sh BUILD: our figures beside the floor (an empty program) in one run. A table for people, never a test.
set -eu
build=$1
bin=$build/bin measure=$build/unit/measure
machine=snapshots/rhel-9-a100x8-healthy
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

printf '%-46s %9s %9s %9s %9s\n' what median_ms least_ms cpu_ms peak_KiB
row() {
  name=$1; shift
  set -- $("$measure" "$@")
  printf '%-46s %9s %9s %9s %9s\n' "$name" "$1" "$2" "$3" "$4"
}
row 'floor: an empty program (true)' 50 true
row 'nvstack --version' 50 "$bin/nvstack" --version
row 'doctor, captured machine with 8 GPUs' 50 "$bin/nvstack" doctor --from "$machine"
row 'plan, captured machine with 8 GPUs' 50 "$bin/nvstack" plan --from "$machine"
row 'detect --json, captured machine with 8 GPUs' 50 "$bin/nvstack" detect --json --from "$machine"
row 'doctor, this machine' 20 "$bin/nvstack" doctor
row 'doctor --log, a line' 50 "$bin/nvstack" doctor --log tests/bench/xid.log
row 'explain "xid 79"' 50 "$bin/nvstack" explain xid 79

# A saved page of 10,000 links, 3 MB, as the index of torch grows to.
awk 'BEGIN{print "<!DOCTYPE html>\n<html>\n  <body>\n    <h1>Links for torch</h1>"
  hash = sprintf("%064d", 0)
  for (i = 0; i < 10000; i++) {
    v = 2 "." int(i / 462) "." (i % 7) "%2Bcu1" 18 + i % 11 "-cp3" 9 + i % 6 "-cp3" 9 + i % 6 "-manylinux_2_28_x86_64.whl"
    print "    <a href=\"https://download-r2.pytorch.org/whl/torch-" v "#sha256=" hash "\" data-dist-info-metadata=\"sha256=" hash "\" data-upload-time=\"2026-01-01T00:00:00\">torch-" v "</a><br/>"
  }
  print "  </body>\n</html>"}' >"$work/torch.html"
row 'torch, from the tables' 50 "$bin/nvstack" torch --gpu 'RTX 4090' --driver 580.95.05 --python 3.11 --json
row 'torch, a saved index of 10,000 links' 30 "$bin/nvstack" torch --index "$work/torch.html" --gpu sm_89 --driver 580.95.05 --python 3.11 --json
mkdir -p "$work/root/usr/local"
for minor in 0 1 2 3 4 5 6 7 8 9; do
  mkdir -p "$work/root/usr/local/cuda-12.$minor/bin"; : >"$work/root/usr/local/cuda-12.$minor/bin/nvcc"
done
row 'cuda list, ten toolkits' 50 "$bin/nvstack" cuda list --root "$work/root"
"$build/unit/framework_bench" "$work/torch.html"
"$build/unit/ptx_bench" tests/ptx/matrix_product.ptx

# The same captured machine 10,000 times: a fleet. One archive, many names.
"$bin/nvstack" capture "$work/m.tar.zst" --from "$machine" 2>/dev/null
count=${FLEET:-10000}
i=0
mkdir "$work/fleet"
while [ $i -lt "$count" ]; do ln "$work/m.tar.zst" "$work/fleet/$i.tar.zst"; i=$((i + 1)); done
set -- $(cd "$work/fleet" && "$OLDPWD/$measure" 1 "$OLDPWD/$bin/nvstack" doctor --from *.tar.zst)
printf '%-46s %9s %9s %9s %9s\n' "doctor --from, $count captures" "$1" "$2" "$3" "$4"
awk -v ms="$1" -v n="$count" 'BEGIN{printf "captures a second: %.0f\n", n * 1000 / ms}'
row 'the same, 100 of them' 3 sh -c "cd $work/fleet && \"$PWD/$bin/nvstack\" doctor --from 1?.tar.zst 2?.tar.zst 1??.tar.zst"
yes "[ 1234.5] usb 1-1: new high-speed USB device number 2 using xhci_hcd" | head -c 60000000 >"$work/big.log"
row 'doctor --log, 60 MB without a fault' 3 "$bin/nvstack" doctor --log "$work/big.log"

# The persistence daemon; IDLE=60 ./x bench waits a whole minute for wake-ups.
"$build/unit/persistenced_bench" "${IDLE:-10}"
sh tests/bench/virt.sh "$build"
# nvidia-smi on a staged machine with 8 GPUs whose driver is awake, beside an empty program there.
if "$bin/nvstack" virt run h100x8 -- true 2>/dev/null; then
  "$bin/nvstack" virt run h100x8 -- sh -eu -c '
    bin=$1 measure=$2
    row() { name=$1; shift; set -- $("$measure" "$@"); printf "%-46s %9s %9s %9s %9s\n" "$name" "$1" "$2" "$3" "$4"; }
    "$bin/nvidia-smi" -pm 1 >/dev/null
    row "floor: an empty program, staged machine" 100 true
    row "nvidia-smi, 8 GPUs" 100 "$bin/nvidia-smi"
    row "nvidia-smi --query-gpu, 4 fields, 8 GPUs" 100 "$bin/nvidia-smi" --query-gpu=index,name,utilization.gpu,memory.used --format=csv
    row "nvidia-smi -q -x, 8 GPUs" 50 "$bin/nvidia-smi" -q -x' sh "$PWD/$bin" "$PWD/$measure"
fi
# The live view at 10 Hz on a terminal, 8 GPUs, and nvtop where it is installed: share of a core over 10 s, and memory.
if "$bin/nvstack" virt run h100x8 -- true 2>/dev/null && command -v script >/dev/null; then
  printf '%-46s %9s %9s\n' 'on a terminal of 40 x 120, 8 GPUs' 'cpu_%' RSS_KiB
  "$bin/nvstack" virt run h100x8 -- sh -c '
    watch() {
      name=$1 program=$2; shift 2
      script -qfc "stty rows 40 cols 120; TERM=xterm-256color exec $program $*" /dev/null </dev/null >/dev/null 2>&1 &
      sleep 3
      for pid in $(pgrep -f "$program"); do [ "$(readlink "/proc/$pid/exe")" = "$(readlink -f "$program")" ] && found=$pid; done
      before=$(awk "{print \$14 + \$15}" "/proc/$found/stat"); sleep 10
      awk -v before="$before" -v name="$name" "{printf \"%-46s %9.2f\", name, (\$14 + \$15 - before) / 10}" "/proc/$found/stat"
      awk "/VmRSS/{printf \" %9d\\n\", \$2}" "/proc/$found/status"
      kill "$found"
    }
    watch "nvstack smi --live, 10 Hz" "$1" smi --live --interval 100
    if command -v nvtop >/dev/null; then watch "nvtop, 10 Hz" "$(command -v nvtop)" -d 1; fi' sh "$PWD/$bin/nvstack"
fi
