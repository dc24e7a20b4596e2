/**
 * Logins, rights, protection and limits: each refusal has its code, and no output has the password.
 *
 * @module
 */
import { openReports, openStore } from "../../../src/store/open.ts";
import { findPassword, passwordOf } from "../../../src/store/postgres/connection/password.ts";
import { Connection } from "../../../src/store/postgres/connection/connection.ts";
import { parseTarget } from "../../../src/store/postgres/connection/target.ts";
import { StoreError } from "../../../src/store/errors.ts";
import { UsageError } from "../../../src/base/errors.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../../assert.ts";
import { AUTHORITY, ELSEWHERE, LOCALHOST } from "../../fake/certificates.ts";
import { temporaryFolder } from "../sqlite/helpers.ts";
import { claim, how, jobOf, outcomes, row, write } from "../contract_tools.ts";
import { freePort, startServer } from "./server.ts";
import { newUrl, through } from "./places.ts";

const IMPATIENT = { lockDir: "none", patience: { blockingMs: 1000, totalMs: 0 } };

async function refusalOf(url: string): Promise<StoreError> {
  const error = await assertRejects(() => openStore(url, IMPATIENT), StoreError);
  const password = Deno.env.get("PGPASSWORD") ?? "";
  assert(password !== "" && !Deno.inspect(error).includes(password), "the password is shown");
  return error;
}

function withUser(url: string, user: string, query: Record<string, string> = {}): string {
  const other = new URL(url);
  other.username = user;
  for (const [name, value] of Object.entries(query)) other.searchParams.set(name, value);
  return other.href;
}

/** Makes a role with the password of the tests. */
async function makeRole(url: string, role: string, ...statements: string[]): Promise<void> {
  await using connection = new Connection(parseTarget(url));
  await connection.transaction("make a role in", async (db) => {
    await db.run(`CREATE ROLE ${role} LOGIN PASSWORD '${Deno.env.get("PGPASSWORD")}'`);
    for (const each of statements) await db.run(each);
  });
}

Deno.test("a login, a database, a port that are not there", async () => {
  const url = await newUrl();
  const [schema] = [parseTarget(url).schema];
  assertEquals((await refusalOf(withUser(url, "nobody_here"))).code, "db_login_refused");
  const other = new URL(url);
  other.pathname = "/nothing";
  assertEquals((await refusalOf(other.href)).code, "db_not_found");
  const away = await refusalOf(through(url, freePort()));
  assertEquals([away.code, away.retryable, away.scope], ["db_unreachable", true, "store"]);
  const password = Deno.env.get("PGPASSWORD") ?? "";
  const home = Deno.env.get("HOME") ?? "";
  Deno.env.set("PGPASSWORD", "wrong-secret");
  try {
    const error = await refusalOf(url);
    assertEquals(error.code, "db_login_refused");
    assertStringIncludes(error.hint ?? "", "PGPASSWORD");
    Deno.env.delete("PGPASSWORD");
    Deno.env.set("HOME", "/nowhere");
    const none = await assertRejects(() => openStore(url, IMPATIENT), StoreError);
    assertEquals(none.code, "db_login_refused");
    assertStringIncludes(none.message, "wants a password of");
  } finally {
    Deno.env.set("PGPASSWORD", password);
    Deno.env.set("HOME", home);
  }
  assert(schema.startsWith("t_"));
});

Deno.test("rights: a role without them is told what is missing, one with those of the page works", async () => {
  const url = await newUrl();
  const { schema } = parseTarget(url);
  const [none, reader, writer, readOnly] = ["n", "r", "w", "ro"].map((end) => `${schema}_${end}`);
  const made = [none, reader, writer, readOnly].map((role) => role ?? "");
  await makeRole(url, made[0]!);
  assertEquals((await refusalOf(withUser(url, made[0]!))).code, "db_no_right");
  await (await openStore(url, IMPATIENT))[Symbol.asyncDispose]();
  assertEquals((await refusalOf(withUser(url, made[0]!))).code, "db_no_right");
  const of = (role: string): string[] => [
    `GRANT USAGE ON SCHEMA "${schema}" TO ${role}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA "${schema}" TO ${role}`,
  ];
  const writes = (role: string): string[] => [
    ...of(role),
    `GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA "${schema}" TO ${role}`,
    `GRANT DELETE ON "${schema}".corporate_actions, "${schema}".adjustment_factors TO ${role}`,
  ];
  await makeRole(url, made[1]!, ...of(made[1]!));
  await makeRole(url, made[2]!, ...writes(made[2]!));
  await makeRole(
    url,
    made[3]!,
    ...writes(made[3]!),
    `ALTER ROLE ${made[3]} SET default_transaction_read_only = on`,
  );
  for (const [role, code] of [[made[1]!, "db_no_right"], [made[3]!, "db_read_only"]] as const) {
    await using store = await openStore(withUser(url, role), IMPATIENT);
    const error = await assertRejects(() => store.take([jobOf("A")], how()), StoreError);
    assertEquals([error.code, error.scope], [code, "store"]);
    await using reports = await openReports(withUser(url, role));
    assertEquals(await reports.logs({}, { limit: 1 }), []);
  }
  await using store = await openStore(withUser(url, made[2]!), IMPATIENT);
  await using a = await claim(store, "A");
  assertEquals(outcomes(await store.write([write(a, [row("2024-01-02", 1)])])), ["success"]);
  await store.locks.release("A", true);
});

