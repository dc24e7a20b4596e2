import { assertEquals } from "../assert.ts";
import { startFakeReceiver } from "../fake/receiver.ts";
import { Workspace } from "./workspace.ts";

Deno.test("what needs no network keeps the right to it for its receiver alone", async () => {
  await using space = await Workspace.create();
  await using receiver = await startFakeReceiver();
  space.write("A.csv", "nothing of use\n");
  const run = ["ingest", "--source", "csv", "--file", "A.csv", "--ticker", "A"];
  for (const args of [run, ["db", "verify", "--db", "no.db"]]) {
    for (const url of ["none", receiver.url]) {
      const { code } = await space.spawn(args, { env: { TICKERLOCK_NOTIFY: url } });
      assertEquals(code, 1);
    }
  }
  assertEquals(receiver.received.map(({ json }) => json?.command), ["ingest", "db verify"]);
});
