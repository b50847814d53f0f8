"""smi_readers.py NVIDIA_SMI READER...: reads nvidia-smi as other programs do, and says what each found.
collect_env: the two regular expressions of torch/utils/collect_env.py. xml: the elements of smi_elements.tsv.
exporter: nvidia_gpu_exporter asks for every field of --help-query-gpu at once and pairs headers with cells."""
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as tree

SMI = sys.argv[1]


def ask(*words):
    return subprocess.run([SMI, *words], capture_output=True, text=True, check=True, timeout=20).stdout


def collect_env():
    version = re.search(r"Driver Version: (.*?) ", ask()).group(1)
    names = re.sub(r" \(UUID: .+?\)", "", ask("-L")).splitlines()
    print(f"collect_env: driver {version}, {len(names)} GPUs, the first {names[0]}")


def is_number(text):
    first = text.split()[0].rstrip("x") if text.split() else ""
    return re.fullmatch(r"-?\d+(\.\d+)?", first) is not None


def xml():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "smi_elements.tsv"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    gpus = tree.fromstring(ask("-q", "-x")).findall("gpu")
    wrong = [
        f"{reader}: {path} of {gpu.get('id')}"
        for gpu in gpus
        for reader, path, kind in rows
        for found in [gpu.find(path)]
        if kind != "absent" and (found is None or (kind == "number" and not is_number(found.text or "")))
    ]
    print("\n".join(f"not found: {line}" for line in wrong))
    print(f"xml: {len(rows)} elements asked of {len(gpus)} GPUs, {len(wrong)} not found")


def exporter():
    fields = re.findall(r'^"([^"]+)"', ask("--help-query-gpu"), re.MULTILINE)
    lines = ask("--query-gpu=" + ",".join(fields), "--format=csv").splitlines()
    headers = [re.sub(r" \[.*\]$", "", cell) for cell in lines[0].split(", ")]
    if headers != fields:
        print("other headers:", [pair for pair in zip(fields, headers) if pair[0] != pair[1]][:5])
    widths = {len(line.split(", ")) for line in lines}
    print(f"exporter: every field in each of {len(lines) - 1} rows: {widths == {len(fields)}}, {len(fields) > 150}")


for name in sys.argv[2:]:
    {"collect_env": collect_env, "xml": xml, "exporter": exporter}[name]()
