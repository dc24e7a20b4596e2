"""Runs a command under the filter of system calls that a unit has: GROUPS REFUSED COMMAND..."""

import errno
import os
import subprocess
import sys

import seccomp


def calls(group: str) -> set[str]:
    """The names of a group's system calls, groups within it included."""
    found: set[str] = set()
    text = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True
    ).stdout
    for line in text.splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            found |= calls(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return found


def main() -> None:
    allowed, refused, *command = sys.argv[1:]
    # systemd always lets these through, as what a program cannot do without.
    names = calls("@default")
    for group in allowed.split(","):
        names |= calls(group)
    for group in refused.split(","):
        names -= calls(group) - calls("@default")
    rules = seccomp.SyscallFilter(defaction=seccomp.ERRNO(errno.EPERM))
    known = 0
    for name in sorted(names):
        try:
            rules.add_rule(seccomp.ALLOW, name)
            known += 1
        except (OSError, RuntimeError):
            pass  # Not on this processor.
    if known < 100:
        sys.exit(f"only {known} system calls")
    rules.load()
    os.execvp(command[0], command)


main()
