import * as fc from "fast-check";
import { parseCommandLine } from "../../../src/cli/args/parse.ts";
import { ingestSettings } from "../../../src/cli/commands/ingest/spec.ts";
import { UsageError } from "../../../src/base/errors.ts";
import { assert, assertEquals } from "../../assert.ts";
import { pathProblem } from "../../../src/platform/paths.ts";

function parsed(...args: string[]) {
  return parseCommandLine(args, ingestSettings, () => undefined);
}

const names = Object.values(ingestSettings).map(({ name }) => name);

const argument = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({
    unit: fc.constantFrom("-", "=", "h", "n", "o", ".", "5", "_", "\n", "\0"),
    maxLength: 8,
  }),
  fc.constantFrom(...names.map((name) => `--${name}`), "--", "-", "--help", "-h", "true", "false"),
  fc.tuple(
    fc.constantFrom(...names, "help", "no-json", "__proto__", "a.b", "constructor.prototype"),
    fc.string(),
  )
    .map(([name, value]) => `--${name}=${value}`),
  fc.constantFrom("2024-01-02", "wait", "10", "-5", "PETR4.SA", "csv", "debug", "json"),
);

Deno.test("property: any arguments lead to values, to help, or to a UsageError with a hint", () => {
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 6 }), (args) => {
      try {
        const { values, origins, help } = parsed(...args);
        if (help) return;
        assertEquals(Object.keys(values).sort(), Object.keys(ingestSettings).sort());
        assertEquals(Object.keys(origins).sort(), Object.keys(ingestSettings).sort());
        assert(values.lockTimeout >= 0);
        assert(values.onLocked === "wait" || values.onLocked === "exit");
        assertEquals(typeof values.json, "boolean");
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        assertEquals(error.exitCode, 2);
        assert(error.message.length > 0 && (error.hint ?? "").length > 0);
      }
      // Nothing that was given has found its way into the prototype of all objects.
      assertEquals(Object.keys(Object.prototype), []);
    }),
    { numRuns: 500 },
  );
});

Deno.test("property: what is written well is read as it was meant, in any order", () => {
  const options = fc.record({
    db: fc.string({ minLength: 1 }).filter((text) => pathProblem(text) === undefined),
    lockTimeout: fc.nat(100_000),
    from: fc.date({
      min: new Date("1900-01-01T00:00:00Z"),
      max: new Date("2100-01-01T00:00:00Z"),
      noInvalidDate: true,
    }).map((date) => date.toISOString().slice(0, 10)),
    json: fc.boolean(),
    dryRun: fc.boolean(),
  });
  fc.assert(
    fc.property(options, fc.array(fc.nat(), { minLength: 5, maxLength: 5 }), (meant, keys) => {
      const args = [
        `--db=${meant.db}`,
        `--lock-timeout=${meant.lockTimeout}`,
        `--from=${meant.from}`,
        `--json=${meant.json}`,
        `--dry-run=${meant.dryRun}`,
      ];
      const shuffled = args.map((arg, index) => ({ arg, key: keys[index] ?? 0 }))
        .sort((a, b) => a.key - b.key).map(({ arg }) => arg);
      const { db, lockTimeout, from, json, dryRun } = parsed(...shuffled).values;
      assertEquals({ db, lockTimeout, from, json, dryRun }, meant);
    }),
  );
});
