import { assertEquals } from "../../assert.ts";
import { projectPath } from "../../e2e/program.ts";

/** Numbers made into text by other means than the forms that all commands share. */
const FORMS = /\.toFixed\(|\.toLocaleString\(|\.toPrecision\(|Intl\.NumberFormat/;

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sources(`${folder}/${name}`);
    else if (name.endsWith(".ts")) yield `${folder}/${name}`;
  }
}

/** A noun that does not say how many, and a size that is not grouped. */
const UNCOUNTED = /\w\(s\)[^(]*[`"]|\$\{[\w.]*(?:bytes|size|length)\} bytes`/i;

Deno.test("a number stands before its noun as people write it", () => {
  const lines = [...sources(projectPath("src"))].flatMap((path) =>
    Deno.readTextFileSync(path).split("\n").filter((line) => UNCOUNTED.test(line))
  );
  assertEquals(lines, []);
});

Deno.test("one file says how lengths of time, sizes and percentages look", () => {
  const root = projectPath("src");
  const forming = [...sources(root)].filter((path) => {
    const code = Deno.readTextFileSync(path).replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, "");
    return FORMS.test(code);
  });
  assertEquals(forming.map((path) => path.slice(root.length)), ["/base/text.ts"]);
});