Deno.test("time-outs of the role: a statement that is ended is told, an idle session goes on", async () => {
  const url = await newUrl();
  const { schema } = parseTarget(url);
  await (await openStore(url, IMPATIENT))[Symbol.asyncDispose]();
  const role = `${schema}_t`;
  await makeRole(
    url,
    role,
    `GRANT USAGE ON SCHEMA "${schema}" TO ${role}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schema}" TO ${role}`,
    `ALTER ROLE ${role} SET statement_timeout = 1500`,
    `ALTER ROLE ${role} SET idle_session_timeout = 500`,
  );
  await using connection = new Connection(parseTarget(withUser(url, role)), { totalMs: 0 });
  const error = await assertRejects(
    () => connection.read("wait for", (db) => db.all("SELECT pg_sleep(5)")),
    StoreError,
  );
  assertEquals([error.code, error.retryable], ["db_timeout", false]);
  await using store = await openStore(withUser(url, role), { lockDir: "none" });
  await using other = await openStore(url, IMPATIENT);
  await using a = await claim(store, "A");
  await new Promise((resolve) => setTimeout(resolve, 3000));
  assertEquals(a.taken.lock.isCurrent(), true);
  const [refused] = await other.take([jobOf("A")], how());
  assertEquals(refused?.taken, false);
  assertEquals(outcomes(await store.write([write(a, [row("2024-01-02", 1)])])), ["success"]);
});

Deno.test("TLS: verified by the named authority, refused without it; and no connection left", async () => {
  await using own = await startServer({
    tls: LOCALHOST,
    settings: ["max_connections=8", "superuser_reserved_connections=3"],
  });
  await using folder = await temporaryFolder();
  const authority = `${folder.path}/ca.pem`;
  await Deno.writeTextFile(authority, AUTHORITY);
  const before = Deno.env.get("PGPASSWORD");
  Deno.env.set("PGPASSWORD", own.password);
  try {
    const url = `postgres://${own.user}@127.0.0.1:${own.port}/postgres`;
    const mode = (query: Record<string, string>): string => withUser(url, own.user, query);
    const unknown = await refusalOf(mode({ sslmode: "verify-full" }));
    assertEquals(unknown.code, "db_tls_refused");
    assertStringIncludes(unknown.hint ?? "", "sslrootcert");
    const cases = [
      { sslmode: "verify-full", sslrootcert: authority },
      { sslmode: "verify-ca", sslrootcert: authority },
      { sslmode: "require" },
    ];
    for (const query of cases) {
      await (await openStore(mode(query), IMPATIENT))[Symbol.asyncDispose]();
      await using reports = await openReports(mode(query));
      const { server } = await reports.health({ lockDir: "" });
      assertEquals(server?.encrypted, true, query.sslmode);
    }
    assertEquals(
      (await refusalOf(mode({ sslmode: "verify-full", sslrootcert: `${folder.path}/no` }))).code,
      "db_tls_refused",
    );
    await makeRole(url, "plain", "GRANT ALL ON SCHEMA tickerlock TO plain");
    const held = Array.from(
      { length: 5 },
      () => new Connection(parseTarget(withUser(url, "plain"))),
    );
    for (const each of held) await each.read("hold", (db) => db.all("SELECT 1"));
    const full = await refusalOf(withUser(url, "plain"));
    assertEquals([full.code, full.retryable], ["db_too_many_connections", true]);
    for (const each of held) await each[Symbol.asyncDispose]();
  } finally {
    Deno.env.set("PGPASSWORD", before ?? "");
  }
  // Another server, without TLS.
  const error = await refusalOf(withUser(await newUrl(), own.user, { sslmode: "require" }));
  assertEquals(error.code, "db_tls_refused");
  assertStringIncludes(error.hint ?? "", "Set up TLS on the server");
});

