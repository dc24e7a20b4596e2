import { assert, assertEquals, assertMatch } from "./assert.ts";
import { has, killed, modeOf, mustHaveProgram, type Need, SUBJECTS } from "./system.ts";
import { type Register, SYSTEM, type System, testNeeding, wantedMode } from "./system.ts";
import { plainPath, projectPath } from "./paths.ts";

const SYSTEMS: readonly System[] = ["linux", "darwin", "windows"];
const NEEDS = Object.keys(SUBJECTS) as Need[];

/** The systems on which a test is not left out, as the wrapper registers it. */
function systemsOf(needs: Need | readonly Need[]): System[] {
  return SYSTEMS.filter((system) => {
    const seen: Deno.TestDefinition[] = [];
    const register: Register = (test) => void seen.push(test);
    testNeeding(needs, "a name", () => {}, system, register);
    assertEquals(seen.map(({ name }) => name), ["a name"]);
    return seen[0]?.ignore === false;
  });
}

/** Texts of all files of the tests but this one and the wrapper, by path. */
function sources(folder = projectPath("tests"), found: [string, string][] = []) {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) sources(path, found);
    else if (/^(?!system(_test)?\.ts).*\.ts$/.test(name)) {
      found.push([path, Deno.readTextFileSync(path)]);
    }
  }
  return found;
}

Deno.test("a test is left out where its subject is not, and only there", () => {
  assertEquals(systemsOf([]), ["linux", "darwin", "windows"]);
  assertEquals(systemsOf("signals"), ["linux", "darwin"]);
  assertEquals(systemsOf(["proc"]), ["linux"]);
  assertEquals(systemsOf(["signals", "proc"]), ["linux"]);
  assertEquals([has("modes", "windows"), has("modes", "darwin")], [false, true]);
});

Deno.test("on Linux no test is left out, and every subject says why elsewhere", () => {
  for (const need of NEEDS) {
    assert(has(need, "linux"), need);
    assert(!has(need, "windows"), `${need} is everywhere: no test needs to say so`);
    assertMatch(SUBJECTS[need].why, /^.{15,}[^.]$/, need);
  }
});

Deno.test("nothing leaves a test out but the wrapper, and no other file asks for the system", () => {
  const all = sources();
  assert(all.length > 250, `${all.length} files`);
  const leaving =
    /\b(ignore|only): *(true|!|has|\()|\btest\.(ignore|only)\b|Deno\.build\.os\b|process\.platform/;
  // What the simulations of platform/ say of other systems is no question.
  assertEquals(
    all.filter(([, text]) => leaving.test(text.replaceAll("typeof Deno.build.os", "")))
      .map(([path]) => path),
    [],
  );
  const text = all.map(([, each]) => each).join("\n");
  const unused = NEEDS.filter((need) => !text.includes(`"${need}"`));
  assertEquals(unused, [], "subjects that no test needs");
});

Deno.test("a killed process, permission bits and paths are as the system has them", () => {
  assertEquals(killed("linux"), { code: 137, signal: "SIGKILL" });
  assertEquals(killed("darwin"), killed("linux"));
  assertEquals(killed("windows"), { code: 1, signal: null });
  assertEquals(plainPath("\\\\?\\C:\\Temp\\a b", "windows"), "C:/Temp/a b");
  assertEquals(plainPath("\\\\server\\share\\x", "windows"), "//server/share/x");
  assertEquals(plainPath("/tmp/a\\b", "linux"), "/tmp/a\\b");
  assertEquals(wantedMode(0o600), SYSTEM === "windows" ? null : 0o600);
  assertEquals(modeOf(projectPath("deno.json")) === null, SYSTEM === "windows");
});

Deno.test("programs of Linux have to be there on Linux only", () => {
  for (const name of ["flock", "systemd", "mandoc", "lintian", "dpkg-deb", "fish"]) {
    assertEquals(SYSTEMS.filter((system) => mustHaveProgram(name, system)), ["linux"], name);
  }
  assertEquals(SYSTEMS.filter((each) => mustHaveProgram("python3", each)), ["linux", "darwin"]);
  assertEquals(SYSTEMS.filter((each) => mustHaveProgram("anything", each)), SYSTEMS);
});
