import {
  findServices,
  findUnreadable,
  optionValues,
  type UnitFolder,
  unitFolders,
  type UserFolders,
} from "../../src/systemd/read.ts";
import { unitsFor } from "../../src/systemd/units.ts";
import { assert, assertEquals } from "../assert.ts";
import { openFolder, OPTIONS } from "./tools.ts";

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
}

const ME: UserFolders = { home: "/home/me", config: "/home/me/.config" };

function system(path: string): UnitFolder[] {
  return [{ path, scope: "system" }];
}

const FILES = Object.fromEntries(unitsFor(OPTIONS).map(({ name, text }) => [name, text]));

Deno.test("services are found with their timers, instances and what they run", async () => {
  await using folder = await openFolder();
  await write(folder.path, {
    ...FILES,
    "sshd.service": "[Service]\nExecStart=/usr/sbin/sshd\n",
    "own.service": "[Service]\nExecStart=/opt/tickerlock collect\nType=notify\n",
    "timers.target.wants/tickerlock@brazil.timer": "",
    "timers.target.wants/other.timer": "",
    "multi-user.target.wants/own.service": "",
  });
  const found = findServices(system(folder.path), ME);
  assertEquals(
    found.map(({ name, mark, enabled, hasTimer }) => ({ name, mark, enabled, hasTimer })),
    [
      { name: "own.service", mark: "foreign", enabled: ["own.service"], hasTimer: null },
      { name: "tickerlock.service", mark: "untouched", enabled: [], hasTimer: true },
      {
        name: "tickerlock@.service",
        mark: "untouched",
        enabled: ["tickerlock@brazil.timer"],
        hasTimer: true,
      },
    ],
  );
  const [command] = found[2]?.commands ?? [];
  assertEquals(command?.unit, "tickerlock@brazil.service");
  assertEquals(optionValues(command?.words ?? [], "--tickers-file"), [
    "/etc/tickerlock/brazil.txt",
  ]);
  assertEquals(command?.environment, {
    TICKERLOCK_DB: "/var/lib/tickerlock/tickerlock.db",
    TICKERLOCK_LOCK_DIR: "/run/tickerlock",
  });
});

Deno.test("drop-ins count, in their order, and the first folder of two wins", async () => {
  await using folder = await openFolder();
  await write(folder.path, {
    "etc/tickerlock.service": FILES["tickerlock.service"] ?? "",
    "etc/tickerlock.service.d/10-db.conf": "[Service]\nEnvironment=TICKERLOCK_DB=/srv/a.db\n",
    "etc/tickerlock.service.d/20-db.conf":
      '[Service]\nEnvironment="TICKERLOCK_DB=/srv/b c.db"\nExecStart=\nExecStart=/x/tickerlock ingest\n',
    "etc/tickerlock.service.d/note.txt": "Environment=TICKERLOCK_DB=/no",
    "lib/tickerlock.service": "[Service]\nExecStart=/lib/tickerlock ingest\n",
    // Empty, it masks the one below.
    "etc/tickerlock-collect.service": "",
    "lib/tickerlock-collect.service": "[Service]\nExecStart=/lib/tickerlock collect\n",
  });
  const folders = [...system(`${folder.path}/etc`), ...system(`${folder.path}/lib`)];
  const found = findServices(folders, { home: null, config: null });
  assertEquals(found.map(({ path }) => path), [`${folder.path}/etc/tickerlock.service`]);
  const [command] = found[0]?.commands ?? [];
  assertEquals(command?.environment.TICKERLOCK_DB, "/srv/b c.db");
  assertEquals(command?.words, ["/x/tickerlock", "ingest"]);
});

Deno.test("options are found in both forms", () => {
  const words = ["x", "--source", "csv", "--file=a=b", "--file", "c", "--source"];
  assertEquals(optionValues(words, "--file"), ["a=b", "c"]);
  assertEquals(optionValues(words, "--source"), ["csv"]);
});

Deno.test("the machine's own folders come first", () => {
  const [first] = unitFolders("/home/me/.config");
  assertEquals(first, { path: "/etc/systemd/system", scope: "system" });
  assert(
    unitFolders("/home/me/.config").some(({ path }) => path === "/home/me/.config/systemd/user"),
  );
  assert(!unitFolders(null).some(({ path }) => path.includes(".config")));
});

Deno.test("a service of tickerlock that has no command is named, a masked or another's is not", async () => {
  await using folder = await openFolder();
  await write(folder.path, {
    ...FILES,
    "tickerlock-s7.service": "\u0000garbage",
    "brazil.service": "[Servce",
    "brazil.timer": FILES["tickerlock.timer"] ?? "",
    "other.service": "garbage",
    "tickerlock-empty.service": "",
    "tickerlock-notify.service": "[Service]\nExecStart=/usr/bin/mail\n",
  });
  await Deno.symlink("/dev/null", `${folder.path}/tickerlock-masked.service`);
  assertEquals(findUnreadable(system(folder.path)), [
    `${folder.path}/brazil.service`,
    `${folder.path}/tickerlock-s7.service`,
  ]);
});
