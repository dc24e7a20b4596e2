import { inSpace } from "../cli/in_process.ts";
import { assert, assertEquals, assertHas, assertMatch } from "../assert.ts";
import type { Gap } from "../../src/store/reports.ts";
import { Scene, secondsOf } from "../e2e/yahoo_scene.ts";

const PETR4 = ["--ticker", "PETR4.SA"];

interface Gaps {
  readonly gaps: readonly {
    readonly open_sessions: number;
    readonly gaps: readonly Gap[];
  }[];
}

async function gapsOf(scene: Scene, ...args: readonly string[]): Promise<Gaps["gaps"]> {
  const { code, stdout } = await inSpace(scene.space, ["gaps", "--json", ...args]);
  assertEquals(code, 0);
  return (JSON.parse(stdout) as Gaps).gaps;
}

Deno.test("--fill-gaps asks from the first missing session on, and then as ever", async () => {
  await using scene = await Scene.create();
  scene.yahoo.setFault("PETR4.SA", "NODAY");
  await scene.good(PETR4);
  const [lacking] = await gapsOf(scene);
  const first = lacking?.gaps[0]?.from ?? "";
  const sessions = lacking?.open_sessions ?? 0;
  assert(sessions > 40, `${sessions} Wednesdays`);
  const { stdout } = await inSpace(scene.space, ["gaps"]);
  assertMatch(stdout, /^PETR4\.SA +yahoo +2024-02-14 +2024-02-14 +1 +missing +b3$/m);
  assertMatch(stdout, /Try: tickerlock ingest --source yahoo --all --fill-gaps\n$/);

  scene.yahoo.setFault("PETR4.SA", undefined);
  await scene.good(PETR4);
  assertHas((await gapsOf(scene))[0], { open_sessions: sessions });
  const { report } = await scene.good([...PETR4, "--fill-gaps"]);
  assertEquals(scene.asked().at(-1)?.period1, secondsOf(first) - 86_400);
  assert(report.totals.rows_inserted >= sessions);
  await scene.assertSame("PETR4.SA");
  assertEquals(await gapsOf(scene, "--all"), []);
  const last = await scene.good([...PETR4, "--fill-gaps"]);
  assertEquals(last.report.tickers[0]?.window_from, "2024-05-30");
});

Deno.test("a collector fills gaps where its task says so", async () => {
  await using scene = await Scene.create();
  scene.yahoo.setFault("PETR4.SA", "NODAY");
  await scene.good(PETR4);
  scene.yahoo.setFault("PETR4.SA", undefined);
  const config = (task: Readonly<Record<string, unknown>>): string => {
    const tasks = [{ name: "a", every: "1h", tickers: ["PETR4.SA"], ...task }];
    return scene.space.write("collect.json", JSON.stringify({ tasks, rate: "none" }));
  };
  const collect = async (file: string) => {
    const args = ["collect", "--config", file, "--once"];
    const env = { YAHOO_BASE_URL: scene.yahoo.url };
    const { code, stderr } = await inSpace(scene.space, args, { env });
    assertEquals(code, 0, stderr);
  };
  await collect(config({}));
  assertEquals((await gapsOf(scene)).length, 1);
  await collect(config({ fill_gaps: true }));
  await scene.assertSame("PETR4.SA");
  assertMatch(String(scene.space.logs().at(-1)?.command), /^tickerlock collect a: .*--fill-gaps/);
});

Deno.test("a ticker that the service does not know any more lacks nothing that may come", async () => {
  await using scene = await Scene.create();
  scene.yahoo.setFault("PETR4.SA", "NODAY");
  await scene.good(PETR4);
  scene.yahoo.setFault("PETR4.SA", "NOPE");
  assertEquals((await scene.here(PETR4)).code, 1);
  assertEquals(await gapsOf(scene), []);
  const { stdout } = await inSpace(scene.space, ["gaps", "--all"]);
  assertMatch(stdout, /^PETR4\.SA +yahoo +2024-02-14 +2024-02-14 +1 +ticker_unknown +b3$/m);
  const doctor = await inSpace(scene.space, ["doctor", "--offline"]);
  assertMatch(doctor.stdout, /^ok: gaps: no session is missing that may still come$/m);
  // It is known again.
  scene.yahoo.setFault("PETR4.SA", "NODAY");
  await scene.good(PETR4);
  assertEquals((await gapsOf(scene)).length, 1);
});

