import * as fc from "fast-check";
import { SourceError } from "../../../src/base/errors.ts";
import { NoTimeLeftError } from "../../../src/sources/http/rate_limit.ts";
import type { NextTry } from "../../../src/sources/network.ts";
import { Deadline, type Patience, withRetries } from "../../../src/sources/http/retry.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../../assert.ts";

const PASSING = { retryable: true, hint: "wait", details: { status: 500 } };

interface Trial {
  readonly patience: Patience;
  readonly told: string[];
  now: number;
}

function trial(over: Partial<Patience> = {}): Trial {
  const told: string[] = [];
  const fake: Trial = {
    now: 0,
    told,
    patience: {
      attempts: 3,
      backoffMs: 0,
      deadline: new Deadline(10, () => fake.now),
      signal: new AbortController().signal,
      onRetry: (why) => told.push(why.message),
      ...over,
    },
  };
  return fake;
}

Deno.test("property: it is tried until it succeeds, and at most so many times", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.nat(8), async (attempts, failures) => {
      const { patience, told } = trial({ attempts });
      let tries = 0;
      const work = () => {
        tries++;
        if (tries <= failures) {
          return Promise.reject(new SourceError("broken", `try ${tries}`, PASSING));
        }
        return Promise.resolve("done");
      };
      if (failures < attempts) {
        assertEquals(await withRetries(work, patience), "done");
      } else {
        const error = await assertRejects(() => withRetries(work, patience), SourceError);
        const suffix = attempts > 1 ? ` (tried ${attempts} times)` : "";
        assertEquals(error.message, `try ${attempts}${suffix}`);
        assertEquals([error.code, error.hint, error.retryable], ["broken", "wait", true]);
        assertEquals({ ...error.details }, {
          status: 500,
          ...(attempts > 1 ? { tries: attempts } : {}),
        });
      }
      const expected = Math.min(failures + 1, attempts);
      assertEquals(tries, expected);
      assertEquals(told, Array.from({ length: expected - 1 }, (_, index) => `try ${index + 1}`));
    }),
    { numRuns: 50 },
  );
});

Deno.test("what cannot pass is thrown at once, as it is", async () => {
  for (const thrown of [new SourceError("no", "never"), new Error("bug"), new TypeError("bug")]) {
    const { patience, told } = trial();
    const error = await assertRejects(
      () => withRetries(() => Promise.reject(thrown), patience),
      Error,
    );
    assertStrictEquals(error, thrown);
    assertEquals(told, []);
  }
});

Deno.test("a failure for good after others says how often it was tried", async () => {
  const { patience } = trial();
  const failures = [new SourceError("a", "a", PASSING), new SourceError("b", "b")];
  const error = await assertRejects(
    () => withRetries(() => Promise.reject(failures.shift()), patience),
    SourceError,
  );
  assertEquals([error.code, error.message, error.retryable], ["b", "b (tried 2 times)", false]);
});

Deno.test("after the deadline nothing is tried again", async () => {
  const fake = trial({ attempts: 10 });
  let tries = 0;
  const error = await assertRejects(
    () =>
      withRetries(() => {
        fake.patience.deadline.begin();
        tries++;
        fake.now += 4000;
        return Promise.reject(new SourceError("slow", "slow", PASSING));
      }, fake.patience),
    SourceError,
  );
  assertEquals([tries, error.message], [3, "slow (tried 3 times)"]);
  assertEquals(fake.told.length, 2);
});

Deno.test("where the pause outlasts the deadline, the last failure is what is thrown", async () => {
  const fake = trial({ attempts: 10, onRetry: () => void (fake.now += 20_000) });
  let tries = 0;
  const error = await assertRejects(
    () =>
      withRetries(() => {
        fake.patience.deadline.begin();
        tries++;
        return Promise.reject(new SourceError("slow", "slow", PASSING));
      }, fake.patience),
    SourceError,
  );
  assertEquals([tries, error.message], [1, "slow"]);
});

Deno.test("a request that was not made for want of time is no try, and is not tried again", async () => {
  for (
    const [code, before, expected] of [
      ["rate_limited", 0, "no time"],
      ["rate_limited", 1, "no time"],
      ["rate_limited", 2, "no time (tried 2 times)"],
      ["deadline_passed", 0, "no time"],
      ["deadline_passed", 1, "try 1"],
    ] as const
  ) {
    const { patience, told } = trial({ attempts: 9 });
    let calls = 0;
    const error = await assertRejects(
      () =>
        withRetries(
          () => {
            calls++;
            if (calls > before) {
              // The client's clock and the deadline's are the same.
              patience.deadline.begin();
              return Promise.reject(new NoTimeLeftError(code, "no time", { retryable: true }));
            }
            return Promise.reject(new SourceError("broken", `try ${calls}`, PASSING));
          },
          code === "deadline_passed"
            ? { ...patience, deadline: new OverSoon(() => calls) }
            : patience,
        ),
      SourceError,
    );
    assertEquals([error.message, calls], [expected, before + 1], code);
    assertEquals(told.length, before);
  }
});

/** Over with the second call, as the client finds it after waiting for its turn. */
class OverSoon extends Deadline {
  readonly #calls: () => number;
  constructor(calls: () => number) {
    super(10, () => 0);
    this.#calls = calls;
  }
  override get isOver(): boolean {
    return this.#calls() >= 2;
  }
}

Deno.test("a stop during a pause ends it at once with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  const { patience } = trial({
    backoffMs: 30_000,
    signal: controller.signal,
    onRetry: () => queueMicrotask(() => setTimeout(() => controller.abort(reason), 0)),
  });
  let tries = 0;
  const error = await assertRejects(
    () =>
      withRetries(() => {
        tries++;
        return Promise.reject(new SourceError("a", "a", PASSING));
      }, patience),
    Error,
  );
  assertStrictEquals(error, reason);
  assertEquals(tries, 1);
});

Deno.test("a stopped run tries nothing", async () => {
  const reason = new Error("stop");
  const { patience } = trial({ signal: AbortSignal.abort(reason) });
  const work = () => Promise.reject(new SourceError("a", "a"));
  assertStrictEquals(await assertRejects(() => withRetries(work, patience), Error), reason);
});

Deno.test("a deadline begins with the first request and stays", () => {
  let now = 5000;
  const deadline = new Deadline(2, () => now);
  assertEquals([deadline.at, deadline.latest, deadline.isOver], [Infinity, 7000, false]);
  now = 6000;
  deadline.begin();
  now = 7500;
  deadline.begin();
  assertEquals([deadline.at, deadline.latest, deadline.isOver], [8000, 8000, false]);
  now = 8000;
  assert(deadline.isOver);
});

Deno.test("each further try is told with its number and its pause, within the doubling limit", async () => {
  const next: NextTry[] = [];
  const { patience } = trial({
    attempts: 4,
    backoffMs: 8,
    onRetry: (_why, each) => void (each && next.push(each)),
  });
  const work = () => Promise.reject(new SourceError("a", "a", PASSING));
  await assertRejects(() => withRetries(work, patience), SourceError);
  assertEquals(next.map(({ attempt, attempts }) => [attempt, attempts]), [[2, 4], [3, 4], [4, 4]]);
  for (const [index, { pauseMs }] of next.entries()) {
    assert(pauseMs >= 0 && pauseMs <= 8 * 2 ** index, `${pauseMs}`);
  }
});
