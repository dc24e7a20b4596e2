import {
  type AcquireOptions,
  checkOptions,
  lockIdentity,
  lockPath,
  lockTarget,
  tickerTarget,
} from "../../src/lock/target.ts";
import {
  acquireAll,
  acquireJobLock,
  acquireTickerLock,
  inspectLock,
  jobTarget,
  releaseLock,
} from "../../src/lock/mod.ts";
import { UsageError } from "../../src/base/errors.ts";
import { assertEquals, assertHas, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { test } from "./lock_folder.ts";
import { has } from "../system.ts";
import { foldName } from "../../src/platform/names.ts";

Deno.test("a ticker's file is its canonical name", () => {
  assertEquals(tickerTarget(" petr4.sa\n"), {
    name: "PETR4.SA",
    fileName: "PETR4.SA.lock",
    defaultTimeoutSeconds: 120,
  });
  assertEquals(tickerTarget("A".repeat(64)).fileName.length, 69);
});

Deno.test("a job's file begins with a dot, with and without one in its name", () => {
  const target = { name: ".nightly", fileName: ".nightly.lock", defaultTimeoutSeconds: 300 };
  assertEquals([jobTarget("nightly"), jobTarget(".nightly")], [target, target]);
  assertEquals(lockTarget(" .nightly "), target);
  assertEquals(lockTarget("nightly").name, "NIGHTLY");
});

Deno.test("other characters are escaped in the name of the file", () => {
  const files: Readonly<Record<string, string>> = {
    "^BVSP": "^BVSP.lock",
    "BRL=X": "BRL=X.lock",
    "_A-5.": "_A-5..lock",
    "M&M.NS": "M%26M.NS.lock",
    "BTC/USDT": "BTC%2FUSDT.lock",
    "BVMF:PETR4": "BVMF%3APETR4.lock",
    "BRK B": "BRK%20B.lock",
    "50%25": "50%2525.lock",
    "É": "%C3%89.lock",
    "CON.DE": "%43ON.DE.lock",
  };
  for (const [name, fileName] of Object.entries(files)) {
    assertHas(tickerTarget(name), { name, fileName });
  }
});

Deno.test("no name of a file is too long", () => {
  // Three bytes for each of 64.
  assertEquals(tickerTarget(`A${"&".repeat(63)}`).fileName.length, 1 + 63 * 3 + 5);
  assertEquals(tickerTarget("币".repeat(27)).fileName.length, 27 * 9 + 5);
  const message = "the name of its lock file would have 252 bytes, 243 at most";
  assertThrows(() => tickerTarget("币".repeat(28)), UsageError, message);
});

Deno.test("names that cannot be files, or not only one, are refused", () => {
  const long = "A".repeat(65);
  for (const ticker of ["", " ", "a,b", "../x", ".X", "???", "A\0", "A\u202eB", "Ａ", long]) {
    assertEquals(assertThrows(() => tickerTarget(ticker), UsageError).code, "bad_ticker");
  }
  for (const job of ["", ".", "..", "Nightly", "a.b", "-a", "_a", "a/b", "é", long.toLowerCase()]) {
    assertEquals(assertThrows(() => jobTarget(job), UsageError).code, "bad_job_name");
  }
});

Deno.test("options are checked by name, with the value", async () => {
  const bad: readonly [unknown, typeof TypeError | typeof RangeError, string][] = [
    [null, TypeError, "'options' must be an object: current value is null"],
    ["wait", TypeError, "'options' must be an object: current value is wait"],
    [{ timeoutSeconds: "5" }, TypeError, "'timeoutSeconds' must be a number: current value is 5"],
    [
      { timeoutSeconds: null },
      TypeError,
      "'timeoutSeconds' must be a number: current value is null",
    ],
    [{ timeoutSeconds: -1 }, RangeError, "'timeoutSeconds' must be 0 or more: current value is -1"],
    [
      { timeoutSeconds: NaN },
      RangeError,
      "'timeoutSeconds' must be 0 or more: current value is NaN",
    ],
    [{ wait: "no" }, TypeError, "'wait' must be a boolean: current value is no"],
    [{ lockDir: "" }, TypeError, "'lockDir' must be a path: current value is "],
    [{ lockDir: 5 }, TypeError, "'lockDir' must be a path: current value is 5"],
    [{ command: 5 }, TypeError, "'command' must be a string: current value is 5"],
    [{ jobId: null }, TypeError, "'jobId' must be a string: current value is null"],
    [{ onWait: "f" }, TypeError, "'onWait' must be a function: current value is f"],
    [
      { signal: {} },
      TypeError,
      "'signal' must be an AbortSignal: current value is [object Object]",
    ],
    [{ task: "t" }, TypeError, "'task' must be an object: current value is t"],
    [{ task: null }, TypeError, "'task' must be an object: current value is null"],
  ];
  for (const [options, type, text] of bad) {
    const given = options as AcquireOptions;
    const message = `Cannot acquire a lock as ${text}`;
    assertEquals(assertThrows(() => checkOptions(given), type).message, message);
    // All report it as a rejection, and before anything is touched.
    for (const take of [acquireTickerLock, acquireJobLock]) {
      assertEquals((await assertRejects(() => take("x", given), type)).message, message);
    }
    assertEquals((await assertRejects(() => acquireAll(["x"], given), type)).message, message);
  }
  checkOptions({});
  checkOptions({ timeoutSeconds: 0, wait: false, lockDir: "x", task: () => {}, jobId: "" });
  checkOptions({ timeoutSeconds: Infinity, signal: AbortSignal.abort(), onWait: () => {} });
});

Deno.test("the path of a lock file does not depend on trailing slashes", () => {
  assertEquals(lockPath("locks", "A.lock"), "locks/A.lock");
  assertEquals(lockPath("locks//", "A.lock"), "locks/A.lock");
  assertEquals(lockPath("/srv/x/", "A.lock"), "/srv/x/A.lock");
  assertEquals(lockPath("/", "A.lock"), "/A.lock");
  assertEquals(lockPath(".", "A.lock"), "./A.lock");
});

test("one file has one identity, however its folder is spelled", ({ lockDir, path }) => {
  Deno.mkdirSync(lockDir);
  const link = has("links") ? [`${path}/link`] : [];
  for (const each of link) Deno.symlinkSync(lockDir, each);
  const identity = lockIdentity(lockDir, "A.lock");
  for (const other of [`${lockDir}/`, `${lockDir}/.`, ...link, `${path}/locks/../locks`]) {
    assertEquals(lockIdentity(other, "A.lock"), identity);
  }
  // A folder that cannot be made has no real path; that is said when the file is opened.
  assertEquals(lockIdentity("/dev/null/x", "A.lock"), foldName("/dev/null/x/A.lock"));
});

test("two spellings of one file queue under one key where they are one file", ({ folder }) => {
  const keyOf = (name: string, os: typeof Deno.build.os) =>
    lockIdentity(folder.path, name, "private", os);
  const spellings = [".prices.json.lock", ".Prices.JSON.lock"] as const;
  for (const os of ["linux", "darwin", "windows"] as const) {
    const [one, other] = spellings.map((name) => keyOf(name, os));
    assertEquals(one === other, os !== "linux", os);
  }
});

const NO_TEXT: readonly (readonly [unknown, string])[] = [
  [null, "null"],
  [undefined, "undefined"],
  [7, "number"],
  [{}, "object"],
  [Symbol("x"), "symbol"],
];

test("a ticker or a job that is no text is refused as any other bad one", async ({ lockDir }) => {
  for (const [value, kind] of NO_TEXT) {
    const name = value as string;
    const errors = [
      await assertRejects(() => acquireTickerLock(name, { lockDir }), UsageError),
      await assertRejects(() => acquireAll(["A", name], { lockDir }), UsageError),
      await assertRejects(() => releaseLock(name, { lockDir }), UsageError),
      assertThrows(() => inspectLock(name, { lockDir }), UsageError),
    ];
    for (const error of errors) {
      assertHas(error, { code: "bad_ticker", message: `a ticker must be text: it is ${kind}` });
      assertMatch(error.hint ?? "", /PETR4\.SA/);
    }
    // Where no name is given, a job has one.
    if (value === undefined) continue;
    const job = await assertRejects(() => acquireJobLock(name, { lockDir }), UsageError);
    assertHas(job, { code: "bad_job_name", message: `a job's name must be text: it is ${kind}` });
  }
  for (const tickers of [null, undefined, 7, {}, "A"]) {
    await assertRejects(
      () => acquireAll(tickers as never, { lockDir }),
      TypeError,
      `'tickers' must be a list of tickers: current value is ${String(tickers)}`,
    );
  }
});