Deno.test("sessions before a ticker's first day are before its listing where they were asked for", async () => {
  await using scene = await Scene.create();
  await scene.good([...PETR4, "--from", "2023-05-02"]);
  const [first] = scene.stored("PETR4.SA");
  assert((first?.date ?? "") > "2023-06-01", first?.date);
  assertEquals(await gapsOf(scene), []);
  const [listed] = await gapsOf(scene, "--all");
  assertHas(listed, { open_sessions: 0 });
  assertHas(listed?.gaps[0], { from: "2023-05-02", status: "before_listing", open: false });
});

Deno.test("what the service does not have when asked again is asked for no more", async () => {
  await using scene = await Scene.create();
  scene.yahoo.setFault("PETR4.SA", "NODAY");
  await scene.good(PETR4);
  const [before] = await gapsOf(scene);
  await scene.good([...PETR4, "--fill-gaps"]);
  assertEquals(await gapsOf(scene), []);
  const [settled] = await gapsOf(scene, "--all");
  assertEquals(settled?.open_sessions, 0);
  assertEquals(
    settled?.gaps,
    before?.gaps.map((gap) => ({ ...gap, status: "never_delivered", open: false })),
  );
  const { stdout } = await inSpace(scene.space, ["gaps"]);
  assertMatch(stdout, /^0 tickers and sources with gaps: 0 sessions missing; \d+ that will not/);
  const doctor = await inSpace(scene.space, ["doctor", "--offline"]);
  assertMatch(doctor.stdout, /^ok: gaps: no session is missing that may still come$/m);
  const { report } = await scene.good(["--all", "--fill-gaps"]);
  assertEquals(report.tickers[0]?.window_from, "2024-05-30");
});

Deno.test("stats and doctor count what is missing; a refused bar is one with its code", async () => {
  await using scene = await Scene.create();
  scene.yahoo.setFault("PETR4.SA", "NULLBARS");
  await scene.good(["--ticker", "PETR4.SA,VALE3.SA"]);
  const [lacking, ...more] = await gapsOf(scene);
  assertEquals(more, []);
  assertHas(lacking?.gaps[0], { status: "refused", code: "null_bar", open: true, sessions: 1 });
  const stats = await inSpace(scene.space, ["stats", "--json"]);
  assertEquals(
    (JSON.parse(stats.stdout) as { stats: { open_gaps: number }[] }).stats
      .map(({ open_gaps }) => open_gaps),
    [lacking?.open_sessions, 0],
  );
  const doctor = await inSpace(scene.space, ["doctor", "--offline"]);
  assertMatch(
    doctor.stdout,
    /warning: gaps: 1 ticker with missing sessions: PETR4\.SA \(yahoo\) \d+/,
  );
  assertMatch(doctor.stdout, /Try: See which, and how each is filled: tickerlock gaps/);
  const file = scene.space.write(
    "calendar.json",
    JSON.stringify({ tickers: { "PETR4.SA": { closed: ["2023-01-01/2024-12-31"] } } }),
  );
  const accepted = { env: { TICKERLOCK_CALENDAR: file } };
  const { stdout } = await inSpace(scene.space, ["doctor", "--offline"], accepted);
  assertMatch(stdout, /^ok: gaps: no session is missing that may still come$/m);
  assertEquals(await gapsOf(scene, "--calendar", file), []);
});

Deno.test("--fill-gaps decides the days itself, and is for a service that can be asked for them", async () => {
  await using scene = await Scene.create();
  const refused = async (...args: string[]) => {
    const { code, stderr } = await inSpace(scene.space, ["ingest", ...args, "--fill-gaps"]);
    return `${code} ${stderr}`;
  };
  assertMatch(await refused(...PETR4, "--from", "2024-01-02"), /^2 .*--fill-gaps/s);
  const file = scene.space.write("a.csv", "date,close\n2024-01-02,1\n");
  const csv = await refused(...PETR4, "--source", "csv", "--file", file);
  assertMatch(csv, /^2 .*does not use --fill-gaps.*--source yahoo/s);
});
