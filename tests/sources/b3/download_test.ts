import { SourceError } from "../../../src/base/errors.ts";
import { FileDownload } from "../../../src/sources/b3/download.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

function start() {
  const written: string[] = [];
  const download = new FileDownload({
    label: "x.zip",
    begin: () => {
      written.length = 0;
      return Promise.resolve({
        write: (bytes) => Promise.resolve(void written.push(new TextDecoder().decode(bytes))),
        commit: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      });
    },
    beginsWell: (bytes) => bytes[0] === 0x50,
    onProgress: () => {},
  });
  return { download, written };
}

const PIECE = new TextEncoder().encode("PK12");
const WHOLE = { "content-length": "8", "accept-ranges": "bytes" };

Deno.test("the rest of a file is asked for where the service says that it is still the same", async () => {
  const [etag, then] = ['"1"', "Wed, 01 Jan 2025 00:00:00 GMT"];
  for (
    const [headers, validator] of [
      [{ ...WHOLE, etag, "last-modified": then }, etag],
      [{ ...WHOLE, etag: `W/${etag}`, "last-modified": then }, then],
      [{ ...WHOLE }, undefined],
      [{ ...WHOLE, "accept-ranges": "none", etag }, undefined],
      // Packed on the way.
      [{ "accept-ranges": "bytes", etag }, undefined],
    ] as const
  ) {
    const { download } = start();
    const take = download.begin(new Headers(headers));
    assertEquals(download.rest, undefined);
    await take(PIECE);
    const rest = validator === undefined
      ? undefined
      : { "range": "bytes=4-", "if-range": validator };
    assertEquals(download.rest, rest, JSON.stringify(headers));
  }
});

Deno.test("a part goes behind what is there, all of the file in its place", async () => {
  const { download, written } = start();
  const headers = { ...WHOLE, etag: '"1"' };
  await download.begin(new Headers(headers))(PIECE);
  await download.begin(new Headers({ ...headers, "content-range": "bytes 4-7/8" }))(PIECE);
  assertEquals([written, download.absent], [["PK12", "PK12"], undefined]);
  await download.begin(new Headers(headers))(PIECE);
  const { bytes, sha256 } = await download.commit();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", PIECE)).toHex();
  assertEquals([written, bytes, sha256], [["PK12"], 4, digest]);
});

Deno.test("a part from another place is refused, and all of the file is asked for", async () => {
  const { download, written } = start();
  await download.begin(new Headers({ ...WHOLE, etag: '"1"' }))(PIECE);
  const other = new Headers({ "content-range": "bytes 2-7/8" });
  const error = assertThrows(() => download.begin(other), SourceError);
  assertEquals([error.code, error.retryable], ["truncated_body", true]);
  assertEquals([download.rest, written], [undefined, ["PK12"]]);
});
