import { UsageError } from "../../src/base/errors.ts";
import { parseReceiver, shownReceiver, shownReceiverText } from "../../src/notify/receiver.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";

Deno.test("the kind of a receiver is what stands before its address", () => {
  const kinds: [string, string | undefined][] = [
    ["https://hooks.example.com/services/T0/SECRET", "webhook"],
    ["http://127.0.0.1:9000", "webhook"],
    ["ntfy+https://ntfy.sh/SECRET-topic", "ntfy"],
    ["ntfy+https://me:SECRET@ntfy.example.com/topic", "ntfy"],
    ["healthchecks+https://hc-ping.com/SECRET", "healthchecks"],
    [" none ", undefined],
  ];
  for (const [text, kind] of kinds) {
    assertEquals(parseReceiver(text, "--notify")?.kind, kind, text);
    assert(!shownReceiverText(text).includes("SECRET"), text);
  }
  assertEquals(
    shownReceiver({ kind: "ntfy", url: "https://me:SECRET@ntfy.example.com/topic?x=SECRET" }),
    "ntfy+https://ntfy.example.com/…",
  );
});

Deno.test("what could be meant otherwise is refused, and the value is not shown", () => {
  const refused: [string, RegExp][] = [
    ["", /no address of a receiver/],
    ["SECRET", /no address of a receiver/],
    ["ftp://x.example/SECRET", /no address of a receiver/],
    ["slack+https://x.example/SECRET", /no address of a receiver/],
    ["https://", /no address of a receiver/],
    ["https://ntfy.sh/SECRET", /ntfy\.sh takes no messages of a webhook/],
    ["https://hc-ping.com/SECRET", /hc-ping\.com takes no messages of a webhook/],
    ["ntfy+https://hc-ping.com/SECRET", /takes no messages of a ntfy/],
    ["ntfy+https://ntfy.sh", /names no topic/],
    ["healthchecks+https://hc.example", /names no check/],
  ];
  for (const [text, why] of refused) {
    const error = assertThrows(() => parseReceiver(text, "--notify"), UsageError);
    assertMatch(error.message, why);
    const all = error.message + error.hint + JSON.stringify(error.details);
    assert(!all.includes("SECRET"), all);
    assertEquals(shownReceiverText(text), "***");
  }
});
