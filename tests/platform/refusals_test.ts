import { attemptOf, explain, hintOf, refusalOf } from "../../src/platform/refusals.ts";
import { assertEquals } from "../assert.ts";
import { needing } from "../files/folder.ts";

/** An error as the runtime throws it. */
function refused(code: string, message = "Words of the system (os error 99): open '/a'"): Error {
  return Object.assign(new Error(message), { code });
}

function why(error: unknown, path = "/"): string | undefined {
  return refusalOf(error, path, "write")?.why;
}

Deno.test("each reason of the system has its words and its remedy", () => {
  const told = ["EROFS", "ENOSPC", "EDQUOT", "EFBIG", "EBUSY", "EXDEV", "ETXTBSY", "ENFILE", "EIO"]
    .map((code) => {
      const { why, hint } = explain(refused(code), "/", "write", "choose another with --db");
      return [code, why, hint];
    });
  const mount =
    "it is a mount of its own, as of a single file into a container, and cannot be replaced";
  const or = ", or choose another with --db.";
  assertEquals(told, [
    [
      "EROFS",
      "its file system is read-only",
      `Have it mounted for writing (mount -o remount,rw)${or}`,
    ],
    ["ENOSPC", "no space is left on its disk", `Free some space${or}`],
    [
      "EDQUOT",
      "this user's share of its disk (quota) is used up",
      `Remove files of this user there, or have the share raised (quota, edquota)${or}`,
    ],
    [
      "EFBIG",
      "it would be larger than this process may make a file",
      `Raise the limit (ulimit -f; LimitFSIZE= of a systemd unit)${or}`,
    ],
    ["EBUSY", mount, `Mount its folder in place of the file${or}`],
    ["EXDEV", mount, `Mount its folder in place of the file${or}`],
    [
      "ETXTBSY",
      "another program has it open or locked",
      `Let that program end, or close the file in it${or}`,
    ],
    // No other path helps.
    [
      "ENFILE",
      "too many files are open",
      "Raise the limit on open files (ulimit -n; LimitNOFILE= of a systemd unit).",
    ],
    [
      "EIO",
      "Words of the system",
      `Check the path, and the kernel's log (dmesg) for the disk${or}`,
    ],
  ]);
});

needing("links").test("the part of the path that is the cause is named", (folder) => {
  folder.put("file", "");
  Deno.symlinkSync("loop", folder.at("loop"));
  const of = (work: () => unknown, path: string): string | undefined => {
    try {
      work();
    } catch (error) {
      return why(error, path)?.replaceAll(folder.path, "");
    }
  };
  const below = (name: string): string => folder.at(`${name}/a/b`);
  const read = (path: string) => of(() => Deno.statSync(path), path);
  const make = (path: string) => of(() => Deno.mkdirSync(path, { recursive: true }), path);
  assertEquals(read(below("file")), "/file is not a folder");
  assertEquals(read(below("loop")), "the symbolic links of /loop lead in a circle");
  // The system says that there is something, which is what mkdir(2) is refused for.
  assertEquals(make(folder.at("file")), "/file is not a folder");
  assertEquals(make(folder.at("loop")), "the symbolic links of /loop lead in a circle");
});

Deno.test("a permission of the system and a right of the runtime have remedies of their own", () => {
  const denied = new Deno.errors.PermissionDenied("no");
  const [read, write] = (["read", "write"] as const).map((use) => refusalOf(denied, "/", use)?.fix);
  assertEquals(read, "Give this user the right to read it and to enter its folder");
  assertEquals(write, "Give this user the right to write it, and to write in its folder");
  const forbidden = refusalOf(refused("EPERM"), "/", "write");
  assertEquals(
    [forbidden?.kind, forbidden?.fix],
    [
      "permission",
      "See whether it may not be changed at all (lsattr, chattr -i), or is in a sticky folder; or " +
      "else give this user the right to write it, and to write in its folder",
    ],
  );
  const withheld = refusalOf(new Deno.errors.NotCapable("Requires read access"), "/", "read");
  assertEquals([withheld?.kind, withheld?.why], ["withheld", "Requires read access"]);
  assertEquals(withheld && hintOf(withheld), "Start it with --allow-read for that path.");
  // Deno's advice, --allow-all, is for every file of the machine.
  const closed = new Deno.errors.NotCapable('Requires all access to "/proc/x", run again with …');
  const { why, hint } = explain(closed, "/proc/x", "read", "choose another with --db");
  assertEquals(
    why,
    "Deno opens nothing below /dev, /proc and /sys for a program with limited rights",
  );
  assertEquals(hint, "Name a place elsewhere, or choose another with --db.");
});

Deno.test("what is not of the system is none of its refusals", () => {
  for (
    const error of [
      new TypeError("undefined is not a function"),
      refused("ERR_INVALID_ARG_TYPE", "x"),
      refused("ERR_SQLITE_ERROR", "x"),
      "words",
    ]
  ) assertEquals(refusalOf(error, "/", "read"), undefined);
});

Deno.test("what was attempted is read from the words of the runtime", () => {
  const of = (words: string) => attemptOf(new Error(`No (os error 13): ${words}`));
  assertEquals(of("open '/it's/a'"), { use: "read", path: "/it's/a" });
  assertEquals(of("readdir 'a'"), { use: "read", path: "a" });
  assertEquals(of("mkdir 'a'"), { use: "write", path: "a" });
  assertEquals(of("tmpfile"), undefined);
});
