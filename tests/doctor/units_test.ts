import { checkUnits, type UnitContext, unitRuns } from "../../src/doctor/units.ts";
import { UsageError } from "../../src/base/errors.ts";
import { findServices, type FoundService } from "../../src/systemd/read.ts";
import { unitsFor } from "../../src/systemd/units.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { openFolder, OPTIONS } from "../systemd/tools.ts";

const DB = "/var/lib/tickerlock/tickerlock.db";

const CONTEXT: UnitContext = {
  db: DB,
  lockDir: "/run/tickerlock",
  readPlaces: () => ({}),
  nowMs: Date.parse("2026-11-21"),
  readTickers: (path) => {
    if (path === "/etc/tickerlock/brazil.txt") return ["PETR4.SA", "VALE3.SA"];
    throw new Error("No such file");
  },
};

async function found(enabled: readonly string[], over = {}): Promise<FoundService[]> {
  await using folder = await openFolder();
  for (const { name, text } of unitsFor({ ...OPTIONS, ...over })) {
    await Deno.writeTextFile(`${folder.path}/${name}`, text);
  }
  await Deno.mkdir(`${folder.path}/timers.target.wants`);
  for (const name of enabled) {
    await Deno.writeTextFile(`${folder.path}/timers.target.wants/${name}`, "");
  }
  return findServices([{ path: folder.path, scope: "system" }], { home: null, config: null });
}

function levels(services: readonly FoundService[], context = CONTEXT): string[] {
  return checkUnits(services, context).map(({ level }) => level);
}

Deno.test("units that nothing starts are a warning with the command", async () => {
  const services = await found([]);
  const [plain, template] = checkUnits(services, CONTEXT);
  assertEquals([plain?.level, template?.level], ["warning", "ok"]);
  assertStringIncludes(plain?.hint ?? "", "systemctl enable --now tickerlock.timer");
  assertEquals(unitRuns(services, CONTEXT), []);
});

Deno.test("of a unit and its template one is enough, and its runs are looked for", async () => {
  const services = await found(["tickerlock@brazil.timer"]);
  assertEquals(levels(services), ["ok", "ok"]);
  assertEquals(unitRuns(services, CONTEXT), [{
    unit: "tickerlock@brazil.service",
    wanted: { source: "yahoo", tickers: ["PETR4.SA", "VALE3.SA"] },
  }]);
});

Deno.test("the tickers of a unit are read as they may be written", async () => {
  const services = await found(["tickerlock@brazil.timer"]);
  const wanted = (...rest: readonly string[]): readonly string[] | null | undefined => {
    const words = ["/usr/bin/tickerlock", "ingest", ...rest, "--source", "yahoo"];
    const [command] = services.flatMap(({ commands }) => commands);
    const [service] = services.filter(({ enabled }) => enabled.length > 0);
    if (command === undefined || service === undefined) throw new Error("no unit was found");
    return unitRuns([{ ...service, commands: [{ ...command, words }] }], CONTEXT)[0]?.wanted
      .tickers;
  };
  assertEquals(wanted("petr4.sa", "VALE3.SA,ITUB4.SA"), ["PETR4.SA", "VALE3.SA", "ITUB4.SA"]);
  assertEquals(wanted("--ticker", "A, B", "--ticker=C", "-t", "D"), ["A", "B", "C", "D"]);
  assertEquals(wanted("--all"), null);
});

Deno.test("a list or a program that is missing is an error", async () => {
  const services = await found(["tickerlock@chile.timer"], { exec: "/surely/not/here" });
  const errors = checkUnits(services, CONTEXT).filter(({ level }) => level === "error");
  assertEquals(errors.length, 2);
  assertStringIncludes(errors[0]?.message ?? "", "starts /surely/not/here, which is not there");
  assertStringIncludes(errors[1]?.message ?? "", "/etc/tickerlock/chile.txt: No such file");
  assertEquals(unitRuns(services, CONTEXT), []);
});

Deno.test("a unit that works on another database is told, and not judged by this one's log", async () => {
  const services = await found(["tickerlock@brazil.timer"]);
  const context = { ...CONTEXT, db: "/home/me/data/tickerlock.db" };
  const [, , other] = checkUnits(services, context);
  assertEquals(other?.level, "warning");
  assertStringIncludes(other?.hint ?? "", `--db ${DB} --lock-dir /run/tickerlock`);
  assertEquals(unitRuns(services, context), []);
});

Deno.test("no unit at all is no fault", () => {
  assertEquals(levels([]), ["ok"]);
});

Deno.test("a unit file that is garbage is a warning with its name", () => {
  const [only, ...more] = checkUnits([], CONTEXT, ["/etc/systemd/system/tickerlock-s7.service"]);
  assertEquals(more, []);
  assertEquals(only?.level, "warning");
  assertStringIncludes(only?.message ?? "", "/etc/systemd/system/tickerlock-s7.service");
});

Deno.test("a unit's configuration says which database and locks it has", async () => {
  const services = await found(["tickerlock@brazil.timer"]);
  const codes = (
    readPlaces: UnitContext["readPlaces"],
    environment: Readonly<Record<string, string>> = { TICKERLOCK_CONFIG: "/etc/c.json" },
  ) => {
    const bare = services.map((service) => ({
      ...service,
      commands: service.commands.map((command) => ({ ...command, environment })),
    }));
    const context = { ...CONTEXT, readPlaces };
    return [
      checkUnits(bare, context).flatMap(({ code }) => code ?? []),
      unitRuns(bare, context).length,
    ];
  };
  const source = { TICKERLOCK_SOURCE: "yahoo" };
  assertEquals(codes(() => ({})), [[], 1]);
  assertEquals(codes(() => ({ db: "/srv/x.db" })), [["unit_other_database"], 0]);
  assertEquals(codes(() => ({ db: DB, lockDir: "/run/tickerlock/" })), [[], 1]);
  assertEquals(codes(() => ({ lockDir: "/srv/locks" })), [["unit_other_lock_folder"], 1]);
  // What the unit itself says wins.
  const both = { ...source, TICKERLOCK_CONFIG: "/etc/c.json", TICKERLOCK_DB: DB };
  assertEquals(codes(() => ({ db: "/srv/x.db" }), both), [[], 1]);
  const refuse = (cause: unknown) => (): never => {
    throw new UsageError("bad_config", "the configuration /etc/c.json cannot be read", { cause });
  };
  assertEquals(codes(refuse(undefined)), [["unit_configuration_bad"], 0]);
  const denied = new Deno.errors.PermissionDenied("no");
  assertEquals(codes(refuse(denied)), [["unit_configuration_untold"], 0]);
});

Deno.test("the certificates of a unit are looked at, wherever it names them", async () => {
  const services = await found(["tickerlock@brazil.timer"]);
  const context = { ...CONTEXT, readPlaces: () => ({ caFile: "/surely/not/here.pem" }) };
  assertEquals(levels(services, context), ["ok", "ok"]);
  const named = services.map((service) => ({
    ...service,
    commands: service.commands.map((command) => ({
      ...command,
      environment: { TICKERLOCK_CONFIG: "/etc/c.json" },
    })),
  }));
  const codes = checkUnits(named, context).flatMap(({ code }) => code ?? []);
  assertEquals(codes, ["certificates_bad"]);
});
