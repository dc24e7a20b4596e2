import * as fc from "fast-check";
import {
  BLANK_RECORD,
  decodeRecord,
  describeHolder,
  encodeRecord,
  type HolderRecord,
  RECORD_SIZE,
} from "../../src/lock/holder.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../assert.ts";
import { recordText, someRecord } from "./lock_folder.ts";

const text = (block: Uint8Array): string => new TextDecoder().decode(block);
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

/** What a terminal would obey, or nobody see, is shown as a character that it does not know. */
const shown = (content: string): string =>
  content.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u034f\u115f\u1160\u3164\uffa0]/gu, "\ufffd");

Deno.test("a record is one line of JSON in a block of fixed size", () => {
  const record = someRecord({ jobId: "01a1fcf6-6195-7537-b9f9-7ae91a5c17c5" });
  const block = encodeRecord(record);
  assertEquals(block.length, 512);
  assertEquals(text(block), recordText(record));
  assertEquals(decodeRecord(block), record);
});

Deno.test("a text that is too long is cut, whatever its script, and the rest stays", () => {
  for (const letter of ["x", "é", "株", "🏦", "\u0007", '"', "\ud800"]) {
    const record = someRecord({ command: letter.repeat(2000), host: letter.repeat(300) });
    const block = encodeRecord(record);
    assertEquals(block.length, RECORD_SIZE, letter);
    const decoded = decodeRecord(block);
    assert(decoded !== undefined, letter);
    const { command, host, ...rest } = decoded;
    const { command: _command, host: _host, ...original } = record;
    assertEquals(rest, original, letter);
    assert(command.length > 10 && host.length > 10, letter);
  }
});

Deno.test("a job's id that is too long for the block is left out, not the holder", () => {
  const decoded = decodeRecord(encodeRecord(someRecord({ jobId: "j".repeat(1000) })));
  assertEquals([decoded?.pid, decoded?.jobId], [4711, null]);
});

Deno.test("a record that fits in no way is blank", () => {
  const block = encodeRecord(someRecord({ processStartedAt: "z".repeat(600) }));
  assertEquals(block, BLANK_RECORD);
});

Deno.test("what is no record is an unknown holder", () => {
  const whole = recordText(someRecord()).trimEnd();
  const contents = [
    "",
    "\n",
    "\0".repeat(512),
    "garbage",
    "4711\n",
    "[1, 2]",
    "null",
    "{}",
    '{"pid": 1}',
    '{"pid": "1", "acquired_at": "x"}',
    '{"pid": 0, "acquired_at": "x"}',
    '{"pid": -1, "acquired_at": "x"}',
    '{"pid": 1.5, "acquired_at": "x"}',
    '{"pid": 1e300, "acquired_at": "x"}',
    '{"pid": 1, "acquired_at": 5}',
    `${whole} ${whole}`,
    ...Array.from({ length: whole.length }, (_, length) => whole.slice(0, length)),
  ];
  for (const content of contents) assertEquals(decodeRecord(bytes(content)), undefined, content);
  assertEquals(decodeRecord(new Uint8Array([0xff, 0xfe, 0x7b, 0x80])), undefined);
});

Deno.test("a record of another version is read as far as it is known", () => {
  const record = decodeRecord(
    bytes('{"v":2,"pid":7,"acquired_at":"2024-01-02","host":null,"colour":"red"}'),
  );
  assertEquals(record, {
    pid: 7,
    processStartedAt: "",
    host: "",
    jobId: null,
    command: "",
    acquiredAt: "2024-01-02",
    heartbeatAt: "2024-01-02",
  });
});

Deno.test("property: whatever a file holds, decoding never throws", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (content) => {
    decodeRecord(content);
  }));
  fc.assert(fc.property(fc.json(), (content) => {
    decodeRecord(bytes(content));
  }));
  const fields = ["v", "pid", "host", "job_id", "command", "acquired_at", "heartbeat_at"];
  const values = fc.oneof(fc.jsonValue(), fc.integer(), fc.string());
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...fields), values), (content) => {
      const decoded = decodeRecord(bytes(JSON.stringify(content)));
      if (decoded !== undefined) assertMatch(describeHolder(decoded), /^pid \d+.* since /s);
    }),
  );
});

Deno.test("property: every record takes 512 bytes and comes back, cut at most", () => {
  const time = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
    .map((date) => date.toISOString());
  const anyText = fc.string({ unit: "binary", maxLength: 700 });
  const records: fc.Arbitrary<HolderRecord> = fc.record({
    pid: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    processStartedAt: time,
    host: anyText,
    jobId: fc.option(fc.uuid()),
    command: anyText,
    acquiredAt: time,
    heartbeatAt: time,
  });
  fc.assert(fc.property(records, (record) => {
    const block = encodeRecord(record);
    assertEquals(block.length, RECORD_SIZE);
    assertEquals(block.indexOf(0x0a), RECORD_SIZE - 1, "one line");
    const decoded = decodeRecord(block);
    assert(decoded !== undefined);
    assertEquals([decoded.pid, decoded.acquiredAt], [record.pid, record.acquiredAt]);
    assertEquals(decoded.heartbeatAt, record.heartbeatAt);
    // Half of a pair may be left at the end of what is cut.
    assert(shown(record.command).startsWith(decoded.command));
    assert(shown(record.host).startsWith(decoded.host));
  }));
});

Deno.test("what a terminal would obey is taken out of what a file says", () => {
  const record = someRecord({ command: "\u001b[2Jrm -rf /\r\n\u009bx", host: "a\u0000b" });
  assertEquals(
    describeHolder(decodeRecord(encodeRecord(record))),
    "pid 4711 (�[2Jrm -rf /���x) on a�b since 2024-01-02T03:04:05.678Z",
  );
});

Deno.test("a holder in one phrase, with what is known of it", () => {
  assertEquals(describeHolder(undefined), "an unknown holder");
  assertEquals(
    describeHolder(someRecord()),
    "pid 4711 (a test) on elsewhere since 2024-01-02T03:04:05.678Z",
  );
  assertStringIncludes(
    describeHolder(someRecord({ host: "", command: "" })),
    "pid 4711 since 2024",
  );
});

Deno.test("a record that wants to look like another is shown as what it is", () => {
  const command = "ok\u202e\u200b\u2066\ufeff\u00ad\n\x1b[31m";
  const block = bytes(JSON.stringify({
    pid: 7,
    host: "web\u200d1",
    command,
    acquired_at: "2024-01-02T10:00:05.000Z\u202e",
  }));
  assertNotMatch(describeHolder(decodeRecord(block)), /[\p{Cc}\p{Cf}]/u);
});
