import { askedFrom, lastWhole } from "../../../../src/store/sqlite/tables/history.ts";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { endJob, insertRunning } from "../../../../src/store/sqlite/tables/jobs.ts";
import type { JobEnd } from "../../../../src/model/job.ts";
import { assertEquals } from "../../../assert.ts";
import { job, temporaryFolder } from "../helpers.ts";

const T = "PETR4.SA";

/** A finished run, as the log has it. */
interface Run {
  readonly day?: string;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly status?: JobEnd["status"];
  readonly finishedAt?: string;
  readonly errorCode?: string;
  readonly history?: "whole" | "contradicted";
  readonly ticker?: string;
  readonly source?: string;
}

/** A database of those runs, in their order. */
async function logged<T>(runs: readonly Run[], work: (db: Database) => T | Promise<T>): Promise<T> {
  await using folder = await temporaryFolder();
  using db = await Database.open(`${folder.path}/x.db`);
  await db.transaction("fill", () => {
    for (const [index, run] of runs.entries()) {
      const { day = "2024-06-01", ticker = T, source = "yahoo" } = run;
      const startedAt = `${day}T10:00:00.000Z`;
      const id = insertRunning(db, job(index, { ticker, source, startedAt }));
      endJob(db, id, {
        finishedAt: run.finishedAt ?? `${day}T10:00:01.000Z`,
        status: run.status ?? "success",
        durationMs: 1000,
        windowFrom: run.from ?? null,
        windowTo: run.to ?? null,
        ...(run.history === undefined ? {} : { history: run.history }),
        ...(run.errorCode === undefined ? {} : { errorCode: run.errorCode }),
      });
    }
  });
  return await work(db);
}

Deno.test("since when every day has been asked for, from one run after the other", async () => {
  const full: Run = { day: "2024-06-01", from: null, to: "2024-06-01" };
  const cases: [string, readonly Run[], string | null][] = [
    ["no run", [], null],
    ["the whole history", [full], ""],
    ["the whole history, of a file", [{ from: null, to: null }], null],
    ["a window", [{ from: "2024-01-01", to: "2024-06-01" }], "2024-01-01"],
    ["a failed run", [{ ...full, status: "failed" }], null],
    ["a rehearsed run", [{ ...full, status: "dry_run" }], null],
    ["another ticker", [{ ...full, ticker: "VALE3.SA" }], null],
    ["another source", [{ ...full, source: "csv" }], null],
    ["new days later", [full, { day: "2024-06-02", from: "2024-05-27", to: "2024-06-02" }], ""],
    [
      "new days much later",
      [full, { day: "2024-11-01", from: "2024-05-27", to: "2024-11-01" }],
      "",
    ],
    ["the very next day", [full, { day: "2024-11-01", from: "2024-06-02", to: "2024-11-01" }], ""],
    [
      "one day left out",
      [full, { day: "2024-11-01", from: "2024-06-03", to: "2024-11-01" }],
      "2024-06-03",
    ],
    [
      "left out, and asked for after that",
      [
        full,
        { day: "2024-11-01", from: "2024-10-01", to: "2024-11-01" },
        { day: "2024-11-02", from: "2024-05-01", to: "2024-10-15" },
      ],
      "",
    ],
    [
      "days to come are not stored by asking for them",
      [
        { day: "2024-06-01", from: null, to: "2025-01-01" },
        { day: "2024-11-01", from: "2024-10-01", to: "2024-11-01" },
      ],
      "2024-10-01",
    ],
    [
      "nothing but days to come",
      [{ day: "2024-06-01", from: "2025-01-01", to: "2025-01-01" }],
      null,
    ],
    [
      "windows one inside of the other",
      [
        { from: "2024-01-01", to: "2024-06-01" },
        { from: "2024-03-01", to: "2024-04-01" },
        { from: "2023-12-01", to: "2024-01-15" },
      ],
      "2023-12-01",
    ],
    [
      "windows of one end",
      [{ from: "2024-05-01", to: "2024-06-01" }, { from: "2024-01-01", to: "2024-06-01" }],
      "2024-01-01",
    ],
  ];
  for (const [what, runs, day] of cases) {
    assertEquals(await logged(runs, (db) => askedFrom(db, T, "yahoo")), day, what);
  }
});

Deno.test("a whole history of a time that is still to come puts off no other", async () => {
  const [past, ahead]: Run[] = [{ day: "2024-06-01" }, { day: "9998-01-01" }];
  const at = "2024-06-01T10:00:00.000Z";
  const cases: [string, readonly Run[], string | null][] = [
    ["an older database", [past!], at],
    ["only of the future", [ahead!], null],
    ["some days of the future", [past!, ahead!], at],
    ["whole, of the future", [{ history: "whole" }, { ...ahead, history: "whole" }], at],
    ["whole of the future, then some days", [{ ...ahead, history: "whole" }, past!], at],
  ];
  for (const [what, runs, wholeAt] of cases) {
    assertEquals(await logged(runs, (db) => lastWhole(db, T, "yahoo").wholeAt), wholeAt, what);
  }
});
