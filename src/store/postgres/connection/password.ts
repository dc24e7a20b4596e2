/** The password of a database: of `PGPASSWORD`, or of a file in the format of `~/.pgpass`. @module */
import { UsageError } from "../../../base/errors.ts";
import { hasFileModes } from "../../../platform/files.ts";
import { explain } from "../../../platform/refusals.ts";
import type { Target } from "./target.ts";

function variable(name: string): string | undefined {
  try {
    return Deno.env.get(name) || undefined;
  } catch {
    // A library that is used without the right to it.
    return undefined;
  }
}

/** The fields of a line; a backslash takes the meaning from a colon or a backslash behind it. */
function fieldsOf(line: string): string[] {
  const fields = [""];
  for (const [, escaped, char] of line.matchAll(/\\(.)|(.)/gsu)) {
    if (escaped === undefined && char === ":" && fields.length < 5) fields.push("");
    else fields[fields.length - 1] += escaped ?? char ?? "";
  }
  return fields;
}

/** The password of the first line that fits. */
export function findPassword(
  text: string,
  { host, port, database, user }: Pick<Target, "host" | "port" | "database" | "user">,
): string | undefined {
  const wanted = [host.startsWith("/") ? "localhost" : host, String(port), database, user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const fields = fieldsOf(line);
    const fits = fields.length === 5 &&
      wanted.every((each, index) => fields[index] === "*" || fields[index] === each);
    if (fits) return fields[4];
  }
  return undefined;
}

function checkMode(path: string): void {
  if (!hasFileModes()) return;
  const { mode, uid } = Deno.statSync(path);
  // What systemd hands a service is of root, and readable by the service's group.
  const allowed = uid === 0 ? 0o740 : 0o700;
  if (mode === null || (mode & 0o777 & ~allowed) === 0) return;
  throw new UsageError(
    "password_file_open",
    `password file ${path} can be read by others (mode ${(mode & 0o777).toString(8)})`,
    { hint: `Make it yours alone: chmod 600 ${path}`, details: { path } },
  );
}

/** The password, if there is one. @throws {UsageError} `password_file_open`, `bad_value`. */
export async function passwordOf(target: Target): Promise<string | undefined> {
  const given = variable("PGPASSWORD");
  if (given !== undefined) return given;
  const named = variable("PGPASSFILE");
  const home = variable("HOME");
  const path = named ?? (home === undefined ? undefined : `${home}/.pgpass`);
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (named === undefined && error instanceof Deno.errors.NotFound) return undefined;
    const { why, hint } = explain(error, path, "read", "name another file in PGPASSFILE");
    throw new UsageError("bad_value", `password file ${path}: ${why}`, { hint, details: { path } });
  }
  checkMode(path);
  return findPassword(text, target);
}
