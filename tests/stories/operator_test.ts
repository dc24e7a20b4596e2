import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertMatch, assertNotMatch, fail } from "../assert.ts";
import { prepareFolder } from "../docs/page_commands.ts";
import { FakedClock } from "../e2e/faked_clock.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { startFakeKalshi } from "../fake/kalshi.ts";
import { startFakeReceiver } from "../fake/receiver.ts";
import { startFakeYahoo } from "../fake/yahoo.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { testNeeding } from "../system.ts";
import { analyze, hasSystemd } from "../systemd/tools.ts";
import { blocksIn, Person } from "./person.ts";

/** A Tuesday, an hour before the active hours of the page's first task begin in São Paulo. */
const MORNING = "2026-03-03T12:00:00Z";

/** What the page's first task asks for, with the list of `docs/commands.md`. */
const TICKERS = ["PETR4.SA", "VALE3.SA", "^BVSP"];

testNeeding(
  ["shell", "faketime"],
  "an operator: units, a day of the collector with a failure that is told, backup, restore, upgrade",
  async () => {
    await using clock = await FakedClock.create(MORNING);
    if (clock === undefined) return;
    let now = Date.parse(MORNING);
    await using yahoo = await startFakeYahoo({ now: () => now, years: 1 });
    await using kalshi = await startFakeKalshi({ now });
    await using receiver = await startFakeReceiver();
    const folder = await makeTempFolder("tickerlock_operator_");
    try {
      await Deno.chmod(folder, 0o755);
      const env = {
        ...await prepareFolder(folder),
        YAHOO_BASE_URL: yahoo.url,
        KALSHI_BASE_URL: kalshi.url,
        TZ: "UTC",
      };
      const operator = new Person({
        folder,
        env,
        here: {
          // The kind is that of docs/collector.md.
          "--exec /usr/local/bin/tickerlock": `--kind collect --exec ${folder}/bin/tickerlock`,
          "https://ntfy.sh": receiver.url,
        },
        prefix: clock.prefix,
      });
      const database = `${folder}/data/tickerlock.db`;
      const rows = (sql: string): unknown[][] => {
        using db = new DatabaseSync(database, { readOnly: true, timeout: 5000 });
        return db.prepare(sql).all().map((row) => Object.values(row));
      };

      // Of an executable; a wrapper in the path stands in for it.
      operator.finds("docs/binary.md", "sudo install dist/tickerlock /usr/local/bin/");
      const installed = await operator.types(
        "docs/operations.md",
        "tickerlock systemd install --dir ./units --exec /usr/local/bin/tickerlock",
      );
      assertMatch(installed.stdout, /^wrote \.\/units\/tickerlock-collect\.service$/m);
      assertMatch(installed.stdout, /^It reads \/etc\/tickerlock\/tickerlock\.json: /m);
      if (await hasSystemd()) {
        const unit = `${folder}/units/tickerlock-collect.service`;
        assertEquals(await analyze(folder, ["verify", unit]), { code: 0, text: "" });
      }

      const [config = ""] = blocksIn("docs/collector.md", "json");
      await Deno.writeTextFile(`${folder}/tickerlock.json`, config);
      await operator.types("docs/commands.md", "printf 'PETR4.SA\\nVALE3.SA\\n' > portfolio.txt");
      const collect = "tickerlock collect --config tickerlock.json";
      const plan = await operator.types("docs/collector.md", `${collect} --dry-run`);
      assertMatch(plan.stdout, /^b3-prices +yahoo +15m +45s +2026-03-03 10:00:00 -03:00 .* 34$/m);
      const once = await operator.types("docs/collector.md", `${collect} --once`);
      assertMatch(once.stdout, /^b3-prices +3 success +\d+ +0$/m);
      assertMatch(once.stdout, /^kalshi-settlements +1 success +\d+ +0$/m);

      await operator.types(
        "docs/notify.md",
        "export TICKERLOCK_NOTIFY=ntfy+https://ntfy.sh/TOPIC",
      );
      await using collector = operator.starts("docs/collector.md", collect);
      await collector.says("the initial sync is done");
      const goesTo = (time: string) => {
        now = Date.parse(`2026-03-03T${time}Z`);
        clock.set(new Date(now).toISOString());
        kalshi.setNow(now);
        // It looks at the clock at each event, and every 5 seconds.
        collector.kill("SIGHUP");
      };
      const ended = (task: string, status: string, count: number) =>
        waitFor(`${count} jobs of ${task} ${status}`, () => {
          if (!collector.alive) fail(collector.describe());
          const [[found] = []] = rows(
            `SELECT count(*) FROM ingest_logs WHERE pid = ${collector.pid} AND status = '${status}'
             AND command LIKE 'tickerlock collect ${task}: %'`,
          );
          return Number(found) >= count;
        });
      // Until noon the service sends a page that asks for consent. The other service is as it was.
      for (const ticker of TICKERS) yahoo.setFault(ticker, "CONSENT");
      goesTo("13:01:30");
      await ended("b3-prices", "failed", 3);
      await collector.says("…: failed");
      goesTo("13:32:30");
      await ended("b3-prices", "failed", 6);
      await ended("kalshi-markets", "success", 3);
      for (const ticker of TICKERS) yahoo.setFault(ticker, undefined);
      goesTo("15:02:30");
      await ended("b3-prices", "success", 6);
      await collector.says("…: recovered");
      const backup = await operator.types("docs/commands.md", "tickerlock db backup --keep 7");
      assertMatch(backup.stdout, /tickerlock-20260303T1502\d+Z.db: .*, integrity_check passed$/m);
      goesTo("23:01:30");
      await ended("b3-after-close", "success", 6);
      collector.kill("SIGTERM");
      assertEquals((await collector.outcome()).code, 143);
      // Of a failure that lasts for two turns there is one message, and one of its end.
      assertEquals(receiver.received.map(({ target }) => target), ["/TOPIC", "/TOPIC"]);
      assertEquals(receiver.received.map(({ headers }) => headers.get("title")), [
        "tickerlock collect b3-prices: failed",
        "tickerlock collect b3-prices: works again",
      ]);
      const [{ body: failed } = { body: "" }, { body: over } = { body: "" }] = receiver.received;
      assertMatch(
        failed,
        /^3 failed\nPETR4\.SA: the service wants consent first.* \(consent_page\)\n/,
      );
      assertMatch(over, /^3 success\nfirst told 2026-03-03T13:01:/);
      assertEquals(
        rows("SELECT state, stop_reason FROM collectors ORDER BY started_at DESC LIMIT 1"),
        [["stopped", "stopped by SIGTERM"]],
      );
      // The day's bar is there, and the sessions before it, once each.
      assertEquals(
        rows(`SELECT ticker, max(date), count(*) > 200, count(*) = count(DISTINCT date) FROM prices
          GROUP BY 1 ORDER BY 1`),
        TICKERS.map((ticker) => [ticker, "2026-03-03", 1, 1]),
      );

      // The disk writes something else into the file, and the night's backup takes its place.
      using file = await Deno.open(database, { write: true });
      await file.seek(8192, Deno.SeekMode.Start);
      await file.write(new Uint8Array(40_000).fill(7));
      const damaged = await operator.types("docs/operations.md", "tickerlock db verify", {
        code: 1,
      });
      assertMatch(damaged.stdout, /damaged[^]*Try: .*tickerlock db restore latest/);
      await operator.types("docs/operations.md", "tickerlock db restore latest");
      await operator.types("docs/operations.md", "tickerlock db verify");
      await operator.types("docs/collector.md", `${collect} --once`);
      const prices = rows("SELECT * FROM prices ORDER BY ticker, date");
      assertEquals(prices.filter(([, date]) => date === "2026-03-03").length, TICKERS.length);

      // Then it is gone altogether. What is asked says where there is another one.
      await operator.types("docs/commands.md", "tickerlock db backup --keep 7");
      for await (const { name } of Deno.readDir(`${folder}/data`)) {
        if (name.startsWith("tickerlock.db")) await Deno.remove(`${folder}/data/${name}`);
      }
      const nothing = await operator.types("docs/report.md", "tickerlock stats --by source", {
        code: 1,
      });
      assertMatch(nothing.stderr, /There are backups of it; .*tickerlock db restore latest/);
      const lost = await operator.types("docs/operations.md", "tickerlock doctor --offline");
      assertMatch(
        lost.stdout,
        /warning: database: .* not there.*\n *Try: If it was .*: tickerlock db restore latest/,
      );
      await operator.types("docs/operations.md", "tickerlock db restore latest");
      assertEquals(rows("SELECT * FROM prices ORDER BY ticker, date"), prices);
      const healthy = await operator.types("docs/operations.md", "tickerlock doctor --offline");
      assertMatch(healthy.stdout, /findings: 0 errors/);
      // What it warns of is the machine's.
      assertNotMatch(
        healthy.stdout,
        /warning: (database|schema|backups|running|collector|last_run|histories|gaps):/,
      );

      // A database as version 0.1.0 has it comes to this one, with one backup on its way.
      await operator.types("docs/operations.md", "tickerlock db migrate --to 8");
      const status = await operator.types("docs/operations.md", "tickerlock db migrate --status");
      assertMatch(status.stdout, /^ +8 +latest +2026-.*\n +9 +lock_folders +pending/m);
      const upgrade = await operator.types("docs/operations.md", "tickerlock db migrate");
      assertMatch(upgrade.stdout, /^applied migration 9\b/m);
      const kept = upgrade.stdout.match(/data\/backups\/tickerlock\.db\.before-\S+/g);
      assertEquals(new Set(kept).size, 1, upgrade.stdout);
      await operator.types("docs/operations.md", "tickerlock db verify");
      assertEquals(rows("SELECT * FROM prices ORDER BY ticker, date"), prices);
      const again = await operator.types("docs/collector.md", `${collect} --once`);
      assertMatch(again.stdout, /^b3-prices +3 success +0 +0$/m);
    } finally {
      await removeFolder(folder);
    }
  },
);
