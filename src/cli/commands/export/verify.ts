/** `tickerlock export verify` @module */
import type { ExportCall } from "./spec.ts";
import { StoreError } from "../../../store/errors.ts";
import { type ExportVerification, verifyExport } from "../../../store/export/verify.ts";
import { openCare } from "../../../store/open.ts";
import { EXIT, type ExitCode } from "../../../base/errors.ts";
import { bytesText, isUrl, plural } from "../../../base/text.ts";
import { zonedTime } from "../../output/time.ts";
import { wrapOut } from "../../output/wrap.ts";
import { exists } from "../../../platform/files.ts";

function besideText({ beside }: ExportVerification): string {
  const name = beside.path;
  if (beside.result === "none") return `there is no ${name}`;
  if (beside.result === "unreadable") return `${name} holds no SHA-256 that can be read`;
  return beside.result === "matched"
    ? `as in ${name}`
    : `not as in ${name}, which says ${beside.sha256}`;
}

function isMissing(db: string): boolean {
  return !isUrl(db) && !exists(db);
}

function manifestText({ manifest }: ExportVerification, db: string): string {
  const { result, snapshot, error } = manifest;
  if (result === "unreadable") return `the manifest could not be read: ${error?.message}`;
  if (snapshot === null && isMissing(db)) {
    return `there is no database ${db}, and so no manifest: only the .sha256 counts`;
  }
  if (snapshot === null) return `the manifest in ${db} has no line of it`;
  const { id, takenAt, rows, object, sha256 } = snapshot;
  const line = `line ${id} of the manifest in ${db} ` +
    `(${plural(rows, "row")} of ${object}, ${zonedTime(takenAt)})`;
  if (result === "older") {
    return `${line} is of an earlier export: its own checksum counts, and the export that wrote it was ` +
      "killed, or could not write, before its line";
  }
  return result === "matched" ? `as in ${line}` : `not as in ${line}, which says ${sha256}`;
}

/** `tickerlock export verify FILE`. */
export async function verifyCommand(
  { values: { db, json }, origins, operands: [file = ""], io }: ExportCall,
): Promise<ExitCode> {
  await using care = await openCare(db);
  if (origins.db !== "default" && isMissing(db)) {
    throw new StoreError("db_not_found", `database ${db} does not exist`, db, {
      hint: "Name the one that the file was exported from with --db; without it the manifest " +
        "cannot be compared.",
    });
  }
  const found = await verifyExport(file, care);
  const code = found.ok ? EXIT.ok : EXIT.failed;
  const { path, bytes, sha256, ok, beside, manifest } = found;
  if (json) {
    const { result, snapshot, error } = manifest;
    io.outJson({
      file: path,
      db,
      ok,
      bytes,
      sha256,
      beside: { result: beside.result, sha256: beside.sha256 },
      manifest: {
        result,
        id: snapshot?.id ?? null,
        taken_at: snapshot?.takenAt ?? null,
        object: snapshot?.object ?? null,
        rows: snapshot?.rows ?? null,
        sha256: snapshot?.sha256 ?? null,
        error: error === null ? null : { code: error.code, message: error.message },
      },
    });
    return code;
  }
  const none = beside.result !== "differs" && manifest.result !== "differs";
  const verdict = ok ? "ok" : none ? "not ok, nothing to compare with" : "not ok, it was changed";
  io.outText(wrapOut(io, `${path}: ${verdict}\nSHA-256 ${sha256}, ${bytesText(bytes)}\n`, 2));
  io.outText(wrapOut(io, `  ${besideText(found)}\n  ${manifestText(found, db)}\n`, 4));
  return code;
}
