/** The file with certificate authorities that are trusted beside the usual ones. @module */
import { UsageError } from "../base/errors.ts";
import { listed, plural, spanText } from "../base/text.ts";
import { readWholeTextSync } from "../platform/read_whole.ts";
import { Trust } from "../sources/http/certificates.ts";
import { failed, type Finding, ok, wrong } from "./finding.ts";

/** Before its end a new certificate has to be asked for, put in place, and told to others. */
const SOON_MS = 30 * 86_400_000;

interface Authority {
  readonly name: string;
  readonly endsMs: number;
}

function authoritiesIn(path: string): Authority[] {
  // Refuses what a source would refuse.
  new Trust(path);
  const { X509Certificate } = process.getBuiltinModule("node:crypto");
  const [, ...blocks] = readWholeTextSync(path).split("-----BEGIN CERTIFICATE-----");
  return blocks.map((block) => {
    const { subject, validTo } = new X509Certificate(`-----BEGIN CERTIFICATE-----${block}`);
    return { name: subject.replaceAll("\n", ", "), endsMs: Date.parse(validTo) };
  });
}

function ending(authorities: readonly Authority[]): string {
  const named = authorities.map(({ name, endsMs }) =>
    `${name} (${new Date(endsMs).toISOString().slice(0, 10)})`
  );
  return listed(named, 3);
}

/** Whether the authorities of a PEM file can be read, and for how long they hold. */
export function checkCertificates(path: string, nowMs: number): Finding[] {
  let authorities: readonly Authority[];
  try {
    authorities = authoritiesIn(path);
  } catch (reason) {
    const prefix = reason instanceof UsageError ? "" : `certificate file ${path}: `;
    return [failed("certificates_bad", reason, prefix)];
  }
  const what = `certificate file ${path}`;
  const renew = `Ask who runs that authority for its new certificate, and put it into ${path}.`;
  const gone = authorities.filter(({ endsMs }) => endsMs <= nowMs);
  if (gone.length > 0) {
    // A run works by those that are valid.
    const code = gone.length === authorities.length
      ? "certificates_expired"
      : "certificates_expire";
    return [wrong(code, `${what}: no longer valid: ${ending(gone)}`, renew)];
  }
  const soon = authorities.filter(({ endsMs }) => endsMs <= nowMs + SOON_MS);
  if (soon.length > 0) {
    return [wrong("certificates_expire", `${what}: valid no longer than: ${ending(soon)}`, renew)];
  }
  const first = Math.min(...authorities.map(({ endsMs }) => endsMs));
  const message = `${what}: ${plural(authorities.length, "certificate")}, ` +
    `the first valid for ${spanText(first - nowMs)}`;
  return [ok("certificates", message)];
}
