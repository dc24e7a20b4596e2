import { SourceError, TickerlockError } from "../../base/errors.ts";
import { checksumPathOf } from "../../files/exclusive_file.ts";
import { sha256OfFile } from "../../files/sha256.ts";
import { splitPath } from "../../platform/paths.ts";
import { readWholeTextSync } from "../../platform/read_whole.ts";
import { explain } from "../../platform/refusals.ts";
import type { Care, StoredSnapshot } from "../care.ts";
import { MARK } from "./file.ts";

/** How a checksum compares: there was none to compare with, or it could not be read. */
type Compared = "matched" | "differs" | "none" | "unreadable";

/** The outcome of a verification. */
export interface ExportVerification {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly ok: boolean;
  readonly beside: {
    readonly path: string;
    readonly result: Compared;
    readonly sha256: string | null;
  };
  readonly manifest: {
    /** `older` where the line is of an earlier export, and the file is as its own checksum says. */
    readonly result: Compared | "older";
    readonly snapshot: StoredSnapshot | null;
    readonly error: TickerlockError | null;
  };
}

function noFile(path: string, error: unknown): SourceError {
  const another = "name a file that tickerlock export has made";
  const { kind, why, hint } = explain(error, path, "read", another);
  const [code, message] = kind === "missing"
    ? ["file_not_found", `${path} does not exist`]
    : ["file_unreadable", `${path} cannot be read: ${why}`];
  return new SourceError(code, message, { hint, cause: error, details: { path } });
}

function compareBeside(path: string, sha256: string): ExportVerification["beside"] {
  const at = checksumPathOf(path, MARK);
  let text: string;
  try {
    text = readWholeTextSync(at);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    return { path: at, result: missing ? "none" : "unreadable", sha256: null };
  }
  const { name } = splitPath(path);
  for (const line of text.split("\n")) {
    const [, escaped, sum = "", rest = ""] = /^(\\?)([0-9a-f]{64}) [ *](.+)$/i.exec(line) ?? [];
    const named = escaped === ""
      ? rest
      : rest.replaceAll(/\\([\\nr])/g, (_, char) => ({ n: "\n", r: "\r" })[String(char)] ?? "\\");
    // A file that was given another name together with its checksum still says the old one.
    if (sum === "" || (named !== name && text.trim().includes("\n"))) continue;
    const same = sum.toLowerCase() === sha256;
    return { path: at, result: same ? "matched" : "differs", sha256: sum.toLowerCase() };
  }
  return { path: at, result: "unreadable", sha256: null };
}

async function compareManifest(
  care: Care,
  path: string,
  sha256: string,
): Promise<ExportVerification["manifest"]> {
  try {
    const snapshot = await care.snapshotOf(path, sha256) ?? null;
    if (snapshot === null) return { result: "none", snapshot, error: null };
    return { result: snapshot.sha256 === sha256 ? "matched" : "differs", snapshot, error: null };
  } catch (error) {
    if (!(error instanceof TickerlockError)) throw error;
    return { result: "unreadable", snapshot: null, error };
  }
}

/** Compares a file's SHA-256 with its `.sha256` and the manifest. @throws {SourceError} */
export async function verifyExport(file: string, care: Care): Promise<ExportVerification> {
  let path: string;
  let sha256: string;
  let info: Deno.FileInfo;
  try {
    path = await Deno.realPath(file);
    // Not the database itself: closing a descriptor of it is harmless as long as it is not open.
    sha256 = await sha256OfFile(path);
    info = await Deno.stat(path);
  } catch (error) {
    throw noFile(file, error);
  }
  const beside = compareBeside(path, sha256);
  const compared = await compareManifest(care, path, sha256);
  const isOlder = compared.result === "differs" && beside.result === "matched" &&
    Date.parse(compared.snapshot?.takenAt ?? "") < Number(info.mtime);
  const manifest = isOlder ? { ...compared, result: "older" as const } : compared;
  const results: readonly string[] = [beside.result, manifest.result];
  const ok = results.includes("matched") && !results.includes("differs");
  return { path, bytes: info.size, sha256, ok, beside, manifest };
}
