import { TickerlockError, UsageError } from "../../src/base/errors.ts";
import { checkPlan, install, planInstall, unusable } from "../../src/systemd/install.ts";
import { unitsFor } from "../../src/systemd/units.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../assert.ts";
import { ANA, as, testAsRoot } from "../users.ts";
import { openFolder, OPTIONS } from "./tools.ts";
import { modeOf, testNeeding, wantedMode } from "../system.ts";

const UNITS = unitsFor(OPTIONS);
const SERVICE = "tickerlock.service";

Deno.test("units are written where there are none, and left alone the second time", async () => {
  await using folder = await openFolder();
  const place = `${folder.path}/systemd/system`;
  const plan = await planInstall(UNITS, place);
  assertEquals(plan.map(({ action }) => action), ["create", "create", "create", "create"]);
  assertStringIncludes(plan[0]?.diff ?? "", `--- /dev/null\n+++ ${place}/${SERVICE}\n`);
  checkPlan(plan);
  assertEquals((await install(plan)).length, 4);
  for (const { name, text } of UNITS) {
    assertEquals(await Deno.readTextFile(`${place}/${name}`), text);
    assertEquals(modeOf(`${place}/${name}`), wantedMode(0o644));
  }
  const again = await planInstall(UNITS, place);
  assertEquals(again.map(({ action, diff }) => [action, diff]), Array(4).fill(["none", ""]));
  assertEquals(await install(again), []);
  // Nothing is left of writing.
  assertEquals([...Deno.readDirSync(place)].length, 4);
});

Deno.test("a unit as it was written may be replaced, and the diff says by what", async () => {
  await using folder = await openFolder();
  await install(await planInstall(UNITS, folder.path));
  const wanted = unitsFor({ ...OPTIONS, memoryMax: "2G" });
  const plan = await planInstall(wanted, folder.path);
  assertEquals(plan.map(({ action }) => action), ["update", "none", "update", "none"]);
  assertStringIncludes(plan[0]?.diff ?? "", "\n-MemoryMax=1G\n+MemoryMax=2G\n");
  checkPlan(plan);
  assertEquals((await install(plan)).length, 2);
});

Deno.test("a unit that was changed or written by hand is overwritten by force only", async () => {
  await using folder = await openFolder();
  const path = `${folder.path}/${SERVICE}`;
  const written = UNITS[0]?.text ?? "";
  let n = 0;
  const cases = [
    [written.replace("TimeoutStartSec=1h", "TimeoutStartSec=2h"), "edited", "edited by hand"],
    [`${written}\n`, "edited", "edited by hand"],
    ["[Service]\nExecStart=/bin/true\n", "foreign", "not written by tickerlock"],
    ["", "foreign", "not written by tickerlock"],
  ];
  for (const [text = "", action, why] of cases) {
    await Deno.writeTextFile(path, text);
    const plan = await planInstall(UNITS, folder.path);
    assertEquals(plan[0]?.action, action);
    const error = assertThrows(() => checkPlan(plan), UsageError);
    assertEquals({ code: error.code, exit: error.exitCode }, { code: "unit_changed", exit: 2 });
    assertStringIncludes(error.message, `${path} (${why})`);
    assertStringIncludes(error.hint ?? "", "--force");
    assertEquals(await Deno.readTextFile(path), text);
    const kept = `${path}.~${++n}~`;
    assertEquals((await install(plan))[0], { path, kept });
    assertEquals(await Deno.readTextFile(path), written);
    assertEquals(await Deno.readTextFile(kept), text);
  }
});

testNeeding("links", "a unit that is a link, as a masked one is, is never followed", async () => {
  await using folder = await openFolder();
  await Deno.symlink("/dev/null", `${folder.path}/${SERVICE}`);
  const error = await assertRejects(() => planInstall(UNITS, folder.path), UsageError);
  assertEquals(error.code, "unit_is_a_link");
});

Deno.test("a folder that cannot be written is an error with a remedy, and nothing is left", async () => {
  await using folder = await openFolder();
  const plan = await planInstall(UNITS, `${folder.path}/file/x`);
  await Deno.writeTextFile(`${folder.path}/file`, "");
  const error = await assertRejects(() => install(plan), TickerlockError);
  assertEquals({ code: error.code, exit: error.exitCode }, { code: "unit_io", exit: 1 });
  assert((error.hint ?? "").includes("--dir"));
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["file"]);
});

testAsRoot("what to do about a unit fits who asks, and where it is", async () => {
  const denied = new Deno.errors.PermissionDenied("Permission denied (os error 13)");
  const hint = (path: string): string => unusable(path, "write", denied).hint ?? "";
  const system = "/etc/systemd/system/tickerlock.service";
  assertEquals(hint(system).includes("as root"), false);
  await as(ANA, () => {
    assertEquals(hint(system).startsWith("Run it as root (sudo), or with --scope user"), true);
    assertMatch(hint("/home/ana/x.service"), /^Give this user the right to write it, .*--dir\.$/);
  });
});
