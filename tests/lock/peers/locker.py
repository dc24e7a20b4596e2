"""A lock held by Python: locker.py LIBRARY try|hold PATH

try: exit code 0 where the lock was free, 1 where it was not.
hold: waits for the lock, prints "held", and keeps it until standard input ends.
"""

import fcntl
import sys


def with_fcntl(path, wait):
    file = open(path, "a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return None
    return file


def with_filelock(path, wait):
    import filelock

    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except filelock.Timeout:
        return None
    return lock


def with_portalocker(path, wait):
    import portalocker

    lock = portalocker.Lock(path, timeout=600 if wait else 0, check_interval=0.02)
    try:
        lock.acquire()
    except portalocker.LockException:
        return None
    return lock


def main():
    library, action, path = sys.argv[1:]
    lock = {
        "fcntl.flock": with_fcntl,
        "filelock": with_filelock,
        "portalocker": with_portalocker,
    }[library](path, action == "hold")
    if lock is None:
        return 1
    if action == "hold":
        print("held", flush=True)
        sys.stdin.read()
    return 0


sys.exit(main())
