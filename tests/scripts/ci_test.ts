import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { runBare } from "../binary/binary.ts";
import { projectPath } from "../e2e/program.ts";
import { installed } from "../installed.ts";
import { testNeeding } from "../system.ts";

// The gate's script with other programs in the place of those that it runs: what it makes of their ends.

const DENO = `#!/bin/sh
case "$*" in
--version) echo "deno $FAKE_VERSION" ;;
"task compile") echo "the build says this" >&2; exit "$FAKE_COMPILE" ;;
"task test"*) echo "ok | 3 passed | 0 failed (1s)" ;;
esac
`;

/** `npx deno@VERSION task compile` is the build with the runtime that is at hand. */
const NPX = '#!/bin/sh\necho "the build says this" >&2\nexit "$FAKE_COMPILE"\n';

interface Case {
  /** Exit code of the build. */
  readonly compile: number;
  /** Whether a runtime is at hand. */
  readonly atHand?: boolean;
  readonly variables?: Readonly<Record<string, string>>;
}

async function gate({ compile, atHand = false, variables = {} }: Case) {
  const root = await Deno.makeTempDir({ prefix: "tickerlock_ci_" });
  try {
    const script = await Deno.readTextFile(projectPath(".ci/run"));
    const version = /^deno_version=(.+)$/m.exec(script)?.[1] ?? "";
    const executables: Record<string, string> = {
      "project/.ci/run": script,
      "bin/deno": DENO,
      "bin/npx": NPX,
      "bin/npm": "#!/bin/sh\n",
      "bin/apt-get": "#!/bin/sh\n",
      ...(atHand ? { "shared/tools/denort": "#!/bin/sh\necho /a/runtime\n" } : {}),
    };
    for (const [path, text] of Object.entries(executables)) {
      await Deno.mkdir(`${root}/${path.replace(/[^/]*$/, "")}`, { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text, { mode: 0o755 });
    }
    return await runBare(["bash", `${root}/project/.ci/run`], root, {
      PATH: `${root}/bin:${Deno.env.get("PATH") ?? ""}`,
      FAKE_VERSION: version,
      FAKE_COMPILE: `${compile}`,
      ...variables,
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const BANNER = "NO EXECUTABLE COULD BE BUILT";

/** Exit code of a build for which no runtime could be had; `scripts/runtime.ts` says the same. */
const NO_RUNTIME = 69;

testNeeding("gnu", "the gate tests source and executable", async () => {
  if (!await installed("bash")) return;
  for (const atHand of [false, true]) {
    const { code, stdout, stderr } = await gate({ compile: 0, atHand });
    assertEquals(code, 0, stderr);
    assert(stdout.endsWith("\n6 passed, 0 failed\n"), stdout);
    assert(!stdout.includes(BANNER), stdout);
  }
});

testNeeding(
  "gnu",
  "where no runtime can be had the source alone is tested, and that is said",
  async () => {
    if (!await installed("bash")) return;
    const { code, stdout, stderr } = await gate({ compile: NO_RUNTIME });
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, BANNER);
    assertStringIncludes(stdout, "the build says this");
    assert(stdout.endsWith("\n3 passed, 0 failed\n"), stdout);
  },
);

testNeeding(
  "gnu",
  "a build that is broken fails the gate, and so does a missing one that is required",
  async () => {
    if (!await installed("bash")) return;
    const cases: readonly Case[] = [
      { compile: 1 },
      { compile: 1, atHand: true },
      { compile: NO_RUNTIME, atHand: true },
      { compile: NO_RUNTIME, variables: { EXECUTABLE: "required" } },
    ];
    for (const each of cases) {
      const { code, stdout, stderr } = await gate(each);
      const name = JSON.stringify(each);
      assert(code !== 0, name);
      assertStringIncludes(stdout, "the build says this", name);
      assertStringIncludes(stderr, "no executable", name);
      assert(!stdout.includes(BANNER) && !stdout.includes("passed"), name);
    }
  },
);
