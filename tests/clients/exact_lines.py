"""How many lines of nvidia-smi's output come back when it is imported, staged and printed again.

exact_lines.py BIN SCENARIO...   what our program prints on these scenarios: -q and -q -x
exact_lines.py BIN FILE...       what the real program printed of a board: -q text, or -q -x
Prints a line each and the share of all. Times and what stands in blanks at the ends of lines do not count.
"""
import difflib
import os
import re
import subprocess
import sys
import tempfile

TIME = re.compile(r"\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}")


def lines(text):
    return [TIME.sub("TIME", line).strip() for line in text.splitlines()]


def staged(program, scenario, *words):
    command = [program + "/nvstack", "virt", "run", scenario, "--", program + "/nvidia-smi", *words]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=True).stdout


def printed_again(program, text, words):
    """The same view of the machine that the text describes."""
    with tempfile.TemporaryDirectory() as folder:
        source, scenario = folder + "/shown", folder + "/imported.toml"
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        subprocess.run([program + "/nvstack", "virt", "import", source, "-o", scenario], check=True, timeout=60,
                       stdout=subprocess.DEVNULL)
        return staged(program, scenario, *words)


def main():
    program, same_of_all, all_lines = sys.argv[1], 0, 0
    for what in sys.argv[2:]:
        if os.path.isfile(what):
            with open(what, encoding="utf-8", errors="replace") as file:
                text = file.read()
            views = [(text, ("-q", "-x") if "<nvidia_smi_log" in text else ("-q",))]
        else:
            views = [(staged(program, what, *words), words) for words in (("-q",), ("-q", "-x"))]
        for text, words in views:
            first, second = lines(text), lines(printed_again(program, text, words))
            matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
            same = sum(block.size for block in matcher.get_matching_blocks())
            most = max(len(first), len(second))
            same_of_all, all_lines = same_of_all + same, all_lines + most
            print(f"{os.path.basename(what)} {' '.join(words)}: {same} of {most} lines equal")
            for line in difflib.unified_diff(first, second, "shown", "again", n=0, lineterm=""):
                if os.environ.get("SHOW") and not line.startswith(("---", "+++", "@@")):
                    print("   ", line)
    print(f"share of exact lines: {100 * same_of_all / all_lines:.2f} %")


main()
