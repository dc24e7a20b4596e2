import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { prepareFolder } from "../docs/page_commands.ts";
import { assertKilled, runProgram } from "../e2e/program.ts";
import { startFakeYahoo } from "../fake/yahoo.ts";
import { leaveOut, succeeds } from "../installed.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { startServer } from "../store/postgres/server.ts";
import { testNeeding } from "../system.ts";
import { Person } from "./person.ts";

const PAGE = "docs/postgresql.md";

/** Words that give what follows a host name of its own. */
const NAMED = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"'];

/** A page of `report` without when it was made, and without pictures, which count from that. */
function withoutTime(page: string): string {
  return page.replace(/<time datetime=[^]*?<\/time>/, "").replaceAll(/<svg[^]*?<\/svg>/g, "");
}

testNeeding(
  ["shell", "utilLinux"],
  "a team: a file is copied to a server, two hosts ingest, one is killed, both see the same, and back",
  async () => {
    const namesHosts = await succeeds([...NAMED, "quant1", "true"]);
    if (!namesHosts) leaveOut("hosts cannot have names of their own here");
    // The service answers for VALE3.SA when it is let go.
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    await using yahoo = await startFakeYahoo({
      now: Date.parse("2024-11-20T21:30:00Z"),
      years: 1,
      onRequest: ({ symbol }) => {
        if (symbol !== "VALE3.SA") return;
        asked.resolve();
        return answer.promise;
      },
    });
    await using server = await startServer();
    const folder = await makeTempFolder("tickerlock_team_");
    try {
      const here = {
        "PASSWORD '…'": "PASSWORD 'SECRET'",
        "db.example.org:5432": `127.0.0.1:${server.port}`,
        "db.example.org": `127.0.0.1:${server.port}`,
        "EXMB4.SA": "VALE3.SA",
      };
      const sit = async (host: string): Promise<Person> => {
        const at = `${folder}/${host}`;
        await Deno.mkdir(`${at}/home`, { recursive: true });
        const env = { ...await prepareFolder(at), HOME: `${at}/home`, YAHOO_BASE_URL: yahoo.url };
        return new Person({ folder: at, env, here, prefix: namesHosts ? [...NAMED, host] : [] });
      };
      const [ana, bruno] = [await sit("quant1"), await sit("quant2")];
      await ana.types(
        "docs/operations.md",
        "tickerlock ingest --source cotahist --file docs/examples/cotahist-sample.txt",
      );

      const { port, user, password } = server;
      for (
        const statement of [
          "CREATE ROLE ingest LOGIN PASSWORD '…';",
          "CREATE DATABASE market OWNER ingest;",
        ]
      ) {
        const login = ["-h", "127.0.0.1", "-p", String(port), "-U", user, "-d", "postgres"];
        const { code, stderr } = await runProgram(["-c", ana.finds(PAGE, statement)], {
          env: { PGPASSWORD: password },
          program: ["psql", ...login],
        });
        assertEquals(code, 0, stderr);
      }
      const copied =
        "tickerlock db copy data/tickerlock.db postgres://ingest@db.example.org/market";
      for (const person of [ana, bruno]) {
        await person.types(PAGE, "echo 'db.example.org:5432:market:ingest:SECRET' >> ~/.pgpass");
        await person.types(PAGE, "chmod 600 ~/.pgpass");
        if (person === ana) {
          const { stdout } = await ana.types(PAGE, copied);
          assertMatch(stdout, /^prices +80 .*$/m);
          assertMatch(stdout, /are the same\.$/m);
        }
        await person.types(PAGE, "export TICKERLOCK_DB=postgres://ingest@db.example.org/market");
        await person.types(
          "docs/commands.md",
          "printf 'PETR4.SA\\nVALE3.SA\\n' > portfolio.txt",
        );
      }

      // Both want the same; the one that has VALE3.SA is killed.
      const ingest = "tickerlock ingest --tickers-file portfolio.txt --concurrency 8";
      await using first = ana.starts("docs/commands.md", ingest);
      await asked.promise;
      await using second = bruno.starts("docs/commands.md", ingest);
      await second.says("waiting for VALE3.SA");
      const held = await bruno.types("docs/commands.md", "tickerlock locks list --held");
      assertMatch(held.stdout, namesHosts ? /^VALE3\.SA .*quant1/m : /^VALE3\.SA /m);
      first.kill("SIGKILL");
      assertKilled(await first.outcome());
      answer.resolve();
      const { code, stdout, stderr } = await second.outcome();
      assertEquals(code, 0, stderr);
      assertMatch(stdout, /^VALE3\.SA +success +waited/m);

      await bruno.types("docs/commands.md", "tickerlock export --out prices.ndjson");
      interface Row {
        readonly ticker: string;
        readonly date: string;
        readonly close: number;
      }
      const rows = (await Deno.readTextFile(`${folder}/quant2/prices.ndjson`)).trimEnd().split("\n")
        .map((line): Row => JSON.parse(line));
      const daysOf = (ticker: string) =>
        rows.filter((row) => row.ticker === ticker).map(({ date }) => date);
      assertEquals(daysOf("EXMA3.SA").length, 10);
      // The fake has the same days for both; each is there once.
      assertEquals(daysOf("VALE3.SA"), daysOf("PETR4.SA"));
      assert(daysOf("VALE3.SA").length > 240, `${daysOf("VALE3.SA").length} days`);
      assertEquals(new Set(daysOf("VALE3.SA")).size, daysOf("VALE3.SA").length);

      // Who asks makes no difference.
      const looks: readonly [string, string, RegExp][] = [
        ["docs/commands.md", "tickerlock logs --failed --since 1d", /VALE3\.SA +yahoo +abandoned /],
        ["docs/commands.md", "tickerlock logs runs --since yesterday", /tickers-file portfolio/],
        [
          "docs/commands.md",
          "tickerlock stats --ticker EXMB4.SA",
          /^VALE3\.SA +yahoo .*2024-11-20/m,
        ],
      ];
      for (const [page, command, shown] of looks) {
        const said = await ana.types(page, command);
        assertMatch(said.stdout, shown);
        assertEquals((await bruno.types(page, command)).stdout, said.stdout);
      }
      await ana.types("docs/report.md", "tickerlock report");
      await bruno.types("docs/report.md", "tickerlock report");
      const [one = "", two = ""] = ["quant1", "quant2"].map((host) =>
        withoutTime(Deno.readTextFileSync(`${folder}/${host}/tickerlock-report.html`))
      );
      assertStringIncludes(one, "10 behind");
      assertMatch(one, /<td>tickerlock ingest --tickers-file portfolio\.txt --concurrency 8<td>/);
      assertEquals(one === two, true, "the two pages differ");

      // Back into a file of the one who has none, and into that of the other, which was there before.
      const back = "tickerlock db copy postgres://ingest@db.example.org/market data/tickerlock.db";
      for (const [person, host] of [[bruno, "quant2"], [ana, "quant1"]] as const) {
        assertMatch((await person.types(PAGE, back)).stdout, /are the same\.$/m);
        using db = new DatabaseSync(`${folder}/${host}/data/tickerlock.db`, { readOnly: true });
        assertEquals(
          db.prepare("SELECT ticker, date, close FROM prices ORDER BY 1, 2").all(),
          rows.map(({ ticker, date, close }) => ({ __proto__: null, ticker, date, close })),
        );
        assertEquals(
          db.prepare("SELECT status, host FROM ingest_logs WHERE ticker = 'VALE3.SA' ORDER BY id")
            .all().map((row) => Object.values(row)),
          [
            ["abandoned", namesHosts ? "quant1" : Deno.hostname()],
            ["success", namesHosts ? "quant2" : Deno.hostname()],
          ],
        );
      }
    } finally {
      answer.resolve();
      await removeFolder(folder);
    }
  },
);
