import config from "../../deno.json" with { type: "json" };
import { programPackages } from "../../scripts/bundle.ts";
import { notesOf } from "../../scripts/release_notes.ts";
import { HOMEPAGE } from "../../scripts/project.ts";
import {
  complete,
  type Document,
  hashOf,
  insideOf,
  manifest,
  runtimeComponents,
} from "../../scripts/sbom.ts";
import { assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { textOf } from "../pages.ts";

Deno.test("the notes of a release are its part of the changelog", () => {
  const text =
    "# C\n\n## [1.1.0] - 2026-02-01\n\n### Added\n\n- b\n\n## [1.0.0] - Unreleased\n\n- a\n";
  assertEquals(notesOf(text, "1.1.0"), "### Added\n\n- b");
  assertThrows(() => notesOf(text, "1.0.0"), Error, "no date");
  assertThrows(() => notesOf(text, "1.1"), Error, "nothing about");
  assertThrows(() => notesOf("## [2.0.0] - 2026-02-01\n\n", "2.0.0"), Error, "says nothing");
});

const LINE = "-".repeat(80);

/** A text of licences as the build writes it. */
function licencesOf(...heads: readonly string[]): string {
  const runtime = "Deno 2.0.1 is the runtime inside, under the MIT licence";
  return ["tickerlock\n\nMIT", runtime, ...heads.map((head) => `${head}\n\nMIT`)]
    .join(`\n\n${LINE}\n\n`);
}

Deno.test("the document of what is inside begins with what the licences name", () => {
  const heads = ["yauzl 3.4.0", "pend 1.2.0", "@a/b 1.0.0-rc.1", "c 2.0.0+build.5"];
  const { deno, packages } = insideOf(licencesOf(...heads));
  const ids = ["yauzl@3.4.0", "pend@1.2.0", "@a/b@1.0.0-rc.1", "c@2.0.0+build.5"];
  assertEquals([deno, [...packages]], ["2.0.1", ids]);
  assertEquals(manifest(packages), {
    name: "tickerlock",
    version: config.version,
    license: "MIT",
    dependencies: { yauzl: "3.4.0" },
    overrides: { pend: "1.2.0", "@a/b": "1.0.0-rc.1", c: "2.0.0+build.5" },
  });
});

Deno.test("nothing that is inside is dropped: what cannot be read is an error", () => {
  for (const head of ["a", "a b c", "a next", "", "a/b/c 1.0.0"]) {
    assertThrows(() => insideOf(licencesOf("yauzl 3.4.0", head)), Error, JSON.stringify(head));
  }
  assertThrows(() => insideOf("tickerlock\n\nMIT\n"), Error, "no runtime");
});

Deno.test("the document names the runtime, whose it is, and the checksums of the lock file", () => {
  const component = {
    type: "library",
    group: "@a",
    name: "b",
    version: "1.0.0",
    "bom-ref": "b",
    purl: "pkg:npm/%40a/b@1.0.0",
  };
  const subject = { ...component, name: "tickerlock", version: "0.2.0", "bom-ref": "t" };
  const made: Document = {
    metadata: { component: subject },
    components: [component],
    dependencies: [{ ref: "b" }, { ref: "t", dependsOn: ["b"] }],
  };
  const integrity = `sha512-${new Uint8Array(64).fill(10).toBase64()}`;
  const runtime = runtimeComponents();
  const document = complete(made, runtime, { "@a/b@1.0.0": { integrity } });
  const { purl } = document.metadata.component;
  assertEquals(purl, `pkg:github/${new URL(HOMEPAGE).pathname.slice(1)}@v0.2.0`);
  const hashes = [{ alg: "SHA-512", content: "0a".repeat(64) }];
  assertEquals(document.components, [{ ...component, hashes }, ...runtime]);
  const { deno, v8 } = Deno.version;
  assertEquals(runtime.map(({ purl }) => purl).slice(0, 2), [
    `pkg:github/denoland/deno@v${deno}`,
    `pkg:generic/v8@${v8}`,
  ]);
  assertMatch(runtime[2]?.purl ?? "", /^pkg:generic\/sqlite@3\.\d+\.\d+$/);
  const [d, ...parts] = runtime.map((each) => each["bom-ref"]);
  assertEquals(document.dependencies, [
    { ref: "t", dependsOn: ["b", d ?? ""] },
    { ref: "b" },
    { ref: d ?? "", dependsOn: parts },
    ...parts.map((ref) => ({ ref })),
  ]);
  for (const locked of [{}, { "@a/b@1.0.0": {} }, { "@a/b@1.0.0": { integrity: "sha1-x" } }]) {
    assertThrows(() => complete(made, runtime, locked), Error, "deno.lock has no SHA-512 of @a/b");
  }
});

Deno.test("deno.lock has the checksum of each package of the program", async () => {
  const { npm } = JSON.parse(textOf("deno.lock"));
  const ids = (await programPackages()).map((id) => id.replace(/\/([^/]*)$/, "@$1"));
  assertEquals(ids.filter((id) => id.startsWith("pg-pool@")).length, 1);
  for (const id of ids) assertMatch(hashOf(id, npm).content, /^[0-9a-f]{128}$/, id);
});
