import type { ConfigValues } from "../../../../src/cli/args/parse.ts";
import {
  complete,
  type Finder,
  type Places,
} from "../../../../src/cli/commands/completions/candidates.ts";
import { COMMANDS, descriptionOf, SUMMARIES } from "../../../../src/cli/registry.ts";
import { assert, assertEquals } from "../../../assert.ts";

interface Asked {
  readonly kind: string;
  readonly start: string;
  readonly places: Places;
}

/** Completes, and notes what was looked up. */
async function at(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  file?: ConfigValues,
) {
  const asked: Asked[] = [];
  const finder: Finder = {
    commands: SUMMARIES,
    spec: descriptionOf,
    env: (name) => env[name],
    config: () => Promise.resolve(file),
    find(kind, start, places) {
      asked.push({ kind, start, places });
      return Promise.resolve([{ value: `${kind}!`, what: "" }]);
    },
  };
  const { kind, candidates } = await complete(words, finder);
  return { kind, values: candidates.map(({ value }) => value), asked };
}

Deno.test("commands, then subcommands, then what they take", async () => {
  assertEquals((await at([""])).values, [...Object.keys(COMMANDS), "help"]);
  assertEquals((await at(["--v"])).values, ["--version"]);
  assertEquals((await at(["help", "lo"])).values.includes("locks"), true);
  assertEquals((await at(["db", "re"])).values, ["restore"]);
  assertEquals((await at(["db", "restore", ""])).kind, "files");
  assertEquals((await at(["locks", "status", ""])).values, ["lock!"]);
  assertEquals((await at(["sources", "test", "y"])).values, ["source!"]);
  assertEquals((await at(["nosuch", ""])).values, []);
  assertEquals((await at(["completions", ""])).values, ["bash", "zsh", "fish", "powershell"]);
});

Deno.test("options: those of the subcommand, each once unless it may be repeated", async () => {
  const migrate = (await at(["db", "migrate", "--"])).values;
  assert(migrate.includes("--rollback") && !migrate.includes("--quick"));
  const ingest = (await at(["ingest", "--ticker", "A", "--db=x", "--json", "--"])).values;
  assert(ingest.includes("--ticker") && !ingest.includes("--db") && !ingest.includes("--json"));
  assertEquals((await at(["ingest", "--ticker", "A", "--db=x", "--json", ""])).values, ingest);
  assertEquals((await at(["doctor", "--", "--"])).values, []);
  const short = (await at(["ingest", "-qt", "A", "--"])).values;
  assert(short.includes("--ticker") && !short.includes("--quiet"));
});

Deno.test("values of options, behind a blank or the sign =", async () => {
  assertEquals((await at(["ingest", "--on-locked", ""])).values, ["wait", "exit"]);
  assertEquals((await at(["ingest", "--on-locked=w"])).values, ["--on-locked=wait"]);
  assertEquals((await at(["ingest", "--ticker", "P"])).values, ["ticker!"]);
  assertEquals((await at(["ingest", "--ticker=P"])).values, ["--ticker=ticker!"]);
  assertEquals((await at(["ingest", "--file="])).kind, "files");
  assertEquals((await at(["ingest", "--save-raw", ""])).kind, "folders");
  assertEquals((await at(["ingest", "--from", ""])).values, []);
  assertEquals((await at(["ingest", "--nosuch="])).values, []);
  assertEquals((await at(["ingest", "--dataset", "ev"])).values, ["events"]);
});

Deno.test("tickers without an option, and files after the first one", async () => {
  assertEquals((await at(["ingest", "P"])).values, ["ticker!"]);
  assertEquals((await at(["stats", "A", "--json", "P"])).values, ["ticker!"]);
  assertEquals((await at(["collect", "--", ""])).values, ["ticker!"]);
  assertEquals((await at(["ingest", "--file", "a.csv", ""])).kind, "files");
  assertEquals((await at(["ingest", "--file", "a.csv", "b.csv", "c"])).kind, "files");
  assert((await at(["ingest", "--file", "a.csv", "--js"])).values.includes("--json"));
  assertEquals((await at(["ingest", "--file", "a.csv", "--json", "P"])).values, ["ticker!"]);
  assertEquals((await at(["ingest", "--file=a.csv", "P"])).values, ["ticker!"]);
});

Deno.test("a value that may be left out leaves room for the next option", async () => {
  assert((await at(["ingest", "--job-lock", "--js"])).values.includes("--json"));
  assertEquals((await at(["ingest", "--job-lock", ""])).values, []);
  assertEquals((await at(["ingest", "--job-lock", "--on-locked", "e"])).values, ["exit"]);
});

Deno.test("names are looked up where the line says, else the environment, else the default", async () => {
  const env = { TICKERLOCK_DB: "e.db", LOCK_DIR: "e", TICKERLOCK_SOURCE: "CSV" };
  const line = ["ingest", "--db=a.db", "--lock-dir", "l", "--source", "Yahoo", "--ticker", "x"];
  assertEquals((await at(line, env)).asked, [
    {
      kind: "ticker",
      start: "x",
      places: { db: "a.db", lockDir: "l", source: "yahoo", table: undefined },
    },
  ]);
  assertEquals((await at(["ingest", "--ticker", ""], env)).asked[0]?.places, {
    db: "e.db",
    lockDir: "e",
    source: "csv",
    table: undefined,
  });
  assertEquals((await at(["ingest", "--ticker", ""])).asked[0]?.places, {
    db: "data/tickerlock.db",
    lockDir: "locks/",
    source: undefined,
    table: undefined,
  });
  const file: ConfigValues = {
    get: ({ name }) => name === "db" ? { name: "f: db", text: "f.db" } : undefined,
  };
  const beside = await at(["ingest", "--ticker", ""], { LOCK_DIR: "e" }, file);
  assertEquals([beside.asked[0]?.places.db, beside.asked[0]?.places.lockDir], ["f.db", "e"]);
  assertEquals((await at(["ingest", "--ticker", ""], env, file)).asked[0]?.places.db, "e.db");
  // Of what has no such option, too.
  assertEquals(
    (await at(["sources", "test", "yahoo", "--ticker", ""], env)).asked[0]?.places.db,
    "e.db",
  );
});

Deno.test("export: verify or a table of the database, then its options and its columns", async () => {
  const first = await at(["export", "p"], { TICKERLOCK_DB: "e.db" });
  assertEquals([first.values, first.asked[0]?.places.db], [["table!"], "e.db"]);
  assertEquals((await at(["export", ""])).values, ["verify", "table!"]);
  assertEquals((await at(["export", "verify", ""])).kind, "files");
  const options = (await at(["export", "prices", "--"])).values;
  assert(options.includes("--columns") && options.includes("--out"));
  assert(!(await at(["export", "verify", "--"])).values.includes("--columns"));
  const columns = await at(["export", "markets", "--db", "a.db", "--columns", "ti"]);
  assertEquals(columns.values, ["column!"]);
  assertEquals(columns.asked[0]?.places, {
    db: "a.db",
    lockDir: "locks/",
    source: undefined,
    table: "markets",
  });
  assertEquals((await at(["export", "--columns=a,b,"])).values, ["--columns=column!"]);
  assertEquals((await at(["export", "--columns=a,b,"])).asked[0]?.start, "a,b,");
});
