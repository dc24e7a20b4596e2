import { givenUp } from "../../../src/cli/process/rights.ts";
import { runProgram } from "../../../src/cli/program.ts";
import { allDescriptions } from "../../../src/cli/registry.ts";
import { assertEquals } from "../../assert.ts";
import { SAMPLE } from "../../e2e/program.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { pathOf } from "../../paths.ts";
import { Captured } from "../in_process.ts";

const NETWORK = ["ingest", "collect", "sources test", "doctor", "serve"];

Deno.test("every command that asks no service gives the network up", async () => {
  const labels = (await allDescriptions()).flatMap(({ name, subcommands = [], operand }) => [
    ...subcommands.map((each) => `${name} ${each.name}`),
    ...subcommands.length === 0 || operand !== undefined ? [name] : [],
  ]);
  const kept = labels.filter((label) => !givenUp(label, false).includes("net"));
  assertEquals(kept.sort(), [...NETWORK].sort());
  const readers = labels.filter((label) => givenUp(label, false).includes("write"));
  assertEquals(readers.length, 9, "each name in the list is that of a command");
  for (const label of readers) assertEquals(givenUp(label, true), ["net"]);
});

Deno.test("what is not needed is given up before the work, and by an ingest of files too", async () => {
  await using space = await Workspace.create();
  const { db, lockDir } = space;
  const places = `--db ${db} --lock-dir ${lockDir}`;
  const cases: [line: string, rights: string[]][] = [
    [`ingest --source cotahist --file ${SAMPLE} ${places} --quiet`, ["net"]],
    ["ingest --ticker A --from 2024-02-01 --to 2024-01-01", []],
    [`stats --db ${db}`, ["net"]],
    ["sources list", ["net", "write"]],
    [`sources list --log-file ${space.path}/x.log`, ["net"]],
  ];
  for (const [line, rights] of cases) {
    const captured = new Captured();
    await runProgram(line.split(" "), captured.io);
    assertEquals(captured.givenUp, rights, `${line}: ${captured.stderr}`);
  }
});

Deno.test("a right that was revoked is gone", async () => {
  const module = pathOf(new URL("../../../src/cli/process/rights.ts", import.meta.url));
  await using space = await Workspace.create();
  const script = space.write(
    "script.ts",
    `import { revoke } from ${JSON.stringify(module)};
     revoke("net");
     revoke("write");
     for (const work of [
       () => Deno.connect({ hostname: "127.0.0.1", port: 9 }),
       () => fetch("http://127.0.0.1:8081"),
       () => Deno.writeTextFile("y", ""),
       async () => new (await import("node:sqlite")).DatabaseSync("x.db"),
     ]) {
       try {
         await work();
         console.log("done");
       } catch (error) {
         console.log(/NotCapable|Requires (net|write) access/.test(String(error)));
       }
     }`,
  );
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-check", "--no-lock", "--no-prompt", "--allow-all", script],
    cwd: space.path,
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "true\n".repeat(4));
  assertEquals(space.names(), ["script.ts"]);
});
