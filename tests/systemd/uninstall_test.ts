import { UsageError } from "../../src/base/errors.ts";
import { install, planInstall } from "../../src/systemd/install.ts";
import { checkRemoval, planUninstall, uninstall } from "../../src/systemd/uninstall.ts";
import { unitsFor } from "../../src/systemd/units.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { testNeeding } from "../system.ts";
import { openFolder, OPTIONS } from "./tools.ts";

const UNITS = unitsFor(OPTIONS);
const NAMES = UNITS.map(({ name }) => name).sort();
const all = (): boolean => true;

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("what install has written is removed, nothing else, and a second time there is nothing", async () => {
  await using folder = await openFolder();
  const { path } = folder;
  await install(await planInstall(UNITS, path));
  const foreign = ["other.service", "tickerlock.service.~1~", "tickerlock.txt"];
  for (const name of foreign) await Deno.writeTextFile(`${path}/${name}`, "[Service]\n");
  await Deno.mkdir(`${path}/tickerlock.service.d`);
  const plan = planUninstall(path, "system", all);
  assertEquals([plan.written, plan.edited, plan.enabled], [NAMES, [], []]);
  assertEquals(plan.left, [
    `${path}/tickerlock.service.d`,
    `${path}/tickerlock.service.~1~`,
  ]);
  checkRemoval(plan, "system", false);
  assertEquals((await uninstall(plan)).length, 4);
  assertEquals(namesIn(path), [...foreign, "tickerlock.service.d"].sort());
  const again = planUninstall(path, "system", all);
  assertEquals([again.written, again.edited], [[], []]);
  assertEquals(await uninstall(again), []);
  assertEquals(planUninstall(`${path}/none`, "user", all).written, []);
});

Deno.test("a unit that was edited is removed by force only, and kept beside", async () => {
  await using folder = await openFolder();
  const { path } = folder;
  await install(await planInstall(UNITS, path));
  const edited = `${UNITS[0]?.text}# mine\n`;
  await Deno.writeTextFile(`${path}/tickerlock.service`, edited);
  const plan = planUninstall(path, "system", all);
  assertEquals(plan.edited, ["tickerlock.service"]);
  const error = assertThrows(() => checkRemoval(plan, "system", false), UsageError);
  assertEquals([error.code, namesIn(path)], ["unit_changed", NAMES]);
  checkRemoval(plan, "system", true);
  await uninstall(plan);
  assertEquals(namesIn(path), ["tickerlock.service.~1~"]);
  assertEquals(await Deno.readTextFile(`${path}/tickerlock.service.~1~`), edited);
});

testNeeding(
  "links",
  "what is enabled is refused with the command that disables it, whatever is forced",
  async () => {
    await using folder = await openFolder();
    const { path } = folder;
    await install(await planInstall(UNITS, path));
    await Deno.mkdir(`${path}/timers.target.wants`);
    for (const name of ["tickerlock.timer", "tickerlock@brazil.timer", "other.timer"]) {
      await Deno.symlink(`${path}/${name}`, `${path}/timers.target.wants/${name}`);
    }
    const plan = planUninstall(path, "user", all);
    assertEquals(plan.enabled, ["tickerlock.timer", "tickerlock@brazil.timer"]);
    const error = assertThrows(() => checkRemoval(plan, "user", true), UsageError);
    assertEquals(error.code, "unit_enabled");
    assertStringIncludes(
      error.hint ?? "",
      "systemctl --user disable --now tickerlock.timer tickerlock@brazil.timer",
    );
    assertEquals(namesIn(path).length, 5);
  },
);
