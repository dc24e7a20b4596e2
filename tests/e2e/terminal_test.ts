import widthOf from "fast-string-width";
import { assert, assertEquals, assertMatch, assertNotMatch } from "../assert.ts";
import { installed } from "../installed.ts";
import { testNeeding } from "../system.ts";
import { loggedSpace } from "./log_tools.ts";
import { programCommand, programEnvironment } from "./program.ts";

/** Python's pseudo-terminal with a size: what `script` of util-linux does not set. */
const ON_TERMINAL = `
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
seen = b""
while True:
    try:
        block = os.read(fd, 65536)
    except OSError:
        break
    if not block:
        break
    seen += block
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

testNeeding("shell", "a table fits the terminal it is written to, in colours", async () => {
  if (!await installed("python3")) return;
  await using space = await loggedSpace();
  const seenAt = async (columns: number, env: Record<string, string>): Promise<string> => {
    const command = ["/bin/sh", "-c", '"$@" 2>/dev/null', "sh", ...programCommand(), "logs"];
    const { code, stdout } = await new Deno.Command("python3", {
      args: ["-c", ON_TERMINAL, String(columns), ...command],
      clearEnv: true,
      env: programEnvironment({ TICKERLOCK_DB: space.db, ...env }),
      stdin: "null",
    }).output();
    assertEquals(code, 0);
    return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
  };
  const titles: number[] = [];
  for (const columns of [80, 160]) {
    const seen = await seenAt(columns, { NO_COLOR: "1" });
    for (const line of seen.split("\n")) assert(widthOf(line) <= columns, line);
    // deno-lint-ignore no-control-regex
    assertNotMatch(seen, /\x1b/);
    titles.push(seen.split("\n")[0]?.split(/ {2,}/).length ?? 0);
  }
  const [few = 0, more = 0] = titles;
  assert(few >= 5 && few < more, `${titles}`);
  // An empty NO_COLOR counts as none: https://no-color.org
  // deno-lint-ignore no-control-regex
  assertMatch(await seenAt(80, { NO_COLOR: "" }), /\x1b\[32msuccess\x1b\[0m/);
});
