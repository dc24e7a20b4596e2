import { DatabaseSync } from "node:sqlite";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { parseReceiver } from "../../src/notify/receiver.ts";
import type { Reach } from "../../src/notify/send.ts";
import { tell, tellStart } from "../../src/notify/tell.ts";
import { Database } from "../../src/store/sqlite/connection/database.ts";
import { assert, assertEquals, assertHas, assertMatch } from "../assert.ts";
import { AUTHORITY, LOCALHOST } from "../fake/certificates.ts";
import {
  type FakeReceiver,
  FAULTS,
  type ReceiverFault,
  startFakeReceiver,
} from "../fake/receiver.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { errorOf, verdictOf } from "./verdicts.ts";
import type { ToldError } from "../../src/notify/message.ts";

const TIMEOUT = errorOf("timeout");

/** An address with every part that may be a secret. */
function secretOf(url: string): string {
  return `${url.replace("://", "://SECRET-user:SECRET-word@")}/SECRET-path?SECRET=SECRET`;
}

/** A database, a receiver, and what is logged. */
class Scene implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly folder: string;
  readonly receiver: FakeReceiver;
  db: string;

  private constructor(folder: string, receiver: FakeReceiver) {
    this.folder = folder;
    this.receiver = receiver;
    this.db = `${folder}/x.db`;
  }

  static async create(): Promise<Scene> {
    const scene = new Scene(await makeTempFolder("tickerlock_notify_"), await startFakeReceiver());
    (await Database.open(scene.db)).close();
    const keep = ({ level, message, properties }: LogRecord): void => {
      if (level !== "debug") {
        scene.lines.push(`${level} ${message.join("")} ${JSON.stringify(properties)}`);
      }
    };
    await configure({
      reset: true,
      sinks: { keep },
      loggers: [
        { category: "tickerlock", sinks: ["keep"], lowestLevel: "debug" },
        { category: ["logtape", "meta"], lowestLevel: "error" },
      ],
    });
    return scene;
  }

  /** Tells how a job ended. @returns What the receiver got of it. */
  async tell(
    errors: readonly ToldError[],
    { kind = "", url = secretOf(this.receiver.url), job = "tickerlock ingest PETR4.SA", ...reach }:
      & { readonly kind?: string; readonly url?: string; readonly job?: string }
      & Reach = {},
  ): Promise<readonly unknown[]> {
    const before = this.receiver.received.length;
    const receiver = parseReceiver(kind + url, "--notify");
    assert(receiver !== null);
    await tell(receiver, { ...verdictOf(this.db, ...errors), job }, reach);
    for (const line of this.lines) assert(!line.includes("SECRET"), line);
    return this.receiver.received.slice(before).map(({ json, target }) => json?.event ?? target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await reset();
    await this.receiver[Symbol.asyncDispose]();
    await removeFolder(this.folder);
  }
}

Deno.test("100 failures for one reason are one message, and the first success one more", async () => {
  await using scene = await Scene.create();
  for (let n = 0; n < 100; n++) {
    assertEquals(await scene.tell([TIMEOUT]), n === 0 ? ["failed"] : []);
  }
  assertEquals(await scene.tell([errorOf("no_data"), TIMEOUT]), ["failed"]);
  assertEquals(await scene.tell([errorOf("no_data")]), []);
  assertEquals(await scene.tell([]), ["recovered"]);
  assertEquals(await scene.tell([]), []);
  const [first, , last] = scene.receiver.received;
  assertEquals(first?.json?.since, null);
  assertMatch(String(last?.json?.since), /^20.*Z$/);
  assertHas(last?.json ?? {}, { event: "recovered", exit_code: 0, errors: [] });
  assertEquals(scene.lines.filter((line) => line.startsWith("warn")), []);
});

Deno.test("two runs at once are one message", async () => {
  await using scene = await Scene.create();
  const both = Promise.withResolvers<void>();
  scene.receiver.onMessage = () => both.promise;
  const runs = Array.from({ length: 4 }, () => scene.tell([TIMEOUT]));
  // All but the one whose message is under way are over.
  await Promise.race(runs);
  both.resolve();
  await Promise.all(runs);
  assertEquals(scene.receiver.received.length, 1);
});

