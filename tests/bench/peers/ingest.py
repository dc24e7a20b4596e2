"""The peer: a COTAHIST file into `prices` as a Python script of a few lines does it.

The fixed-width lines are sliced (as bytes, which is the fastest of text with universal line ends, text
and bytes) and handed to executemany as one stream, in one transaction. It has no lock and no log,
checks nothing and rejects nothing.

One argument, a JSON object: file, markets (a list), and either db, pragmas (a list), ddl, sql (the
statement, with the ten columns of `prices` as parameters) or none of these, to slice only.
Prints a JSON object: rows, seconds (without the start of Python), sqlite (version).
"""

import collections
import json
import sqlite3
import sys
import time


def rows(path, markets):
    wanted = {market.encode() for market in markets}
    dates = {}
    with open(path, "rb") as lines:
        for line in lines:
            if line[:2] != b"01" or line[24:27] not in wanted:
                continue
            day = line[2:10]
            date = dates.get(day)
            if date is None:
                text = day.decode()
                date = dates[day] = f"{text[:4]}-{text[4:6]}-{text[6:]}"
            divisor = 100 * int(line[210:217])
            yield (
                line[12:24].rstrip().decode() + ".SA",
                date,
                "cotahist",
                int(line[56:69]) / divisor,
                int(line[69:82]) / divisor,
                int(line[82:95]) / divisor,
                int(line[108:121]) / divisor,
                None,
                int(line[152:170]),
                1,
            )


def ingest(job):
    db = sqlite3.connect(job["db"], isolation_level=None)
    for pragma in job["pragmas"]:
        db.execute("PRAGMA " + pragma)
    db.execute(job["ddl"])
    db.execute("BEGIN IMMEDIATE")
    count = db.executemany(job["sql"], rows(job["file"], job["markets"])).rowcount
    db.execute("COMMIT")
    db.close()
    return count


def main():
    job = json.loads(sys.argv[1])
    started = time.perf_counter()
    if "db" in job:
        count = ingest(job)
    else:
        # The count of the last, and nothing else, is kept.
        last = collections.deque(enumerate(rows(job["file"], job["markets"]), 1), maxlen=1)
        count = last[0][0] if last else 0
    seconds = time.perf_counter() - started
    print(json.dumps({"rows": count, "seconds": seconds, "sqlite": sqlite3.sqlite_version}))


main()
