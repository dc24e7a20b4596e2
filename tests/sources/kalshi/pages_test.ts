import { SourceError } from "../../../src/base/errors.ts";
import type { Ask } from "../../../src/sources/kalshi/api.ts";
import { readPages } from "../../../src/sources/kalshi/pages.ts";
import { assertEquals, assertRejects } from "../../assert.ts";

const LIST = { path: "/markets", field: "markets", query: {}, cursor: null } as const;

/** Reads pages to the end, of a service that answers with them as long as it is asked. */
async function readAll(pageOf: (number: number) => object): Promise<number> {
  let pages = 0;
  const get: Ask = async (_request, schema) => {
    const page = pageOf(pages);
    const checked = await schema["~standard"].validate(page);
    if (checked.issues !== undefined) throw new TypeError("no page");
    return { value: checked.value, text: JSON.stringify(page) };
  };
  for await (const _ of readPages({ get }, LIST)) pages++;
  return pages;
}

Deno.test("a list without an end is left after 10,000 pages, with rows and without", async () => {
  assertEquals(await readAll((n) => ({ markets: [{}], cursor: n < 3 ? `c${n}` : "" })), 4);
  for (const markets of [[{}], []]) {
    const endless = () => readAll((n) => ({ markets, cursor: `c${n}` }));
    const error = await assertRejects(endless, SourceError);
    assertEquals(error.code, "endless_list");
  }
});
