import { resetSync } from "@logtape/logtape";
import { runProgram } from "../../src/cli/program.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { Captured, inSpace } from "../cli/in_process.ts";
import { testNeeding } from "../system.ts";
import { inside } from "./db_tools.ts";
import { errorOf, prepared } from "./prepared.ts";
import { Running, SAMPLE } from "./program.ts";
import { waitFor } from "./wait_for.ts";

const LINK = /^http:\/\/127\.0\.0\.1:\d+\/enter\?key=[\w-]{43}$/m;

testNeeding(
  "signals",
  "a page changes when a run commits, until a signal ends the server",
  async () => {
    await using space = await prepared();
    await using running = new Running(["serve", "-q", "--port", "0"], inside(space));
    await waitFor("a link", () => LINK.test(running.describe()));
    const [link = ""] = LINK.exec(running.describe()) ?? [];
    const entered = await fetch(link, { redirect: "manual" });
    const cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
    await entered.body?.cancel();
    const ask = (path: string) => fetch(new URL(path, link), { headers: { cookie } });
    const before = await (await ask("/ticker/EXMA3.SA")).text();
    const version = /data-version="([^"]+)"/.exec(before)?.[1] ?? "";
    const events = (await ask(`/events?since=${version}`)).body?.pipeThrough(
      new TextDecoderStream(),
    );
    assert(events);
    assertEquals((await space.cotahist(SAMPLE)).code, 0);
    let after = before;
    let isEnded = true;
    for await (const each of events) {
      if (!each.includes("event: change")) continue;
      after = await (await ask("/ticker/EXMA3.SA")).text();
      if (after.match(/<td>success/g)?.length !== 2) continue;
      // The stream goes on until the server ends it.
      isEnded = false;
      break;
    }
    assertEquals(isEnded, false);
    assertEquals(before.match(/<td>success/g)?.length, 1);
    const open = (await ask(`/events?since=x`)).body;
    running.kill("SIGTERM");
    const { code, stdout, stderr } = await running.outcome();
    assertEquals([code, stderr], [143, ""]);
    assertEquals(stdout.match(new RegExp(LINK, "gm"))?.length, 2);
    await new Response(open).text();
  },
);

Deno.test("a port that another program has is refused", async () => {
  await using space = await prepared();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const refused = await inSpace(space, ["serve", "--port", String(port)]);
  assertEquals(refused.code, 1);
  const { code, message, hint } = errorOf(refused);
  assertEquals(
    [code, message],
    ["port_unusable", `could not listen at 127.0.0.1:${port}: another program has this port`],
  );
  assertStringIncludes(hint, "--port 0");
});

testNeeding("signals", "once the port is open, the network is given up", async () => {
  await using space = await prepared();
  const captured = new Captured();
  const served = runProgram(["serve", "--port", "0", "--db", space.db], captured.io);
  await waitFor("a link", () => LINK.test(captured.stdout));
  assertEquals(captured.givenUp, ["net"]);
  Deno.kill(Deno.pid, "SIGTERM");
  assertEquals(await served, 143);
  resetSync();
  assertEquals(space.names(), ["prices.db"]);
});

testNeeding(
  "signals",
  "a server that can accept no more connections ends with an error that tells why",
  async () => {
    await using space = await prepared();
    const prefix = ["sh", "-c", 'unset NODE_EXTRA_CA_CERTS; ulimit -n 100; exec "$0" "$@"'];
    const place = { ...inside(space), prefix };
    await using running = new Running(["serve", "-q", "--port", "0"], place);
    await waitFor("a link", () => LINK.test(running.describe()));
    const { port } = new URL(LINK.exec(running.describe())?.[0] ?? "");
    const open: Deno.Conn[] = [];
    // Until the port is closed: those that wait to be accepted are let in by the system.
    for (let isOpen = true; isOpen;) {
      await Deno.connect({ hostname: "127.0.0.1", port: Number(port) }).then(
        (each) => void open.push(each),
        () => isOpen = false,
      );
    }
    // Deno 2.7 tells of it when the connections are gone.
    for (const each of open) each.close();
    const outcome = await running.outcome();
    assertEquals(outcome.code, 1, outcome.stderr);
    const { code, message, hint } = errorOf(outcome);
    assertEquals(code, "port_failed");
    assertStringIncludes(message.toLowerCase(), "too many open files");
    assertStringIncludes(hint, "ulimit -n");
  },
);
