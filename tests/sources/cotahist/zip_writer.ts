/**
 * A small ZIP writer for tests, which can also write what no honest program would.
 *
 * @module
 */
import { crc32, deflateRawSync } from "node:zlib";

/** One entry to write. */
export interface ZipInput {
  readonly name: string;
  readonly data: Uint8Array;
  /** 0 stored, 8 deflated (default), anything else is written as it is. */
  readonly method?: number;
  /** Written in place of the true CRC-32. */
  readonly crc?: number;
  /** Written in place of the true size. */
  readonly size?: number;
  /** General purpose bits, 1 for encrypted. */
  readonly flags?: number;
  /** Sizes and CRC-32 stand behind the data, as where a ZIP is written while it is sent. Default false. */
  readonly streamed?: boolean;
}

/** Makes a ZIP. */
export function makeZip(inputs: readonly ZipInput[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, data, method = 8, streamed = false, ...rest } of inputs) {
    const flags = (rest.flags ?? 0) | (streamed ? 8 : 0);
    const { crc = crc32(data), size = data.length } = rest;
    const packed = method === 8 ? new Uint8Array(deflateRawSync(data)) : data;
    const nameBytes = new TextEncoder().encode(name);
    const local = new DataView(new ArrayBuffer(30));
    local.setUint32(0, 0x04034b50, true);
    const central = new DataView(new ArrayBuffer(46));
    central.setUint32(0, 0x02014b50, true);
    central.setUint32(42, offset, true);
    for (const [view, at] of [[local, 6], [central, 8]] as const) {
      view.setUint16(at, flags, true);
      view.setUint16(at + 2, method, true);
      view.setUint32(at + 8, crc, true);
      view.setUint32(at + 12, packed.length, true);
      view.setUint32(at + 16, size, true);
      view.setUint16(at + 20, nameBytes.length, true);
    }
    const behind = new DataView(new ArrayBuffer(streamed ? 16 : 0));
    if (streamed) {
      for (const at of [14, 18, 22]) local.setUint32(at, 0, true);
      behind.setUint32(0, 0x08074b50, true);
      for (const [at, value] of [crc, packed.length, size].entries()) {
        behind.setUint32(4 + 4 * at, value, true);
      }
    }
    const written = [
      new Uint8Array(local.buffer),
      nameBytes,
      packed,
      new Uint8Array(behind.buffer),
    ];
    parts.push(...written);
    offset += written.reduce((sum, part) => sum + part.length, 0);
    directory.push(new Uint8Array(central.buffer), nameBytes);
  }
  const directorySize = directory.reduce((sum, part) => sum + part.length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, inputs.length, true);
  end.setUint16(10, inputs.length, true);
  end.setUint32(12, directorySize, true);
  end.setUint32(16, offset, true);
  return concat([...parts, ...directory, new Uint8Array(end.buffer)]);
}

/** Joins bytes. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
