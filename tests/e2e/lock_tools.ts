/**
 * For tests of locks: the command `locks`, holders that are other programs, and records that lie.
 *
 * @module
 */
import { type HolderRecord, RECORD_SIZE } from "../../src/lock/holder.ts";
import { assert, assertEquals } from "../assert.ts";
import { recordPath } from "../lock/lock_folder.ts";
import { has } from "../system.ts";
import { inSpace, type Outcome } from "../cli/in_process.ts";
import { waitFor } from "./wait_for.ts";
import type { Workspace } from "./workspace.ts";

/** A lock as `locks list --json` and `locks status --json` show it. */
export interface LockJson {
  readonly name: string;
  readonly path: string;
  readonly state: string;
  readonly stale: boolean;
  readonly silent: boolean;
  readonly holder: HolderJson | null;
  readonly problem: string | null;
  readonly hint: string | null;
}

/** A holder as it is shown. */
export interface HolderJson {
  readonly pid: number;
  readonly process_started_at: string;
  readonly host: string;
  readonly job_id: string | null;
  readonly command: string;
  readonly acquired_at: string;
  readonly heartbeat_at: string;
}

/** Runs `tickerlock locks` in this process with a workspace's database and locks. */
export function locks(space: Workspace, ...args: readonly string[]): Promise<Outcome> {
  return inSpace(space, ["locks", ...args]);
}

/** What `locks list` shows. @param args Default all of them. */
export async function listed(
  space: Workspace,
  ...args: readonly string[]
): Promise<readonly LockJson[]> {
  if (args.length === 0) return await listed(space, "--all");
  const { code, stdout, stderr } = await locks(space, "list", "--json", ...args);
  assertEquals([code, stderr], [0, ""]);
  const { locks: all } = JSON.parse(stdout) as { locks: readonly LockJson[] };
  return all;
}

/** What `locks status` shows of one lock, whose exit code must fit. */
export async function statusOf(space: Workspace, name: string): Promise<LockJson> {
  const { code, stdout, stderr } = await locks(space, "status", name, "--json");
  const lock = JSON.parse(stdout) as LockJson;
  const codes: Readonly<Record<string, number>> = { free: 0, held: 75, unusable: 1 };
  assertEquals([code, stderr], [codes[lock.state] ?? -1, ""]);
  return lock;
}

/** Fails unless every lock of the workspace is free. */
export async function assertAllFree(space: Workspace): Promise<void> {
  assertEquals(await listed(space, "--held"), []);
}

/** Writes a record into a lock file without touching its lock. */
export function forgeRecord(space: Workspace, name: string, over: Partial<HolderRecord>): void {
  const { pid = 1, processStartedAt = "2024-01-02T03:00:00.000Z" } = over;
  const acquiredAt = over.acquiredAt ?? "2024-01-02T03:04:05.678Z";
  const text = JSON.stringify({
    v: 1,
    pid,
    process_started_at: processStartedAt,
    host: over.host ?? "elsewhere",
    job_id: over.jobId ?? null,
    command: over.command ?? "forged",
    acquired_at: acquiredAt,
    heartbeat_at: over.heartbeatAt ?? acquiredAt,
  });
  Deno.mkdirSync(space.lockDir, { recursive: true });
  const path = space.lockPath(name);
  Deno.writeTextFileSync(path, "", { append: true });
  Deno.writeTextFileSync(recordPath(path), `${text.padEnd(RECORD_SIZE - 1)}\n`);
}

/** Another program that holds a lock: `flock(1)` around a shell. Dispose it to end it. */
export class ForeignHolder implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
  }

  /**
   * Starts it, and waits until it holds the lock.
   *
   * @param path The lock file, in the form that a person would type.
   */
  static async start(path: string, cwd: string): Promise<ForeignHolder> {
    const child = new Deno.Command("flock", {
      args: [path, "sh", "-c", "echo held; exec cat"],
      cwd,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const holder = new ForeignHolder(child);
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    assertEquals(new TextDecoder().decode(value), "held\n");
    await reader.cancel();
    return holder;
  }

  /** Lets it end, which frees the lock. Does nothing the second time. */
  async end(): Promise<void> {
    try {
      await this.#input.close();
    } catch {
      // It is closed already.
    }
    assert((await this.#child.status).success);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** Whether a process waits in the kernel's queue for a lock just now. */
async function waitsInKernel(pid: number): Promise<boolean> {
  // A process of its own reads it: Deno opens /proc only with all rights.
  const { stdout } = await new Deno.Command("cat", { args: ["/proc/locks"] }).output();
  const waiting = new RegExp(String.raw`-> FLOCK\s+ADVISORY\s+WRITE\s+${pid}\s`);
  return waiting.test(new TextDecoder().decode(stdout));
}

/** Waits until a process waits in the kernel's queue for a lock, beyond trying again. */
export async function untilWaitingInKernel(pid: number): Promise<void> {
  // Elsewhere nothing tells: what follows finds the process there, or on its way.
  if (!has("kernelQueue")) return;
  let seen = false;
  let asking = false;
  await waitFor(`process ${pid} in the kernel's queue`, () => {
    if (!seen && !asking) {
      asking = true;
      waitsInKernel(pid).then((waits) => seen = waits).finally(() => asking = false);
    }
    return seen;
  });
}
