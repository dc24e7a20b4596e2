import { ServiceNotifier, watchdogMs } from "../../src/collect/notify.ts";
import { assertEquals } from "../assert.ts";

type Variables = Readonly<Record<string, string | undefined>>;

function environment(variables: Variables): (name: string) => string | undefined {
  return (name) => variables[name];
}

/** A notifier whose messages are kept. */
function heard(over: Variables = {}) {
  const messages: string[] = [];
  let opened = 0;
  let closed = 0;
  const notifier = new ServiceNotifier(
    environment({ NOTIFY_SOCKET: "/run/notify", ...over }),
    () => {
      opened++;
      return {
        send: (message) => Promise.resolve(void messages.push(message)),
        close: () => void closed++,
      };
    },
  );
  return { notifier, messages, opened: () => opened, closed: () => closed };
}

Deno.test("what systemd is told, in order, each status once", async () => {
  const { notifier, messages, opened, closed } = heard();
  notifier.extendStart(360.5);
  notifier.extendStart(Infinity);
  notifier.status("initial\nsync");
  notifier.status("initial sync");
  notifier.ready();
  notifier.reloading();
  notifier.ready();
  notifier.status("x".repeat(1000));
  void notifier.stopping();
  await notifier.stopping();
  assertEquals(messages, [
    "EXTEND_TIMEOUT_USEC=360500000",
    "EXTEND_TIMEOUT_USEC=31622400000000",
    "STATUS=initial sync",
    "READY=1",
    "RELOADING=1",
    "READY=1",
    `STATUS=${"x".repeat(300)}`,
    "STOPPING=1",
  ]);
  assertEquals({ opened: opened(), closed: closed() }, { opened: 1, closed: 0 });
  notifier[Symbol.dispose]();
  assertEquals(closed(), 1);
});

Deno.test("without a socket to tell, nothing is opened", async () => {
  for (const name of [undefined, "", "vsock:2:1234", "relative/path"]) {
    let opened = 0;
    using notifier = new ServiceNotifier(environment({ NOTIFY_SOCKET: name }), () => {
      opened++;
      throw new Error("not to be opened");
    });
    notifier.ready();
    notifier.status("idle");
    notifier.alive(0);
    await notifier.stopping();
    assertEquals(opened, 0);
    assertEquals(notifier.feedEveryMs, Infinity);
  }
});

Deno.test("a sign of life goes out at half of what the watchdog allows, once ready", async () => {
  const { notifier, messages } = heard({ WATCHDOG_USEC: "20000000" });
  assertEquals(notifier.feedEveryMs, 10_000);
  notifier.alive(0);
  notifier.ready();
  // A loop that goes round each second.
  for (let second = 1; second <= 40; second++) notifier.alive(second * 1000);
  await notifier.stopping();
  const beats = messages.filter((message) => message === "WATCHDOG=1").length;
  assertEquals({ first: messages[0], beats }, { first: "READY=1", beats: 5 });
  notifier[Symbol.dispose]();
});

Deno.test("a watchdog for another process, or none, wants nothing", () => {
  const set = (WATCHDOG_USEC: string | undefined, WATCHDOG_PID?: string) =>
    watchdogMs(environment({ WATCHDOG_USEC, WATCHDOG_PID }), 42);
  assertEquals([set("3000000"), set("3000000", "42"), set("3000000", "")], [3000, 3000, 3000]);
  const none = [set("3000000", "43"), set(undefined), set("0"), set("soon"), set("-1")];
  assertEquals(none, Array(5).fill(Infinity));
});

Deno.test("what cannot be sent never throws, and is tried again the next time", async () => {
  let tries = 0;
  using notifier = new ServiceNotifier(environment({ NOTIFY_SOCKET: "@gone" }), () => {
    tries++;
    throw new Error("no such socket");
  });
  notifier.ready();
  notifier.status("idle");
  await notifier.stopping();
  assertEquals(tries, 3);
});
