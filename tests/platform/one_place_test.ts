import { assertEquals } from "../assert.ts";
import { projectPath } from "../e2e/program.ts";

const ASKS = /Deno\.build\.os|process\.platform|\bplatform\(\)|navigator\.platform/;

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sources(`${folder}/${name}`);
    else if (name.endsWith(".ts")) yield `${folder}/${name}`;
  }
}

Deno.test("one file asks which system this is", () => {
  const root = projectPath("src");
  const asking = [...sources(root)].filter((path) => ASKS.test(Deno.readTextFileSync(path)));
  assertEquals(asking.map((path) => path.slice(root.length)), ["/platform/os.ts"]);
});
