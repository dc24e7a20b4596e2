import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { binaryPath, type Outcome } from "./program.ts";
import { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

function systemd(space: Workspace, ...args: readonly string[]): Promise<Outcome> {
  return space.program(["systemd", ...args]);
}

/** What is printed, parted at the comments with the files' names. */
function parted(text: string): Map<string, string> {
  const parts = text.split(/^(?=# [\w@.-]+\.(?:service|timer)\n)/m);
  return new Map(parts.map((part) => [/^# (\S+)/.exec(part)?.[1] ?? "", part]));
}

testNeeding(
  "systemd",
  "print shows every unit under its name, and nothing else on standard output",
  async () => {
    await using space = await Workspace.create();
    const { code, stdout, stderr } = await systemd(space, "print", "--ticker", "PETR4.SA");
    assertEquals(code, 0);
    const units = parted(stdout);
    assertEquals([...units.keys()], [
      "tickerlock.service",
      "tickerlock.timer",
      "tickerlock@.service",
      "tickerlock@.timer",
    ]);
    const path = binaryPath() ?? "/usr/local/bin/tickerlock";
    const word = path.includes(" ") ? `"${path}"` : path;
    assertStringIncludes(
      units.get("tickerlock.service") ?? "",
      `ExecStart=${word} ingest --source yahoo --ticker PETR4.SA\n`,
    );
    // The executable knows where it is, and says where a service would not find it.
    if (binaryPath() === undefined) assertMatch(stderr, /runs from source here.*--exec PATH\n$/);
    else if (!/^\/(var\/)?tmp\//.test(binaryPath() ?? "")) assertEquals(stderr, "");
    else assertMatch(stderr, /^\/.+ cannot be seen by the service/);
    const one = await systemd(
      space,
      "print",
      "--exec",
      "/usr/bin/env",
      "--unit",
      "tickerlock@.timer",
    );
    assertEquals({ code: one.code, stderr: one.stderr }, { code: 0, stderr: "" });
    assertEquals([...parted(one.stdout).keys()], ["tickerlock@.timer"]);
    assertEquals(space.names(), []);
  },
);
