import { processIo } from "../../src/cli/output/io.ts";
import { assert, assertEquals, assertHas, assertMatch } from "../assert.ts";
import { isOfDeno27, logLines } from "../e2e/program.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { naming, Scene } from "../e2e/yahoo_scene.ts";

/** What a run says of a ticker. */
interface Expected {
  /** Error code; `success` where it goes in. */
  readonly code: string;
  /** What the message has of the service's own words, or of what happened. */
  readonly says?: RegExp;
  /** Requests that the program makes. */
  readonly requests: number;
  /** Requests that the fake sees, where those are more. */
  readonly seen?: number;
}

/** That can pass: asked three times. */
function passing(code: string, says: RegExp): Expected {
  return { code, says, requests: 3 };
}

/** That does not pass: asked once. */
function final(code: string, says: RegExp): Expected {
  return { code, says, requests: 1 };
}

/** That has passed at the second try. */
const SECOND: Expected = { code: "success", requests: 2 };

const FAULTS: Readonly<Record<string, Expected>> = {
  "GOOD.SA": { code: "success", requests: 1 },
  "NOPE.SA": final("ticker_unknown", /status 404: .*"No data found, symbol may be delisted"/),
  "FINANCEERR.SA": final("service_refused", /status 401: .*"Invalid Crumb"/),
  "ECHO.SA": final("service_refused", /status 400: .*Bad request .*cookie: none/),
  "CONSENT.SA": final("consent_page", /"Before you continue Accept all"/),
  "REDIRECT.SA": { ...final("redirect_loop", /redirected more than 5 times/), seen: 6 },
  "REDIRECTHOST.SA": final("redirected", /leads to http:\/\/elsewhere\.invalid\/v8/),
  "HUGE.SA": final("body_too_large", /more than 4 MiB/),
  "HUGECHUNKED.SA": final("body_too_large", /more than 4 MiB/),
  "GZIPBOMB.SA": final("body_too_large", /more than 4 MiB/),
  "OTHERSYM.SA": final("wrong_symbol", /answered for "OTHER\.SA"/),
  "MONTHLY.SA": final("wrong_granularity", /bars of "1mo"/),
  "ALLNULL.SA": final("no_valid_rows", /none of \d\d\d rows.*open is missing/),
  "BADTIME.SA": final("no_valid_rows", /timestamp "2024-01-02" is not a day/),
  "NOTIME.SA": final("no_rows_in_window", /no day with prices from the beginning to 20/),
  "NULLCHART.SA": passing("empty_answer", /without any history/),
  "EMPTY.SA": passing("empty_answer", /without any history/),
  "ERR500.SA": passing("service_failed", /status 500: .*"Internal Server Error"/),
  "ERR503.SA": passing("service_failed", /status 503: .*Will be right back\.\.\. Thank you/),
  "HTMLASJSON.SA": passing("not_json", /Will be right back/),
  "RESETBODY.SA": passing("truncated_body", /broke off after [\d.]+ (bytes|kB)/),
  "CUTLENGTH.SA": passing("truncated_body", /broke off after [\d.]+ (bytes|kB)/),
  "CUTCHUNKED.SA": passing("truncated_body", /broke off after [\d.]+ (bytes|kB)/),
  "CUTJSON.SA": passing("truncated_body", /breaks off after [\d.]+ (bytes|kB)/),
  "ERR500-1X.SA": SECOND,
  "ERR503-1X.SA": SECOND,
  "NULLCHART-1X.SA": SECOND,
  "CUTLENGTH-1X.SA": SECOND,
  "CUTCHUNKED-1X.SA": SECOND,
  "CUTJSON-1X.SA": SECOND,
  "ERR500-2X.SA": { code: "success", requests: 3 },
  "REDIRECT-1X.SA": { code: "success", requests: 1, seen: 2 },
  "JSONASHTML.SA": { code: "success", requests: 1 },
  "GZIP.SA": { code: "success", requests: 1 },
};

