import { assertEquals, assertMatch } from "../assert.ts";
import { testNeeding } from "../system.ts";
import { prepared } from "./prepared.ts";
import { unprivileged } from "./unprivileged.ts";

testNeeding(
  "modes",
  "folders that cannot be written are told by trying, with the remedy",
  async () => {
    const prefix = await unprivileged();
    if (prefix === undefined) return;
    await using space = await prepared();
    const folder = `${space.path}/closed`;
    Deno.mkdirSync(folder);
    Deno.copyFileSync(space.db, `${folder}/x.db`);
    Deno.chmodSync(`${folder}/x.db`, 0o600);
    Deno.chmodSync(folder, 0o555);
    const args = [
      "doctor",
      "--unit-dir",
      "units",
      "--db",
      `${folder}/x.db`,
      "--lock-dir",
      `${folder}/locks`,
      "--offline",
      "--json",
    ];
    const { code, stdout } = await space.spawn(args, { prefix });
    const { findings } = JSON.parse(stdout) as {
      findings: { level: string; message: string; hint: string | null }[];
    };
    assertEquals(code, 1);
    const [database, locks, ...more] = findings.filter(({ level }) => level === "error");
    assertEquals(more, []);
    for (const each of [database, locks]) {
      assertMatch(each?.hint ?? "", /right to write .* with --/);
    }
    assertMatch(
      database?.message ?? "",
      /closed does not let .* write-ahead log: permission denied/,
    );
    assertMatch(locks?.message ?? "", /closed does not let this user make it: permission denied/);
    Deno.chmodSync(folder, 0o755);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["x.db"]);
  },
);