Deno.test("TLS: a certificate of another name is refused, unless names are not compared", async () => {
  const { authority, ...tls } = ELSEWHERE;
  await using own = await startServer({ tls });
  await using folder = await temporaryFolder();
  const sslrootcert = `${folder.path}/ca.pem`;
  await Deno.writeTextFile(sslrootcert, authority);
  const before = Deno.env.get("PGPASSWORD");
  Deno.env.set("PGPASSWORD", own.password);
  try {
    const url = `postgres://${own.user}@127.0.0.1:${own.port}/postgres`;
    const full = withUser(url, own.user, { sslmode: "verify-full", sslrootcert });
    const error = await refusalOf(full);
    assertEquals(error.code, "db_tls_refused");
    assertStringIncludes(error.hint ?? "", "Name the server as its certificate does");
    const unnamed = withUser(url, own.user, { sslmode: "verify-ca", sslrootcert });
    await (await openStore(unnamed, IMPATIENT))[Symbol.asyncDispose]();
  } finally {
    Deno.env.set("PGPASSWORD", before ?? "");
  }
});

Deno.test("the password file: the first line that fits, of a file that is one's own", async () => {
  const to = { host: "db.example", port: 5432, database: "market", user: "me" };
  const text = "# comment\ndb.example:5433:market:me:no\n*:*:market:you:no\n" +
    "db.example:*:market:me:a\\:b\\\\c\n*:*:*:*:late\n";
  assertEquals(findPassword(text, to), "a:b\\c");
  assertEquals(findPassword(text, { ...to, user: "other" }), "late");
  assertEquals(findPassword("x:1:y:z:p\n", to), undefined);
  await using folder = await temporaryFolder();
  const path = `${folder.path}/pgpass`;
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  const before = Deno.env.get("PGPASSWORD");
  Deno.env.delete("PGPASSWORD");
  Deno.env.set("PGPASSFILE", path);
  try {
    const target = parseTarget("postgres://me@db.example/market");
    assertEquals(await passwordOf(target), "a:b\\c");
    // As systemd hands a credential to a service.
    if (Deno.uid() === 0) {
      await Deno.chmod(path, 0o440);
      assertEquals(await passwordOf(target), "a:b\\c");
    }
    await Deno.chmod(path, 0o604);
    const open = await assertRejects(() => passwordOf(target), UsageError);
    assertEquals(open.code, "password_file_open");
    await Deno.remove(path);
    assertEquals((await assertRejects(() => passwordOf(target), UsageError)).code, "bad_value");
  } finally {
    Deno.env.delete("PGPASSFILE");
    if (before !== undefined) Deno.env.set("PGPASSWORD", before);
  }
});

Deno.test("a URL that cannot be used is refused, and told without its password", () => {
  const cases: [string, string][] = [
    ["postgres://db.example/market", "names no user"],
    ["postgres://me@db.example", "names no database"],
    ["postgres://me@db.example/m?schema=Market", "is not a name"],
    ["postgres://me@db.example/m?schema=a;b", "is not a name"],
    ["postgres://me@db.example/m?sslmode=prefer", "sslmode"],
    ["postgres://me@db.example/m?options=-c", "options is not understood"],
    ["postgres://me@db.example/m?schema=a&schema=b", "twice"],
    ["postgres://me%zz:secret@db.example/m", "cannot be read"],
    ["postgres://me:secret@db.example/m", "password does not belong"],
    ["postgres://me@db.example/m?sslpassword=secret", "password does not belong"],
    ["postgres://me@db.example/m?PASSWORD=secret", "password does not belong"],
  ];
  for (const [url, told] of cases) {
    const { message } = assertThrows(() => parseTarget(url), UsageError);
    assertStringIncludes(message, told);
    assert(!message.includes("secret"), message);
  }
  const { sslMode, schema, port } = parseTarget("postgres://me@db.example/m");
  assertEquals([sslMode, schema, port], ["verify-full", "tickerlock", 5432]);
  assertEquals(parseTarget("postgres://me@127.0.0.1/m").sslMode, "disable");
  const socket = parseTarget("postgres://me@:5433/m?host=/run/postgresql");
  assertEquals([socket.host, socket.port, socket.sslMode], ["/run/postgresql", 5433, "disable"]);
});
