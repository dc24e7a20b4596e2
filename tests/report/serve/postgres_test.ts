import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { inProcess } from "../../cli/in_process.ts";
import { SAMPLE } from "../../e2e/program.ts";
import { newUrl } from "../../store/postgres/places.ts";
import { ServedPlace } from "./place.ts";

Deno.test("a database on a server is shown alike, and who listens is told when a run commits", async () => {
  const url = await newUrl();
  const ingest = async (ticker: string) => {
    const line = ["ingest", "--source", "cotahist", "--file", SAMPLE, "--ticker", ticker];
    const { code, stderr } = await inProcess([...line, "--db", url]);
    assertEquals(code, 0, stderr);
  };
  await ingest("EXMA3.SA");
  await using place = await ServedPlace.start({}, url);
  await place.enter();
  const page = await place.ask("/ticker/EXMA3.SA");
  assertMatch(page.text, /<h1>EXMA3\.SA<\/h1>/);
  const version = await place.version();
  await using listener = await place.listen(version);
  await ingest("EXMB4.SA");
  assert(await listener.next() !== version);
  for (;;) {
    // Its beginning is told, too.
    const { text } = await place.ask("/ticker/EXMB4.SA");
    if (text.includes("<td>success")) break;
    assert(await listener.next());
  }
  assertStringIncludes((await place.ask("/failure/failed")).text, "no such page");
  assertStringIncludes((await place.ask("/metrics")).text, 'ticker="EXMB4.SA"');
  assertEquals(place.errors, []);
});
