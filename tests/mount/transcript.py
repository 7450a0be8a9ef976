# SPDX-License-Identifier: GPL-2.0-or-later
"""Shell transcripts in documents: what was typed, and what came.

A block is fenced with ```console.  A line that begins with "# " is typed, one that begins with "> " goes
on with it; all others are what came.  In these, `...` stands for any text in the line, and alone in
a line for any number of lines.
"""
import re
import subprocess

END = "@@end of the command@@"


def blocks(text):
    """Each ```console block as a list of (line number, command, expected lines)."""
    found, steps = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            if line == "```console":
                steps = []
                found.append(steps)
            else:
                steps = None
        elif steps is None:
            continue
        elif line.startswith("# "):
            steps.append((number, [line[2:]], []))
        elif line.startswith("> ") and not steps[-1][2]:
            steps[-1][1].append(line[2:])
        else:
            steps[-1][2].append(line)
    return [[(number, "\n".join(typed), came) for number, typed, came in steps] for steps in found]


def pattern(expected):
    """A regular expression for the lines of a step."""
    parts = []
    for line in expected:
        if line == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(r"[^\n]*?".join(map(re.escape, line.split("..."))) + r"\n")
    return re.compile("".join(parts))


class Shell:
    """One bash for a whole document."""

    def __init__(self, command, folder):
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        errors="replace")

    def run(self, command):
        """What it printed, without what bash calls itself in front of its complaints."""
        self.process.stdin.write(f"{command}\necho; echo '{END}'\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line == END + "\n":
                break
            lines.append(line)
        text = "".join(lines)
        # the echo before the end closes a last line that has none
        text = text[:-1] if text.endswith("\n\n") or text == "\n" else text
        return re.sub(r"^bash: line \d+: ", "bash: ", text, flags=re.MULTILINE)

    def close(self):
        self.process.stdin.close()
        return self.process.wait(30)


def differences(path, shell):
    """Runs a document; says which steps gave something else."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    wrong = []
    for steps in blocks(text):
        for number, command, expected in steps:
            came = shell.run(command)
            if not pattern(expected).fullmatch(came):
                wrong.append(f"line {number}: {command}\n--- expected\n" + "\n".join(expected)
                             + f"\n--- came\n{came}")
    return wrong