Deno.test("another receiver is told of its own", async () => {
  await using scene = await Scene.create();
  assertEquals(await scene.tell([TIMEOUT]), ["failed"]);
  const url = `${scene.receiver.url}/other`;
  assertEquals(await scene.tell([TIMEOUT], { url }), ["failed"]);
  assertEquals(await scene.tell([], { url }), ["recovered"]);
  assertEquals(await scene.tell([]), ["recovered"]);
});

for (const fault of Object.keys(FAULTS) as ReceiverFault[]) {
  // What comes with a status of success is taken, whatever its body.
  const isTaken = fault === "huge" || fault === "endless";
  Deno.test(`${fault}: ${isTaken ? "is taken" : "one warning, and the next run tells it"}`, async () => {
    await using scene = await Scene.create();
    scene.receiver.fault = fault;
    // Long for all but the one that never answers.
    const sendMs = fault === "stall" ? 200 : 20_000;
    assertEquals(await scene.tell([TIMEOUT], { sendMs }), ["failed"]);
    const warnings = scene.lines.filter((line) => line.startsWith("warn"));
    assertEquals(warnings.length, isTaken ? 0 : 1, `${scene.lines}`);
    scene.receiver.fault = null;
    assertEquals(await scene.tell([TIMEOUT], { sendMs }), isTaken ? [] : ["failed"]);
    assertEquals(await scene.tell([]), ["recovered"]);
  });
}

Deno.test("nobody at the address, and a certificate that is not trusted, are warnings too", async () => {
  await using scene = await Scene.create();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, ...LOCALHOST, onListen: () => {} },
    () => new Response("OK"),
  );
  const url = secretOf(`https://127.0.0.1:${server.addr.port}`);
  await scene.tell([TIMEOUT], { url });
  assertMatch(
    scene.lines.at(-1) ?? "",
    /^warning not told \(failed\), which the next run does: the certificate of 127\.0\.0\.1 /,
  );
  const caFile = `${scene.folder}/ca.pem`;
  await scene.tell([TIMEOUT], { url, caFile });
  assertMatch(scene.lines.at(-1) ?? "", /bad_ca_file|ca\.pem/);
  await Deno.writeTextFile(caFile, AUTHORITY);
  await scene.tell([TIMEOUT], { url, caFile });
  assertMatch(scene.lines.at(-1) ?? "", /^info told https:\/\/127\.0\.0\.1:\d+\/…: failed/);
  await server.shutdown();
  await scene.tell([], { url, caFile });
  assertMatch(scene.lines.at(-1) ?? "", /^warning not told \(recovered\), .*could not be reached/);
  await scene.tell([], { url: secretOf("http://no-such-host.invalid") });
  await scene.tell([TIMEOUT], { url: secretOf("http://127.0.0.1:1") });
});

Deno.test("ntfy has the text as its body, and title, priority and tags as headers", async () => {
  await using scene = await Scene.create();
  await scene.tell([TIMEOUT], { kind: "ntfy+" });
  await scene.tell([], { kind: "ntfy+" });
  const [failed, recovered] = scene.receiver.received;
  const headersOf = (each = failed) =>
    ["title", "priority", "tags"].map((name) => each?.headers.get(name));
  assertEquals(headersOf(), ["tickerlock ingest: failed", "high", "rotating_light"]);
  assertEquals(headersOf(recovered), [
    "tickerlock ingest: works again",
    "default",
    "white_check_mark",
  ]);
  const login = `Basic ${btoa("SECRET-user:SECRET-word")}`;
  assertEquals(failed?.headers.get("authorization"), login);
  // An access token is a password without a user.
  const url = `${scene.receiver.url.replace("://", "://:tk_abc@")}/topic`;
  await scene.tell([TIMEOUT], { kind: "ntfy+", url });
  assertEquals(
    scene.receiver.received[2]?.headers.get("authorization"),
    `Basic ${btoa(":tk_abc")}`,
  );
  assertMatch(failed?.body ?? "", /^1 failed\nPETR4\.SA: what is wrong/);
});

Deno.test("a check is pinged at each start and end, with what failed", async () => {
  await using scene = await Scene.create();
  const url = `${scene.receiver.url}/check?create=1`;
  const receiver = parseReceiver(`healthchecks+${url}`, "--notify");
  assert(receiver !== null);
  for (const errors of [[], [TIMEOUT], [TIMEOUT], []]) {
    await tellStart(receiver);
    await tell(receiver, verdictOf(scene.db, ...errors));
  }
  const targets = scene.receiver.received.map(({ target }) => target);
  const start = "/check/start?create=1";
  const [ok, fail] = ["/check?create=1", "/check/fail?create=1"];
  assertEquals(targets, [start, ok, start, fail, start, fail, start, ok]);
  assertMatch(scene.receiver.received[3]?.body ?? "", /PETR4\.SA: what is wrong/);
  // Others are not told of a start.
  await tellStart({ ...receiver, kind: "webhook" });
  assertEquals(scene.receiver.received.length, 8);
});

