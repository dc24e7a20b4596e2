import { assertEquals } from "../assert.ts";
import { cellsBelow, textOf } from "../pages.ts";
import { FAULTS } from "./receiver.ts";

Deno.test("the table of a receiver's faults in README.md is complete and true", () => {
  const rows = cellsBelow(textOf("tests/fake/README.md"), "## Faults of a receiver");
  const known = Object.entries(FAULTS).map(([name, { about }]) => [`\`${name}\``, about]);
  assertEquals(rows.map(([name, about]) => [name, about]), known);
});
