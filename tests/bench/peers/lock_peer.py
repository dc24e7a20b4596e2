"""The same as lock_peer.ts, with Python's filelock and portalocker as they come.

    lock_peer.py cost KIND PATH COUNT        prints the median in µs
    lock_peer.py hand-off KIND PATH          reads "acquire" and "release", line by line
    lock_peer.py version KIND                prints the version of the library; ends with 3 without it

KIND is filelock or portalocker. Their pauses between two tries are their defaults.
"""

import statistics
import sys
import time


def make(kind, path):
    if kind == "filelock":
        import filelock

        lock = filelock.FileLock(path, timeout=-1)
        return lock.acquire, lock.release
    import portalocker

    # Its default is to give up after 5 seconds.
    lock = portalocker.Lock(path, timeout=600)
    return lock.acquire, lock.release


def cost(kind, path, count):
    acquire, release = make(kind, path)
    times = []
    for i in range(2 * count):
        started = time.perf_counter()
        acquire()
        release()
        if i >= count:
            times.append((time.perf_counter() - started) * 1e6)
    print(statistics.median(times))


def hand_off(kind, path):
    acquire, release = make(kind, path)

    def say(text):
        print(text, flush=True)

    say("ready")
    for line in sys.stdin:
        if line.strip() == "release":
            at = time.time() * 1000
            release()
            say(f"releasing {at}")
        else:
            say("asking")
            acquire()
            say(f"acquired {time.time() * 1000}")


def main():
    mode, kind, *rest = sys.argv[1:]
    if mode == "version":
        try:
            module = __import__(kind)
        except ModuleNotFoundError:
            sys.exit(3)
        print(module.__version__)
    elif mode == "cost":
        cost(kind, rest[0], int(rest[1]))
    else:
        hand_off(kind, rest[0])


main()
