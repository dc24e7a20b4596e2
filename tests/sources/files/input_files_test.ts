import { SourceError } from "../../../src/base/errors.ts";
import {
  baseName,
  expandInputFiles,
  fileError,
  type FolderRules,
  matchesPattern,
  PROGRESS_INTERVAL_MS,
  throttledProgress,
} from "../../../src/sources/files/input_files.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import * as fc from "fast-check";
import { makeTempFolder, removeFolder } from "../../paths.ts";
import { has, testNeeding } from "../../system.ts";

/** Takes .txt and .zip; from a folder without a pattern only those of the exchange. */
const RULES: FolderRules = {
  reasonAgainst: (path, pattern) =>
    /\.(txt|zip)$/i.test(path) && (pattern !== undefined || /cotahist[^/]*$/i.test(path))
      ? undefined
      : "is of another kind",
  subfolders: false,
};

/** The paths; the error of the first input that failed is thrown. */
async function expand(
  inputs: readonly string[],
  rules: FolderRules = RULES,
): Promise<readonly string[]> {
  const { paths, failures: [failure] } = await expandInputFiles(inputs, rules);
  if (failure !== undefined) throw failure.error;
  return paths;
}

async function withFolder(
  names: readonly string[],
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await makeTempFolder("tickerlock_");
  try {
    for (const name of names) await Deno.writeTextFile(`${folder}/${name}`, name);
    await use(folder);
  } finally {
    await removeFolder(folder);
  }
}

Deno.test("a pattern's * and ? match as in a shell, in any case", () => {
  const yes: [string, string][] = [
    ["COTAHIST_A2024.TXT", "cotahist*"],
    ["a.txt", "*.TXT"],
    ["a.txt", "?.t?t"],
    ["", "*"],
    ["aXbXc", "a*b*c"],
    ["[x]", "[x]"],
    ["aab", "*ab"],
  ];
  const no: [string, string][] = [
    ["a.txt", "?"],
    ["", "?"],
    ["abc", "ab"],
    ["ab", "abc"],
    ["x", "[x]"],
    ["a.txt.bak", "*.txt"],
    ["ab", "a.b"],
  ];
  for (const [name, pattern] of yes) assert(matchesPattern(name, pattern), `${name} ${pattern}`);
  for (const [name, pattern] of no) assert(!matchesPattern(name, pattern), `${name} ${pattern}`);
});

Deno.test("a pattern matches exactly what the regular expression of the same meaning matches", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
  fc.assert(fc.property(text, pattern, (name, wanted) => {
    const source = wanted.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
    assertEquals(matchesPattern(name, wanted), new RegExp(`^${source}$`).test(name));
  }));
});

Deno.test("a pattern made to be slow is not", () => {
  // Backtracking over every star would take 2^60 steps here.
  assert(!matchesPattern("a".repeat(200), `${"*a".repeat(60)}b`));
});

Deno.test("a folder gives what its rules take, in the order of the names, and tells the rest", async () => {
  const names = ["cotahist_b.zip", "COTAHIST_A.TXT", "notes.txt", "COTAHIST_C.pdf"];
  await withFolder(names, async (folder) => {
    await Deno.mkdir(`${folder}/COTAHIST_D.TXT`);
    const { paths, passedOver } = await expandInputFiles([folder], RULES);
    assertEquals(paths, [`${folder}/COTAHIST_A.TXT`, `${folder}/cotahist_b.zip`]);
    assertEquals(await expand([`${folder}/`]), paths);
    assertEquals(passedOver, [
      { file: `${folder}/COTAHIST_C.pdf`, reason: "is of another kind" },
      { file: `${folder}/COTAHIST_D.TXT`, reason: "is a folder" },
      { file: `${folder}/notes.txt`, reason: "is of another kind" },
    ]);
  });
});

Deno.test("a pattern in the last part takes files of the wanted extensions only", async () => {
  await withFolder(["x1.txt", "x2.ZIP", "x3.pdf", "y.txt"], async (folder) => {
    assertEquals(await expand([`${folder}/x*`]), [
      `${folder}/x1.txt`,
      `${folder}/x2.ZIP`,
    ]);
    assertEquals(await expand([`${folder}/?.txt`]), [`${folder}/y.txt`]);
  });
});

Deno.test("inputs keep their order, and a file that is named twice is read once", async () => {
  await withFolder(["b.txt", "a.txt", "c.dat"], async (folder) => {
    const link = has("links") ? Deno.symlink : Deno.link;
    await link(`${folder}/a.txt`, `${folder}/link.txt`);
    const inputs = [`${folder}/b.txt`, `${folder}/c.dat`, `${folder}/*.txt`, `${folder}/./b.txt`];
    assertEquals(await expand(inputs), [
      `${folder}/b.txt`,
      `${folder}/c.dat`,
      `${folder}/a.txt`,
    ]);
  });
});

