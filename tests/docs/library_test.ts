import { assertEquals, assertMatch } from "../assert.ts";
import { textOf } from "../pages.ts";
import { projectPath } from "../paths.ts";
import { LinkedProject } from "./linked_project.ts";

const PAGE = textOf("docs/library.md");

/** The blocks of the page in a language. */
function blocks(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))]
    .map(([, text = ""]) => text);
}

Deno.test("the page's command prints the documentation of a name", async () => {
  const [, words = ""] = /`deno (doc [^`]+)`/.exec(PAGE) ?? [];
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: words.replace("NAME", "ingest").split(" "),
    cwd: projectPath(""),
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(code, 0);
  assertMatch(new TextDecoder().decode(stdout), /function ingest\(/);
});

const CONFIG = JSON.parse(blocks("json")[0] ?? "null");

Deno.test("the programs of docs/library.md pass the check of a project that links the checkout, and run", async () => {
  await using project = await LinkedProject.create();
  const programs = blocks("ts");
  assertEquals(programs.length, 3);
  const names = programs.map((_, at) => `program_${at}.ts`);
  for (const [at, text] of programs.entries()) await project.write(`program_${at}.ts`, text);
  await project.write("prices.csv", "date,close\n2024-01-02,37.5\n2024-01-03,37.9\n");
  // Deno's defaults are those of a new project.
  const stricter = {
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    noImplicitReturns: true,
    noUnusedLocals: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    lib: ["esnext", "dom", "dom.iterable", "deno.ns"],
  };
  for (const compilerOptions of [undefined, stricter]) {
    await project.configure({ ...CONFIG, compilerOptions });
    const { code, stderr } = await project.deno("check", ...names);
    assertEquals(code, 0, `${JSON.stringify(compilerOptions)}: ${stderr}`);
  }
  const said: string[] = [];
  for (const name of names) {
    const rights = ["--no-prompt", "--allow-read=.", "--allow-write=."];
    const { code, stdout, stderr } = await project.deno("run", ...rights, name);
    assertEquals(code, 0, stderr);
    said.push(stdout);
  }
  assertEquals(said.slice(0, 2), ["working on PETR4.SA\n", "0 2\n"]);
  assertMatch(said[2] ?? "", /^\S+Z PETR4\.SA 2\nPETR4\.SA csv 1 0\n$/);
});

Deno.test("the source of docs/examples/source works in a project of its own", async () => {
  await using project = await LinkedProject.create();
  for (const name of ["main.ts", "rates.ts", "service.ts"]) {
    await project.write(name, textOf(`docs/examples/source/${name}`));
  }
  const { tasks, ...config } = JSON.parse(textOf("docs/examples/source/deno.json"));
  await project.configure(config);
  const checked = await project.deno("check", "main.ts");
  assertEquals(checked.code, 0, checked.stderr);
  const [, command, ...rest] = tasks.start.split(" ");
  const { code, stdout, stderr } = await project.deno(command, "--no-prompt", ...rest);
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ target: _target, latencyMs: _ms, ...line }) => line), [
    { ok: true, message: "EURBRL: 3 days", status: 200 },
    // The service fails once: a second request.
    { ticker: "EURBRL", status: "success", rowsInserted: 2, rowsUnchanged: 0, requests: 2 },
    {
      ticker: "XXXBRL",
      status: "failed",
      rowsInserted: 0,
      rowsUnchanged: 0,
      requests: 1,
      error: lines[2].error,
    },
    { ticker: "EURBRL", status: "success", rowsInserted: 0, rowsUnchanged: 2, requests: 1 },
    { ticker: "EURBRL", runs: 2, failures: 0, rejects: 2 },
    { ticker: "XXXBRL", runs: 1, failures: 1, rejects: 0 },
  ]);
  assertMatch(lines[2].error, /^XXXBRL: status 404: the service says "no such ticker"/);
});
