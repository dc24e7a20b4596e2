import { assert, assertEquals, assertMatch } from "../assert.ts";
import { assertAllFree } from "./lock_tools.ts";
import { reportOf } from "./report_json.ts";
import { waitFor } from "./wait_for.ts";
import { naming, Scene, tickersTo } from "./yahoo_scene.ts";

Deno.test("a ticker without an answer and a dead one do not hold up the others", async () => {
  const answer = Promise.withResolvers<void>();
  await using scene = await Scene.create({
    onRequest: ({ symbol }) => symbol === "SLOW.SA" ? answer.promise : undefined,
  });
  const others = tickersTo(30);
  const args = naming(["RESET.SA", "SLOW.SA", ...others]);
  // As many at once as is the default, two of them spoilt.
  await using running = scene.start([...args, "--json", "--timeout", "100"]);
  const { space } = scene;
  const done = "SELECT count(*) FROM ingest_logs WHERE status = 'success'";
  await waitFor("a request", () => scene.asked().length > 0);
  await waitFor("the others", () => space.value(done) === others.length);
  await waitFor("the dead one", () => space.logs("RESET.SA")[0]?.status === "failed");
  assert(running.alive);
  assertEquals(space.logs("SLOW.SA").map(({ status }) => status), ["running"]);
  assert(!space.isFree("SLOW.SA"));
  answer.resolve();
  const { code, stdout } = await running.outcome();
  assertEquals(code, 3);
  assertEquals(reportOf(stdout).totals.by_status, { failed: 1, success: 31 });
  await scene.assertSame("SLOW.SA");
});

Deno.test("never more than --concurrency requests are open at once", async () => {
  let open = 0;
  const answers: PromiseWithResolvers<void>[] = [];
  await using scene = await Scene.create({
    onRequest: () => {
      open++;
      const answer = Promise.withResolvers<void>();
      answers.push(answer);
      return answer.promise;
    },
  });
  await using running = scene.start([...naming(tickersTo(9)), "--concurrency", "3", "--json"]);
  let most = 0;
  for (let answered = 0; answered < 9; answered++) {
    // As many as there can be before one is answered: a fourth would have come with them.
    await waitFor("requests", () => answers.length >= Math.min(9, answered + 3));
    most = Math.max(most, open);
    const claims = "SELECT count(*) FROM ingest_logs WHERE status = 'running'";
    // One more has been answered, and may not be written yet.
    assert(Number(scene.space.value(claims)) <= 4);
    open--;
    answers[answered]?.resolve();
  }
  const { code, stderr } = await running.outcome();
  assertEquals({ code, stderr, most, asked: scene.asked().length }, {
    code: 0,
    stderr: "",
    most: 3,
    asked: 9,
  });
});

Deno.test("tickers that waited for their locks are no more at once either", async () => {
  const answers: PromiseWithResolvers<void>[] = [];
  await using scene = await Scene.create({
    onRequest: () => {
      const answer = Promise.withResolvers<void>();
      answers.push(answer);
      return answer.promise;
    },
  });
  const { space } = scene;
  const tickers = tickersTo(8);
  const held = tickers.map((ticker) => space.hold(ticker));
  await using running = scene.start([...naming(tickers), "--concurrency", "2", "--timeout", "100"]);
  for (const ticker of tickers) await running.says(`waiting for ${ticker}`);
  for (const lock of held) lock.release();
  // All have their locks; two may ask.
  await waitFor(
    "all locks",
    () => tickers.every((ticker) => space.holderPid(ticker) === running.pid),
  );
  for (let answered = 0; answered < tickers.length; answered++) {
    await waitFor("requests", () => answers.length >= Math.min(tickers.length, answered + 2));
    assert(answers.length <= answered + 2, `${answers.length} requests, ${answered} answered`);
    answers[answered]?.resolve();
  }
  assertEquals((await running.outcome()).code, 0);
});

Deno.test("two runs asked for the same 50 tickers: each is requested by one of them", async () => {
  const both = Promise.withResolvers<void>();
  await using scene = await Scene.create({ onRequest: () => both.promise });
  const { space } = scene;
  const tickers = tickersTo(50);
  const args = [...naming(tickers), "--json", "--timeout", "100"];
  await using one = scene.start(args);
  await using other = scene.start(args);
  // A request comes after the claim, and that after the database was made.
  await waitFor("a request", () => scene.asked().length > 0);
  await waitFor(
    "both at work",
    () => space.value("SELECT count(DISTINCT pid) FROM ingest_logs WHERE status = 'running'") === 2,
  );
  both.resolve();
  const outcomes = [await one.outcome(), await other.outcome()];
  for (const { code, stderr } of outcomes) assertEquals(code, 0, stderr);
  for (const ticker of tickers) {
    assertEquals(scene.yahoo.count(ticker), 1, ticker);
    const logs = space.logs(ticker);
    assertEquals(logs.map(({ status }) => status).sort(), ["skipped", "success"], ticker);
    const skipped = logs.find(({ status }) => status === "skipped");
    assertEquals([skipped?.requests, skipped?.rows_fetched], [0, 0]);
    assertMatch(skipped?.error_message ?? "", /another run has brought in the same days/);
    assertEquals(scene.stored(ticker).length, logs.find((row) => row !== skipped)?.rows_inserted);
  }
  const reports = outcomes.map(({ stdout }) => reportOf(stdout).totals.by_status);
  const sum = (status: string) => reports.reduce((all, each) => all + (each[status] ?? 0), 0);
  assertEquals([sum("success"), sum("skipped")], [50, 50]);
  await assertAllFree(space);
});

Deno.test("while an answer is waited for, another program can write to the database", async () => {
  const answer = Promise.withResolvers<void>();
  await using scene = await Scene.create({ onRequest: () => answer.promise });
  const { space } = scene;
  await using running = scene.start(["--ticker", "PETR4.SA", "--timeout", "100"]);
  await waitFor("the request", () => scene.asked().length === 1);
  // Refused at once where any transaction that writes is open.
  assert(!space.isBeingWritten());
  space.execute(`BEGIN IMMEDIATE;
    INSERT INTO prices (ticker, date, source, close, ingest_id) VALUES ('X', '2024-01-02', 'x', 1, 0);
    COMMIT`);
  assertEquals(space.prices().length, 1);
  assert(running.alive);
  answer.resolve();
  assertEquals((await running.outcome()).code, 0);
  await scene.assertSame("PETR4.SA");
});
