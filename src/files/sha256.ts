/** SHA-256 of files. @module */

/** SHA-256 of a file in hex. Never of a database open in this process: closing it drops SQLite's locks. */
export async function sha256OfFile(path: string): Promise<string> {
  // Loading it takes longer than most commands that load this file.
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  using file = Deno.openSync(path, { read: true });
  const chunk = new Uint8Array(1 << 18);
  for (;;) {
    const count = file.readSync(chunk);
    if (count === null) return hash.digest("hex");
    hash.update(chunk.subarray(0, count));
  }
}
