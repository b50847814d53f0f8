#!/bin/sh
# demo_inside.sh BIN: what the demo does on the staged machine. Every program sees the same GPUs; a fault changes them all.
set -u
PATH=$1:$PATH
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n== %s\n' "$*"; }
show() { printf '$ %s\n' "$*"; "$@"; }
library='import ctypes
nvml = ctypes.CDLL("libnvidia-ml.so.1")
code = nvml.nvmlInit_v2()
count = ctypes.c_uint()
if code == 0: nvml.nvmlDeviceGetCount_v2(ctypes.byref(count))
print("libnvidia-ml through Python: nvmlInit answers", code, "-", count.value, "GPUs")'
ask_library() { if command -v python3 >/dev/null; then python3 -c "$library"; else echo "(python3 is not installed)"; fi; }
list_pci() { if command -v lspci >/dev/null; then show lspci -k -d 10de::0300 2>/dev/null; else show ls /sys/bus/pci/drivers/nvidia; fi; }

say "1. The machine, seen by programs that know nothing of nvstack"
list_pci
show head -1 /proc/driver/nvidia/version
ask_library
show nvidia-smi

say "2. A GPU falls off the bus: nvstack virt fault lost --gpu 2"
nvstack virt fault lost --gpu 2
show nvidia-smi -L
show nvstack doctor
nvstack virt reset --gpu 2

say "3. An update replaces the driver's libraries while the old module runs: nvstack virt fault upgrade 590.48.01"
nvstack virt fault upgrade 590.48.01
show nvidia-smi
ask_library

say "4. What is wrong, how that is known, what cures it"
show nvstack doctor

say "5. The cure, as doctor gave it"
show modprobe -r nvidia_drm nvidia_modeset nvidia_uvm nvidia
show modprobe nvidia
show modprobe nvidia-uvm
show nvidia-smi -L
ask_library

say "6. Does CUDA run, and which PyTorch fits"
show nvstack cuda verify
show nvstack torch --python 3.12

say "More: nvstack virt list, nvstack virt shell h100x8, nvstack --help"
exit 0