/** Fails unless report, log, fake and prices all say what is expected of each ticker. */
async function check(
  scene: Scene,
  args: readonly string[],
  faults: Readonly<Record<string, Expected>>,
): Promise<void> {
  const run = await scene.run([...naming(Object.keys(faults)), ...args]);
  const failed = Object.values(faults).filter(({ code }) => code !== "success").length;
  const done = Object.keys(faults).length - failed;
  assertEquals(run.code, failed === 0 ? 0 : done === 0 ? 1 : 3, run.stderr);
  assertEquals(run.report.exit_code, run.code);
  assertEquals(run.report.totals.by_status, {
    ...failed > 0 ? { failed } : {},
    ...done > 0 ? { success: done } : {},
  });
  const errors = logLines(run.stderr).filter(({ level }) => level === "ERROR");
  for (const [ticker, { code, says = /^$/, requests, seen = requests }] of Object.entries(faults)) {
    const result = run.report.tickers.find((each) => each.ticker === ticker);
    const [log, ...more] = scene.space.logs(ticker);
    assertEquals(more, [], ticker);
    const error = result?.error?.code ?? "success";
    assertEquals([error, log?.error_code ?? "success"], [code, code], ticker);
    assertEquals(result?.requests, requests);
    assertHas(log, { requests, attempts: requests });
    // The program may have given up before the fake has read its request.
    await waitFor(`request ${seen} of ${ticker}`, () => scene.yahoo.count(ticker) >= seen);
    assertEquals(scene.yahoo.count(ticker), seen, ticker);
    assertEquals(
      [log?.status, result?.status],
      Array(2).fill(code === "success" ? code : "failed"),
    );
    assertEquals(scene.space.isFree(ticker), true);
    if (code === "success") {
      assert((log?.rows_inserted ?? 0) > 250, ticker);
      assertEquals(scene.stored(ticker).length, log?.rows_inserted);
      continue;
    }
    const { message = "", hint = null } = result?.error ?? {};
    assertMatch(message, says, ticker);
    assert(message.includes(ticker), message);
    assertEquals(/\(tried \d+ times\)$/.exec(message)?.[0], tried(requests), ticker);
    assertEquals(log?.error_message, message);
    assert(hint !== null, ticker);
    assertEquals(scene.stored(ticker), []);
    assert(errors.some((line) => String(line.message).includes(message)), `${ticker} in the log`);
  }
}

function tried(requests: number): string | undefined {
  return requests > 1 ? `(tried ${requests} times)` : undefined;
}

Deno.test("each failure of the service is told by its own words, and tried again only where that helps", async () => {
  await using scene = await Scene.create();
  await check(scene, ["--concurrency", "64"], FAULTS);
});

// Without a ticker whose connection lives on: Deno's fetch itself asks again where a connection that
// was used before turns out to be dead, and whether one was used is chance among many tickers.
Deno.test("a connection that is reset or ends without an answer is tried again", async () => {
  if (await isOfDeno27()) {
    processIo().err(
      "not tried: the fetch of Deno 2.7 sends a request again by itself after a reset\n",
    );
    return;
  }
  await using dead = await Scene.create();
  await check(dead, [], {
    "RESET.SA": passing("connection_failed", /could not be reached/),
    "HANGUP.SA": passing("connection_failed", /could not be reached/),
  });
  await using once = await Scene.create();
  await check(once, [], { "RESET-1X.SA": SECOND, "HANGUP-1X.SA": SECOND });
});

Deno.test("an answer that does not come is given up after --timeout, three times", async () => {
  await using scene = await Scene.create();
  await check(scene, ["--concurrency", "8", "--timeout", "0.5"], {
    "STALL.SA": passing("timeout", /no whole answer within 0\.5 s/),
    "STALLBODY.SA": passing("timeout", /no whole answer within 0\.5 s/),
  });
});

Deno.test("--attempts says how often is tried", async () => {
  await using scene = await Scene.create();
  await check(scene, ["--concurrency", "8", "--attempts", "1"], {
    "ERR500.SA": { ...passing("service_failed", /Internal Server Error/), requests: 1 },
    ...(await isOfDeno27() ? {} : {
      "RESET-1X.SA": { ...passing("connection_failed", /could not be reached/), requests: 1 },
    }),
  });
});

Deno.test("429 in each of its forms passes when the service has had its silence", async () => {
  const names = ["TEXT", "HTML", "JSON"].flatMap((form) =>
    ["", "SEC", "DATE"].map((when) => `R${form}${when}-1X.SA`)
  );
  const all = Promise.withResolvers<void>();
  let come = 0;
  // Held until all have come, so that none waits for the silence that another has caused.
  const onRequest = () => {
    if (++come === names.length) all.resolve();
    return all.promise;
  };
  await using scene = await Scene.create({ onRequest, retryAfterSeconds: 1 });
  const faults = Object.fromEntries(names.map((name) => [name, SECOND]));
  await check(scene, ["--concurrency", "16"], faults);
});
