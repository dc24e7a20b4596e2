/**
 * A PostgreSQL server of the tests: made in a folder of its own, with passwords by SCRAM, on a free port
 * of this machine, and ended by its process id.
 *
 * @module
 */
import { makeTempFolder, removeFolder } from "../../paths.ts";

/** Where a server is, and its superuser's password. */
export interface Server {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** A server that was started here. */
export interface OwnServer extends Server, AsyncDisposable {
  readonly folder: string;
  readonly pid: number;
  /** Stops it and starts it again on the same port. */
  restart(mode?: "fast" | "immediate"): Promise<void>;
  /** Ends it as a crash does, for good. */
  kill(): Promise<void>;
}

/** How a server is started. */
export interface ServerOptions {
  /** Lines of `postgresql.conf`. */
  readonly settings?: readonly string[];
  /** Whether commits are on the disk when they are told. Default false. */
  readonly durable?: boolean;
  /** The certificate with which it offers TLS. Default none. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The server that it follows as a standby. Default none: it is empty. */
  readonly standbyOf?: Server;
  /** Words before its own: a command that starts another. Default none. */
  readonly prefix?: readonly string[];
  /** A network that it lets in beside this machine. */
  readonly letsIn?: string;
}

const USER = "admin";

/** Folders with the programs of a server: Debian has them in one per version, which is not on the path. */
function programFolder(): string {
  const folders: string[] = [];
  try {
    for (const { name } of Deno.readDirSync("/usr/lib/postgresql")) {
      folders.push(`/usr/lib/postgresql/${name}/bin`);
    }
  } catch {
    // No Debian: on the path, then.
  }
  const found = [...folders.toSorted().toReversed(), ...(Deno.env.get("PATH") ?? "").split(":")]
    .find((folder) => {
      try {
        return Deno.statSync(`${folder}/initdb`).isFile;
      } catch {
        return false;
      }
    });
  if (found === undefined) {
    throw new Error("there is no PostgreSQL server here: apt-get install postgresql");
  }
  return found;
}

/** A command as a user who may run a server: root may not. */
function unprivileged(
  command: string,
  args: readonly string[],
  { env = {}, prefix = [] }: {
    readonly env?: Record<string, string>;
    readonly prefix?: readonly string[];
  } = {},
): Deno.Command {
  const user = Deno.uid() === 0
    ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    : [];
  const [first = command, ...rest] = [...prefix, ...user, command];
  return new Deno.Command(first, {
    args: [...rest, ...args],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function mustRun(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  const { success, stderr, stdout } = await unprivileged(command, args, { env }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${command}: ${decoder.decode(stderr)}${decoder.decode(stdout)}`);
}

/** A port that is free now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function answers(port: number): Promise<boolean> {
  try {
    using _socket = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch {
    return false;
  }
}

/** A pooler. */
export interface Pooler extends AsyncDisposable {
  readonly port: number;
}

/** Starts PgBouncer before a server. */
export async function startPooler(
  { port: to, user, password }: Server,
  mode: "session" | "transaction",
): Promise<Pooler> {
  const folder = await makeTempFolder("tickerlock_pooler_");
  await Deno.chmod(folder, 0o755);
  const port = freePort();
  await Deno.writeTextFile(`${folder}/users.txt`, `"${user}" "${password}"\n`, { mode: 0o644 });
  await Deno.writeTextFile(
    `${folder}/pooler.ini`,
    `[databases]
* = host=127.0.0.1 port=${to}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${folder}/users.txt
pool_mode = ${mode}
default_pool_size = 10
`,
    { mode: 0o644 },
  );
  const process = unprivileged("pgbouncer", ["-q", `${folder}/pooler.ini`]).spawn();
  void process.stdout.cancel();
  void process.stderr.cancel();
  const end = performance.now() + 30_000;
  while (!await answers(port)) {
    if (performance.now() > end) throw new Error("there is no pooler: apt-get install pgbouncer");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    port,
    async [Symbol.asyncDispose]() {
      process.kill("SIGQUIT");
      await process.status;
      await removeFolder(folder);
    },
  };
}

/** Starts a server, which is gone with its folder when it is disposed of. */
export async function startServer(
  { settings = [], durable = false, tls, standbyOf, prefix = [], letsIn }: ServerOptions = {},
): Promise<OwnServer> {
  const bin = programFolder();
  const folder = await makeTempFolder("tickerlock_pg_");
  await Deno.chmod(folder, 0o777);
  const password = standbyOf?.password ?? crypto.randomUUID();
  await Deno.writeTextFile(`${folder}/password`, password, { mode: 0o644 });
  const data = `${folder}/data`;
  if (standbyOf === undefined) {
    await mustRun(`${bin}/initdb`, [
      ...["-D", data, "-U", USER, "-A", "scram-sha-256", `--pwfile=${folder}/password`],
      ...["-E", "UTF8", "--locale=C", "--no-sync"],
    ]);
  } else {
    const from = ["-h", "127.0.0.1", "-p", String(standbyOf.port), "-U", USER];
    const args = [...from, "-D", data, "-R", "-c", "fast", "--no-sync"];
    await mustRun(`${bin}/pg_basebackup`, args, { PGPASSWORD: password });
  }
  if (letsIn !== undefined) {
    const line = `host all all ${letsIn} scram-sha-256\n`;
    await Deno.writeTextFile(`${data}/pg_hba.conf`, line, { append: true });
  }
  const port = freePort();
  const protection: string[] = [];
  if (tls !== undefined) {
    for (const [name, text] of Object.entries(tls)) {
      const path = `${folder}/server.${name}`;
      await Deno.writeTextFile(path, text, { mode: 0o600 });
      const { uid, gid } = await Deno.stat(data);
      await Deno.chown(path, uid, gid);
      protection.push(`ssl_${name}_file=${path}`);
    }
    protection.push("ssl=on");
  }
  const start = async (): Promise<Deno.ChildProcess> => {
    const process = unprivileged(`${bin}/postgres`, [
      ...["-D", data, "-p", String(port), "-k", folder],
      ...[
        "listen_addresses=127.0.0.1",
        "logging_collector=off",
        "max_connections=60",
        `fsync=${durable ? "on" : "off"}`,
        ...protection,
        ...settings,
      ].flatMap((each) => ["-c", each]),
    ], { prefix }).spawn();
    void process.stdout.cancel();
    void process.stderr.pipeTo(
      (await Deno.open(`${folder}/log`, { create: true, append: true })).writable,
    );
    const end = performance.now() + 60_000;
    const isReady = unprivileged(`${bin}/pg_isready`, [
      "-q",
      "-h",
      "127.0.0.1",
      "-p",
      String(port),
    ]);
    while (!(await isReady.output()).success) {
      if (performance.now() > end) {
        throw new Error(`no server: ${await Deno.readTextFile(`${folder}/log`)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return process;
  };
  let process = await start();
  const stop = async (signal: Deno.Signal): Promise<void> => {
    try {
      process.kill(signal);
    } catch {
      // It has ended.
    }
    await process.status;
  };
  return {
    port,
    user: USER,
    password,
    folder,
    get pid() {
      return process.pid;
    },
    kill: () => stop("SIGQUIT"),
    async restart(mode = "fast") {
      await stop(mode === "fast" ? "SIGINT" : "SIGQUIT");
      process = await start();
    },
    async [Symbol.asyncDispose]() {
      await stop("SIGQUIT");
      await removeFolder(folder);
    },
  };
}
