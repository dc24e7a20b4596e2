import { assert, assertEquals } from "../assert.ts";
import { startFakeB3 } from "../fake/b3.ts";
import { Workspace } from "./workspace.ts";
import { waitFor } from "./wait_for.ts";

const YEAR = ["--source", "cotahist", "--year", "2024", "--rate", "none", "--json"];

Deno.test("two runs that want the same year at once fetch it once", async () => {
  await using space = await Workspace.create();
  await using b3 = await startFakeB3({ pauseMs: 1500 });
  const env = { B3_BASE_URL: b3.url };
  // Each of its own tickers, so that no run finds the work done.
  await using one = space.start([...YEAR, "--ticker", "PETR4.SA"], { env });
  await using two = space.start([...YEAR, "--ticker", "VALE3.SA"], { env });
  for (const { code, stdout, stderr } of [await one.outcome(), await two.outcome()]) {
    assertEquals([code, JSON.parse(stdout).totals.rows_inserted], [0, 251], stderr);
  }
  assertEquals(b3.requests.length, 1);
});

Deno.test("a run that is killed in the middle of a download leaves nothing in the way", async () => {
  await using space = await Workspace.create();
  await using b3 = await startFakeB3({ pauseMs: 2000 });
  const env = { B3_BASE_URL: b3.url };
  const files = `${space.path}/files`;
  const names = (): string[] => {
    try {
      return [...Deno.readDirSync(files)].map(({ name }) => name).filter((name) =>
        /ZIP$|part$/.test(name)
      );
    } catch {
      return [];
    }
  };
  {
    await using killed = space.start(YEAR, { env });
    // The first half is in the temporary file.
    await waitFor(
      "half a file",
      () => names().some((name) => Deno.statSync(`${files}/${name}`).size > 1000),
    );
    killed.kill("SIGKILL");
    await killed.outcome();
  }
  assertEquals(names().map((name) => name.endsWith(".part")), [true]);
  assertEquals(space.names().includes("prices.db") && space.prices().length > 0, false);
  const { code, stdout, stderr } = await space.ingest(YEAR, { env });
  assertEquals(code, 0, stderr);
  assert(JSON.parse(stdout).totals.rows_inserted > 2000);
  assertEquals([names(), b3.requests.length], [["COTAHIST_A2024.ZIP"], 2]);
});
