import config from "../../deno.json" with { type: "json" };
import { notesOf } from "../../scripts/release_notes.ts";
import { manifest, packagesOf } from "../../scripts/sbom.ts";
import { assertEquals, assertThrows } from "../assert.ts";

Deno.test("the notes of a release are its part of the changelog", () => {
  const text =
    "# C\n\n## [1.1.0] - 2026-02-01\n\n### Added\n\n- b\n\n## [1.0.0] - Unreleased\n\n- a\n";
  assertEquals(notesOf(text, "1.1.0"), "### Added\n\n- b");
  assertThrows(() => notesOf(text, "1.0.0"), Error, "no date");
  assertThrows(() => notesOf(text, "1.1"), Error, "nothing about");
  assertThrows(() => notesOf("## [2.0.0] - 2026-02-01\n\n", "2.0.0"), Error, "says nothing");
});

Deno.test("the document of what is inside begins with what the licences name", () => {
  const line = "-".repeat(80);
  const inside = packagesOf(`x\n\n${line}\n\nyauzl 3.4.0\n\nMIT\n\n${line}\n\npend 1.2.0\n\nMIT\n`);
  assertEquals([...inside], ["yauzl@3.4.0", "pend@1.2.0"]);
  assertEquals(manifest(inside), {
    name: "tickerlock",
    version: config.version,
    license: "MIT",
    dependencies: { yauzl: "3.4.0" },
    overrides: { pend: "1.2.0" },
  });
});
