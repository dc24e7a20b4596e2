/**
 * A process that acquires locks as it is told: one JSON command per line on standard input, one JSON
 * event per line on standard output. It ends by itself when its input ends.
 *
 * @module
 */
import {
  acquireJobLock,
  acquireTickerLock,
  inspectLock,
  type LockGuard,
} from "../../src/lock/mod.ts";
import { TickerlockError } from "../../src/base/errors.ts";
import { fakeClock } from "./fake_clock.ts";
import type { Command, Event } from "./peer.ts";

const clock = fakeClock();
const guards = new Map<string, LockGuard>();
const encoder = new TextEncoder();

function say(event: Event): void {
  Deno.stdout.writeSync(encoder.encode(`${JSON.stringify(event)}\n`));
}

async function acquire(name: string, options: NonNullable<Command["options"]>): Promise<void> {
  const take = name.startsWith(".") ? acquireJobLock : acquireTickerLock;
  try {
    const guard = await take(name, {
      ...options,
      task: {},
      onWait: (holder) => say({ event: "waiting", name, holder: holder ?? null }),
    });
    guards.set(name, guard);
    say({ event: "acquired", name, action: guard.action });
  } catch (error) {
    const { code = "", hint = "" } = error instanceof TickerlockError ? error : {};
    say({ event: "refused", name, code, message: String(error), hint });
  }
}

/** Keeps trying and releasing, or looking, until told how often. */
async function repeat(command: Command): Promise<void> {
  const { name, options = {}, times = 1 } = command;
  let failures = 0;
  for (let time = 0; time < times; time++) {
    if (command.do === "inspect") {
      if (inspectLock(name, options).state === "unusable") failures++;
      // Others of this process have their turn.
      if (time % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    } else {
      try {
        using _guard = await acquireTickerLock(name, { ...options, task: {} });
      } catch {
        failures++;
      }
    }
  }
  say({ event: "repeated", name, failures });
}

function obey(command: Command): void {
  const { name, options = {} } = command;
  if (command.do === "acquire") {
    void acquire(name, options);
  } else if (command.do === "release") {
    guards.get(name)?.release();
    say({ event: "released", name });
  } else if (command.do === "spawn") {
    const { pid } = new Deno.Command("sleep", { args: ["600"], stdout: "null" }).spawn();
    say({ event: "spawned", name, pid });
  } else if (command.do === "late") {
    clock.advance(3600);
  } else if (command.do === "exit") {
    Deno.exit(0);
  } else {
    void repeat(command);
  }
}

say({ event: "ready", name: "" });
let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) obey(JSON.parse(line) as Command);
}
