import { acquireTickerLock, inspectLock, listLocks, LockError } from "../../src/lock/mod.ts";
import { folderUnusable } from "../../src/lock/lock_file.ts";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { projectPath } from "../e2e/program.ts";
import { needing } from "./lock_folder.ts";
import { testNeeding } from "../system.ts";

const shell = needing("shell");

testNeeding(
  "proc",
  "a folder that Deno keeps to itself is named, with a folder that works",
  async () => {
    for (const lockDir of ["/dev/shm/locks", "/dev", "/proc/self", "/sys"]) {
      const errors = [
        await assertRejects(() => acquireTickerLock("A", { lockDir }), LockError),
        assertThrows(() => listLocks({ lockDir }), LockError),
      ];
      for (const error of errors) {
        assertEquals(error.code, "lock_dir_unusable");
        assertEquals(
          error.message,
          `lock folder ${lockDir} cannot be used: Deno opens nothing below /dev, /proc and /sys ` +
            "for a program with limited rights",
        );
        assertMatch(
          error.hint ?? "",
          /--lock-dir or TICKERLOCK_LOCK_DIR.*\/run\/lock/,
        );
        assertEquals({ ...error.details }, { folder: lockDir });
      }
      const { state, problem, hint } = inspectLock("A", { lockDir });
      assertEquals(state, "unusable");
      assertMatch(problem ?? "", new RegExp(`^lock folder ${lockDir} cannot be used: [^.]*$`));
      assertMatch(hint ?? "", /--lock-dir/);
    }
  },
);

Deno.test("a right that was not given is named as such", () => {
  const missing = new Deno.errors.NotCapable('Requires write access to "x", run again with …');
  const error = folderUnusable("/srv/locks", "created", missing);
  assertEquals([error.code, error.cause], ["lock_dir_unusable", missing]);
  assertMatch(
    error.message,
    /^lock folder \/srv\/locks cannot be used: .*without the right to read/,
  );
  assertMatch(error.hint ?? "", /--allow-read and --allow-write/);
});

shell.test("too many open files: the limit is named, not the file's permissions", async ({ folder }) => {
  const program = ["run", "--no-prompt", "--allow-read", "--allow-write", "--allow-sys"];
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: [
      ...["-c", 'ulimit -n 256; exec "$0" "$@"', Deno.execPath(), ...program],
      projectPath("tests/lock/open_files_main.ts"),
      folder.lockDir,
    ],
  }).output();
  const said = new TextDecoder().decode(stdout);
  assertMatch(said, /^\["lock_file_unusable",/, new TextDecoder().decode(stderr));
  const [, message, hint] = JSON.parse(said) as string[];
  assertMatch(message ?? "", /A\.lock cannot be opened: too many files are open/);
  assertMatch(hint ?? "", /ulimit -n; LimitNOFILE=/);
});
