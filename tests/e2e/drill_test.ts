// The drill of an operator, from the installed units to the restored database, with the program as a
// process at every step.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { startFakeYahoo } from "../fake/yahoo.ts";
import { analyze, hasSystemd } from "../systemd/tools.ts";
import { flipByte } from "../store/sqlite/filled.ts";
import { type Outcome, programCommand, programEnvironment } from "./program.ts";
import { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

/** A word for sh(1). */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Runs what a unit's `ExecStart=` says, as systemd would: its words, and the given environment. */
async function runUnit(unit: string, env: Readonly<Record<string, string>>): Promise<number> {
  const [, line = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
  const [program = "", ...args] = line.split(" ");
  const { code } = await new Deno.Command(program, {
    args,
    clearEnv: true,
    env: programEnvironment(env),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return code;
}

testNeeding(
  "systemd",
  "a drill: units installed and run, a failure found, a lock released, a backup restored",
  async () => {
    await using space = await Workspace.create();
    await using yahoo = await startFakeYahoo({ years: 1 });
    const env = {
      TICKERLOCK_DB: space.db,
      LOCK_DIR: space.lockDir,
      YAHOO_BASE_URL: yahoo.url,
    };
    const program = (...args: readonly string[]): Promise<Outcome> => space.program(args, { env });
    const good = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await program(...args);
      assertEquals(code, 0, `${args.join(" ")}: ${stdout}${stderr}`);
      return stdout;
    };

    // The program under one name, as an installed one has it.
    const command = programCommand().map(quoted).join(" ");
    const exec = space.write("tickerlock", `#!/bin/sh\nexec ${command} "$@"\n`);
    await Deno.chmod(exec, 0o755);
    const units = `${space.path}/units`;
    await good(
      ...["systemd", "install", "--dir", units, "--exec", exec, "--source", "yahoo"],
      ...["--ticker", "PETR4.SA", "--ticker", "VALE3.SA"],
    );
    const names = [...Deno.readDirSync(units)].map(({ name }) => name).sort();
    assert(names.includes("tickerlock.service") && names.includes("tickerlock.timer"));
    if (await hasSystemd()) {
      const paths = ["tickerlock.service", "tickerlock.timer"].map((name) => `${units}/${name}`);
      assertEquals(await analyze(space.path, ["verify", ...paths]), { code: 0, text: "" });
    }

    // The timer's command, by hand.
    const unit = await Deno.readTextFile(`${units}/tickerlock.service`);
    assertEquals(await runUnit(unit, env), 0);
    const prices = space.value("SELECT count(*) FROM prices");
    assert(Number(prices) > 400, `${prices} prices`);
    await good("db", "backup", "--to", `${space.path}/copies/`);

    // A failure, and the three places that tell of it.
    yahoo.setFault("VALE3.SA", "NOPE");
    assertEquals(await runUnit(unit, env), 3);
    const [failed] = JSON.parse(await good("logs", "--failed", "--json")).logs;
    assertEquals([failed.ticker, failed.error_code], ["VALE3.SA", "ticker_unknown"]);
    const shown = await good("logs", "show", failed.job_id);
    assertStringIncludes(shown, "No data found");
    const { stats } = JSON.parse(await good("stats", "--json", "--ticker", "VALE3.SA"));
    assertEquals([stats[0].runs, stats[0].failures], [2, 1]);
    const doctor = await program("doctor", "--offline", "--unit-dir", units);
    assertMatch(doctor.stdout, /last_run: .*yahoo.*/);
    yahoo.setFault("VALE3.SA", undefined);

    // A lock that its holder never releases.
    {
      using _held = space.hold("PETR4.SA");
      const busy = await program("ingest", "--ticker", "PETR4.SA", "--on-locked", "exit");
      assertEquals(busy.code, 75);
      assertStringIncludes(await good("locks", "list", "--held"), "PETR4.SA");
      await good("locks", "release", "PETR4.SA", "--force");
      await good("ingest", "--ticker", "PETR4.SA", "--on-locked", "exit");
    }

    // A damaged database, and the way back.
    for (let page = 20; page < 26; page++) flipByte(space.db, page);
    const damaged = await program("db", "verify");
    assertEquals(damaged.code, 1, damaged.stdout);
    const [copy = ""] = [...Deno.readDirSync(`${space.path}/copies`)]
      .map(({ name }) => name).filter((name) => name.endsWith(".db"));
    await good("db", "restore", `${space.path}/copies/${copy}`);
    await good("db", "verify");
    assertEquals(space.value("SELECT count(*) FROM prices"), prices);
    await good("ingest", "--ticker", "PETR4.SA", "--ticker", "VALE3.SA");
  },
);