Deno.test("by content, subfolders are searched too, and what is passed over is told", async () => {
  await withFolder(["b", "a.pdf", "z.TXT"], async (folder) => {
    await Deno.mkdir(`${folder}/c/d`, { recursive: true });
    await Deno.writeTextFile(`${folder}/c/d/e.csv`, "c/d/e.csv");
    if (has("links")) await Deno.symlink(folder, `${folder}/c/up`);
    const byContent = {
      reasonAgainst: async (path: string) =>
        (await Deno.readTextFile(path)).endsWith(".pdf") ? "is a PDF" : undefined,
      subfolders: true,
    };
    const { paths, passedOver } = await expandInputFiles([folder], byContent);
    assertEquals(paths, ["b", "c/d/e.csv", "z.TXT"].map((each) => `${folder}/${each}`));
    assertEquals(passedOver, [{ file: `${folder}/a.pdf`, reason: "is a PDF" }]);
    assertEquals(await expand([`${folder}/c*`], byContent), [`${folder}/c/d/e.csv`]);
    const nothing = () => expand([`${folder}/a*`], byContent);
    const error = await assertRejects(nothing, SourceError);
    assertEquals(error.code, "no_files_matched");
    assert(error.hint?.includes("a.pdf (is a PDF)"));
  });
});

testNeeding("names", "a name with a star that exists is that file", async () => {
  await withFolder(["a*.txt", "ab.txt"], async (folder) => {
    assertEquals(await expand([`${folder}/a*.txt`]), [`${folder}/a*.txt`]);
  });
});

Deno.test("an input that gives nothing is refused by name", async () => {
  await withFolder(["a.pdf"], async (folder) => {
    const refused = async (input: string) =>
      (await assertRejects(() => expand([input]), SourceError)).code;
    assertEquals(await refused(`${folder}/none.txt`), "file_not_found");
    assertEquals(await refused(`${folder}/a.pdf/x.txt`), "file_not_found");
    assertEquals(await refused(`${folder}/none/*.txt`), "file_not_found");
    assertEquals(await refused(`${folder}/n*e/a.pdf`), "file_not_found");
    assertEquals(await refused(folder), "no_files_matched");
    assertEquals(await refused(`${folder}/*.txt`), "no_files_matched");
    if (has("deviceFiles")) assertEquals(await refused("/dev/null"), "not_a_regular_file");
    if (!has("links")) return;
    await Deno.symlink(`${folder}/gone`, `${folder}/COTAHIST.TXT`);
    // Such a name is taken, and the file fails alone.
    assertEquals(await expand([folder]), [`${folder}/COTAHIST.TXT`]);
  });
});

Deno.test({
  name: "without the right to read, the error says so",
  permissions: { read: false },
  fn: async () => {
    const error = await assertRejects(() => expand(["x.txt"]), SourceError);
    assertEquals(error.code, "file_unreadable");
    assert(error.hint?.includes("--allow-read"));
  },
});

Deno.test("every kind of file error has its code", () => {
  const code = (error: unknown) => fileError("x", error).code;
  assertEquals(code(new Deno.errors.NotFound()), "file_not_found");
  assertEquals(code(new Deno.errors.PermissionDenied()), "file_unreadable");
  assertEquals(code(new Deno.errors.NotCapable()), "file_unreadable");
  assertEquals(code(new Deno.errors.IsADirectory()), "is_a_directory");
  assertEquals(code(Object.assign(new Error(), { code: "ENOENT" })), "file_not_found");
  assertEquals(code(Object.assign(new Error(), { code: "EACCES" })), "file_unreadable");
  assertEquals(code(Object.assign(new Error(), { code: "EISDIR" })), "is_a_directory");
  assertEquals(code(new Error("I/O error")), "file_read_failed");
  assertEquals(code("odd"), "file_read_failed");
  const known = new SourceError("mine", "mine");
  assert(fileError("x", known) === known);
});

Deno.test("the last part of a path, with either slash", () => {
  assertEquals(["a/b.txt", "c:\\d\\e.txt", "f.txt", "g/"].map(baseName), [
    "b.txt",
    "e.txt",
    "f.txt",
    "",
  ]);
});

Deno.test("progress is reported at once and then ten times per second at most", () => {
  const reported: number[] = [];
  let now = 0;
  const report = throttledProgress((progress) => reported.push(progress.rows), () => now);
  for (let rows = 0; rows < 100; rows++) {
    report({ label: "a.csv", bytesDone: 0, bytesTotal: 0, rows });
    now += PROGRESS_INTERVAL_MS / 4;
  }
  assertEquals(reported, Array.from({ length: 25 }, (_, i) => i * 4));
});

Deno.test("without anyone to report to, nothing happens", () => {
  const report = throttledProgress(undefined, () => {
    throw new Error("the clock was read");
  });
  report({ label: "a.csv", bytesDone: 0, bytesTotal: 0, rows: 0 });
});
