"""Shell completions: the scripts `daybook` writes, and what bash makes of them."""

import subprocess
from pathlib import Path

from Harness.programs import daybook

# What bash does on TAB: finds the function for the command, tells it the words and where the cursor
# is, and takes what it leaves in COMPREPLY.
DRIVER = """
set -u
source "$1"; shift
complete -p daybook >&2
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_LINE="${COMP_WORDS[*]}"
COMP_POINT=${#COMP_LINE}
COMPREPLY=()
set +u
_daybook daybook "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def script(shell: str) -> bytes:
    result = daybook("--generate-completion-script", shell, text=False)
    assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
    return result.stdout


def completions(directory: Path, *words: str) -> set[str]:
    """What bash offers for the last of `words`, in `directory`; no program can be called."""
    file = directory.parent / "completion.bash"
    file.write_bytes(script("bash"))
    result = subprocess.run(
        ["/bin/bash", "--norc", "-c", DRIVER, "bash", str(file), "daybook", *words],
        capture_output=True, timeout=60, cwd=directory, env={"PATH": "/nowhere"},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr.decode()
    assert result.stderr == b"complete -o filenames -F _daybook daybook\n", result.stderr.decode()
    return set(result.stdout.decode().splitlines()) - {""}