Deno.test("where the database cannot be used, a file beside it keeps what was told", async () => {
  await using scene = await Scene.create();
  const good = scene.db;
  await Deno.writeTextFile(
    `${scene.folder}/bad.db`,
    "this is no database, and has been one before",
  );
  scene.db = `${scene.folder}/bad.db`;
  const corrupt = errorOf("db_not_a_database", null);
  assertEquals(await scene.tell([corrupt]), ["failed"]);
  assertEquals(await scene.tell([corrupt]), []);
  assertEquals((await Deno.stat(`${scene.db}.told.json`)).isFile, true);
  // It is brought back: the end of that failure is told, of which the database knows nothing.
  await Deno.copyFile(good, scene.db);
  assertEquals(await scene.tell([]), ["recovered"]);
  assertEquals(await scene.tell([]), []);
  const left = [...Deno.readDirSync(scene.folder)].map(({ name }) => name);
  assertEquals(left.includes("bad.db.told.json"), false);
  assertEquals(scene.lines.filter((line) => line.startsWith("warn")), []);
});

Deno.test("two jobs whose database cannot be used are both told, one after the other", async () => {
  await using scene = await Scene.create();
  scene.db = `${scene.folder}/bad.db`;
  await Deno.writeTextFile(scene.db, "this is no database, and has been one before");
  const [first, both] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  scene.receiver.onMessage = () => {
    first.resolve();
    return both.promise;
  };
  const one = scene.tell([TIMEOUT], { job: "tickerlock ingest A" });
  await first.promise;
  const other = scene.tell([TIMEOUT], { job: "tickerlock ingest B" });
  both.resolve();
  await Promise.all([one, other]);
  assertEquals(scene.receiver.received.map(({ json }) => json?.job), [
    "tickerlock ingest A",
    "tickerlock ingest B",
  ]);
});

Deno.test("a job on a file is the same in a container with another name", async () => {
  await using scene = await Scene.create();
  const named = Deno.hostname;
  using _restored = { [Symbol.dispose]: () => void (Deno.hostname = named) };
  const told = [];
  for (const [at, errors] of [[TIMEOUT], [TIMEOUT], []].entries()) {
    Deno.hostname = () => `container-${at}`;
    told.push(...await scene.tell(errors));
  }
  assertEquals(told, ["failed", "recovered"]);
});

Deno.test("a database in a folder that is not there makes none, and is told each time", async () => {
  await using scene = await Scene.create();
  scene.db = `${scene.folder}/no/such.db`;
  assertEquals(await scene.tell([TIMEOUT]), ["failed"]);
  assertEquals(await scene.tell([TIMEOUT]), ["failed"]);
  assertMatch(scene.lines.at(-1) ?? "", /^warning .*each run tells it again/);
  assertEquals(await scene.tell([]), []);
  assertEquals([...Deno.readDirSync(scene.folder)].map(({ name }) => name).includes("no"), false);
});

Deno.test("of a server that is away, the folder of the spill file keeps it", async () => {
  await using scene = await Scene.create();
  const before = Deno.env.get("STATE_DIRECTORY");
  Deno.env.set("STATE_DIRECTORY", `${scene.folder}/state`);
  using _restored = {
    [Symbol.dispose]: () =>
      before === undefined
        ? Deno.env.delete("STATE_DIRECTORY")
        : Deno.env.set("STATE_DIRECTORY", before),
  };
  scene.db = "postgres://me@127.0.0.1:1/none";
  assertEquals(await scene.tell([TIMEOUT]), ["failed"]);
  assertEquals(await scene.tell([TIMEOUT]), []);
  assertEquals(scene.lines.filter((line) => line.startsWith("warn")), []);
});

Deno.test("a busy database is not waited for", async () => {
  await using scene = await Scene.create();
  using held = new DatabaseSync(scene.db);
  held.exec("BEGIN IMMEDIATE");
  assertEquals(await scene.tell([TIMEOUT]), ["failed"]);
  assertEquals(await scene.tell([TIMEOUT]), []);
});
