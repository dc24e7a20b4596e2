import { type Placed, placeProblems } from "../../src/systemd/places.ts";
import { assertEquals, assertMatch } from "../assert.ts";

const UNIT: Placed = {
  scope: "system",
  user: null,
  exec: "/usr/bin/env",
  tickersFile: null,
  config: null,
  extra: [],
};

function problems(over: Partial<Placed>, missing: readonly string[] = []): string[] {
  return placeProblems({ ...UNIT, ...over }, (path) => !missing.includes(path));
}

Deno.test("nothing is said of what works", () => {
  assertEquals(problems({}), []);
  assertEquals(problems({ tickersFile: "/etc/tickerlock/a.txt" }), []);
  assertEquals(problems({ user: "ana", tickersFile: "/home/ana/a.txt", exec: "/home/ana/tl" }), []);
  assertEquals(problems({ scope: "user", tickersFile: "/home/ana/a.txt" }), []);
  assertEquals(problems({ user: "ana", extra: ["--db", "/srv/x.db"] }), []);
  assertEquals(problems({ extra: ["--db", "/var/lib/tickerlock/x.db", "--lock-dir", "l"] }), []);
});

Deno.test("home folders, which the service's user cannot enter, are told with the remedy", () => {
  for (
    const over of [
      { tickersFile: "/home/x/t.txt" },
      { tickersFile: "/root/t.txt" },
      { exec: "/home/x/tl" },
      { extra: ["--file", "/home/x/data"] },
      { extra: ["--db=/home/x/x.db"] },
      { user: "ana", tickersFile: "/home/x/t.txt" },
    ]
  ) {
    const [only, ...more] = problems(over);
    assertMatch(only ?? "", /^\/(home|root).* is in a home folder.*--user$/, JSON.stringify(over));
    assertEquals(more, []);
  }
});

Deno.test("what is in /tmp, missing or not to be written is told", () => {
  assertMatch(problems({ extra: ["--db", "/tmp/x.db"] })[0] ?? "", /^\/tmp\/x.db cannot be seen/);
  assertMatch(
    problems({ exec: "/none/such" }, ["/none/such"])[0] ?? "",
    /^\/none\/such is not there/,
  );
  const made = problems({ extra: ["--db", "/srv/x.db", "--lock-dir", "/srv/l"] }, ["/srv/l"]);
  assertMatch(made[0] ?? "", /^\/srv has to be writable .*--user$/);
  assertMatch(made[1] ?? "", /^\/srv\/l has to be there, and has to be writable .*--user$/);
  const raw = { extra: ["--save-raw", "/srv/raw"] };
  assertMatch(problems({ ...raw, scope: "user" }, ["/srv/raw"])[0] ?? "", /^\/srv\/raw has to be/);
  assertMatch(problems({ ...raw, user: "ana" }, ["/srv/raw"])[0] ?? "", /has to be user ana's/);
});
