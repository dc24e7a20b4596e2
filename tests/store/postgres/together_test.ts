import { Together } from "../../../src/store/postgres/together.ts";
import { assertEquals, assertRejects } from "../../assert.ts";

/** Runs that wait until they are let go, and what each had. */
function held(most?: number) {
  const taken: (readonly string[])[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const together = new Together<string, string>(
    async (items) => {
      taken.push(items());
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      if (items().includes("bad")) throw new Error("refused");
      return items().map((item) => item.toUpperCase());
    },
    most,
    (item) => item.length,
  );
  return { together, taken, gates };
}

Deno.test("what is asked for at once or while others are taken is answered in order", async () => {
  const taken: number[][] = [];
  const ready = Promise.withResolvers<void>();
  const together = new Together<number, number>(async (items) => {
    await ready.promise;
    taken.push([...items()]);
    return items().map((item) => item * 10);
  });
  const answers = Promise.all([1, 2, 3].map((item) => together.ask(item)));
  ready.resolve();
  assertEquals(await answers, [10, 20, 30]);
  assertEquals(await together.ask(4), 40);
  assertEquals(taken, [[1, 2, 3], [4]]);
});

Deno.test("no more is taken at once than the bound, but one in any case", async () => {
  const { together, taken, gates } = held(4);
  const answers = Promise.all(["a", "bbb", "cc", "dddddd"].map((item) => together.ask(item)));
  for (let at = 0; at < 4; at++) gates[at]?.resolve();
  assertEquals(await answers, ["A", "BBB", "CC", "DDDDDD"]);
  assertEquals(taken, [["a"], ["bbb"], ["cc"], ["dddddd"]]);
  const later = held(4);
  const begun = new Together<string, string>(
    async (items) => {
      await Promise.resolve();
      later.taken.push(items());
      return [...items()];
    },
    4,
    (item) => item.length,
  );
  await Promise.all(["a", "bbb", "cc", "dddddd"].map((item) => begun.ask(item)));
  assertEquals(later.taken, [["a", "bbb"], ["cc"], ["dddddd"]]);
});

Deno.test("a failure is that of those who were taken together, and of no other", async () => {
  const { together, gates } = held();
  const bad = together.ask("bad");
  const good = together.ask("good");
  gates[0]?.resolve();
  gates[1]?.resolve();
  await assertRejects(() => bad, Error, "refused");
  assertEquals(await good, "GOOD");
});

Deno.test("where nothing could be taken, all who wait hear why", async () => {
  const together = new Together<string, string>(async () => {
    await Promise.resolve();
    throw new Error("no connection");
  });
  const both = [together.ask("a"), together.ask("b")];
  for (const each of both) await assertRejects(() => each, Error, "no connection");
});
