/**
 * Hosts that stop, whose clocks are wrong, or that are cut off, on one server.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { leaveOut, succeeds } from "../installed.ts";
import { startServer } from "../store/postgres/server.ts";
import { FakedClock } from "./faked_clock.ts";
import { Holding, Scene } from "./postgres_scene.ts";

const HOUR_MS = 3_600_000;

Deno.test("a holder that is stopped: another takes over, and the woken one is refused", async () => {
  const service = new Holding();
  await using scene = await Scene.create(service);
  await using first = scene.ingest("PETR4.SA");
  await service.asked;
  first.kill("SIGSTOP");
  await scene.age("PETR4.SA");
  await using second = scene.ingest("PETR4.SA");
  assertEquals((await second.outcome()).code, 0);
  service.letGo();
  first.kill("SIGCONT");
  const { code, stderr } = await first.outcome();
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, "stopped, asleep or cut off");
  assertEquals(
    await scene.query(
      `SELECT status, error_code, (SELECT count(*) > 200 FROM prices WHERE ingest_id = l.id)
       FROM ingest_logs AS l ORDER BY id`,
    ),
    [["abandoned", "abandoned", false], ["success", null, true]],
  );
});

Deno.test("hosts whose clocks are hours apart: one works, the other sees what it did", async () => {
  const service = new Holding();
  await using scene = await Scene.create(service);
  await using ahead = await FakedClock.create(new Date(Date.now() + 5 * HOUR_MS).toISOString());
  await using behind = await FakedClock.create(new Date(Date.now() - 5 * HOUR_MS).toISOString());
  if (ahead === undefined || behind === undefined) return;
  await using first = scene.ingestOn(ahead.prefix, "PETR4.SA");
  await service.asked;
  await using second = scene.ingestOn(behind.prefix, "PETR4.SA");
  await second.says("waiting for PETR4.SA");
  service.letGo();
  for (const each of [first, second]) {
    const { code, stderr } = await each.outcome();
    assertEquals(code, 0, stderr);
  }
  await using third = scene.ingestOn(behind.prefix, "PETR4.SA");
  await third.outcome();
  await using fourth = scene.ingestOn(ahead.prefix, "PETR4.SA");
  await fourth.outcome();
  assertEquals(
    await scene.query(
      `SELECT status, lock_action, abs(extract(epoch FROM finished_at - clock_timestamp())) < 600,
         started_at <= finished_at FROM ingest_logs ORDER BY id`,
    ),
    [
      ["success", "acquired", true, true],
      ["skipped", "waited", true, true],
      ["success", "acquired", true, true],
      ["success", "acquired", true, true],
    ],
  );
  // The last run, of now, is of the past or of the future by these clocks.
  for (const { prefix } of [ahead, behind]) {
    const { stdout } = await scene.live.space.program(["doctor", "--offline", "--json"], {
      env: scene.env,
      prefix,
    });
    const { findings } = JSON.parse(stdout);
    assertEquals(
      findings.filter(({ level }: { level: string }) => level !== "ok")
        .map(({ code }: { code: string }) => code),
      ["server_clock_other"],
    );
  }
});

/** A network namespace in the place of a host, with a cable to this one. */
class Host implements AsyncDisposable {
  readonly #name: string;
  /** Of this end of the cable. */
  readonly address: string;

  private constructor(name: string, net: number) {
    this.#name = name;
    this.address = `10.203.${net}.1`;
  }

  /** Makes one; undefined where this machine has none. */
  static async create(): Promise<Host | undefined> {
    const net = Deno.pid % 250;
    const host = new Host(`tklk${net}`, net);
    const { address } = host;
    const name = host.#name;
    const made = await succeeds([
      "sh",
      "-ec",
      `
      ip netns add ${name}
      ip link add ${name}a type veth peer name ${name}b netns ${name}
      ip addr add ${address}/24 dev ${name}a
      ip link set ${name}a up
      ip -n ${name} addr add 10.203.${net}.2/24 dev ${name}b
      ip -n ${name} link set ${name}b up
      ip -n ${name} link set lo up`,
    ]);
    if (made) return host;
    leaveOut("there are no network namespaces here");
    await host[Symbol.asyncDispose]();
    return undefined;
  }

  /** Words before a program that is to run there. */
  get prefix(): readonly string[] {
    return ["ip", "netns", "exec", this.#name];
  }

  async cable(state: "up" | "down"): Promise<void> {
    assertEquals(await succeeds(["ip", "link", "set", `${this.#name}a`, state]), true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await succeeds(["ip", "netns", "del", this.#name]);
  }
}

Deno.test("a host whose cable is pulled: the other takes over, and the first one ends when it is back", async () => {
  await using host = await Host.create();
  if (host === undefined) return;
  const before = Deno.env.get("PGPASSWORD");
  await using own = await startServer({
    settings: [`listen_addresses=127.0.0.1,${host.address}`],
    letsIn: `${host.address}/24`,
  });
  await using scene = await Scene.create({}, own);
  const file = scene.live.space.write("p.csv", "ticker,date,close\nAAA,2024-01-02,1\n");
  scene.live.configure([
    { name: "a", source: "csv", file, tickers: ["AAA"], every: "1s" },
  ]);
  const there = new URL(scene.url);
  there.hostname = host.address;
  there.searchParams.set("sslmode", "disable");
  await using first = scene.collect(host.prefix, there.href);
  await scene.until("a run", "SELECT 1 FROM ingest_logs WHERE status = 'success'");
  await using second = scene.collect();
  await second.says("another run holds the job lock");
  await host.cable("down");
  await scene.age(".job_running");
  await scene.until(
    "the second at work",
    `SELECT 1 FROM ingest_logs WHERE pid = ${second.pid} AND status IN ('success', 'skipped')`,
  );
  await host.cable("up");
  const { code, stderr } = await first.outcome();
  // Whichever of the two it finds first.
  assertEquals([code, /job_lock_lost|collector_replaced.*cut off/.test(stderr)], [1, true], stderr);
  second.kill("SIGTERM");
  assertEquals((await second.outcome()).code, 143);
  assertEquals(await scene.query("SELECT 1 FROM ingest_logs WHERE status = 'running'"), []);
  if (before !== undefined) Deno.env.set("PGPASSWORD", before);
});
