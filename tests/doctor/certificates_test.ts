import { checkCertificates } from "../../src/doctor/certificates.ts";
import { Authority } from "../fake/authority.ts";
import { AUTHORITY, LOCALHOST } from "../fake/certificates.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { test } from "../store/sqlite/leaks.ts";

const at = (day: string): number => Date.parse(day);

test("certificates are told by how long they are valid", async ({ folder }) => {
  const path = `${folder.path}/ca.pem`;
  await Deno.writeTextFile(path, AUTHORITY + LOCALHOST.cert);
  const found = (day: string) => checkCertificates(path, at(day))[0];
  assertEquals(found("2027-01-01")?.level, "ok");
  assertStringIncludes(found("2027-01-01")?.message ?? "", "2 certificates, the first valid for ");
  const soon = found("2126-10-20");
  assertEquals([soon?.check, soon?.code], ["certificates", "certificates_expire"]);
  assertStringIncludes(soon?.message ?? "", "CN=tickerlock test authority (2126-11-06)");
  assertEquals(found("2126-12-01")?.code, "certificates_expired");
});

test("one that is no longer valid, beside one that is, is a warning: a run works", async ({ folder }) => {
  const path = `${folder.path}/ca.pem`;
  // The one ends in 2100, the other in 2126.
  const { cert } = await Authority.create("CN of old");
  await Deno.writeTextFile(path, cert + "\n" + AUTHORITY);
  const [found] = checkCertificates(path, at("2101-01-01"));
  assertEquals([found?.level, found?.code], ["warning", "certificates_expire"]);
  assertStringIncludes(found?.message ?? "", "no longer valid: CN=CN of old (2100-01-01)");
  assertEquals(checkCertificates(path, at("2127-01-01"))[0]?.code, "certificates_expired");
});

test("a file that is none, or that does not parse, is an error with its remedy", async ({ folder }) => {
  const path = `${folder.path}/ca.pem`;
  const codeOf = (): unknown => checkCertificates(path, 0)[0]?.code;
  assertEquals(codeOf(), "certificates_bad");
  for (const text of ["", "no PEM", AUTHORITY.replace("MIIBsDCC", "MIIBsDC")]) {
    await Deno.writeTextFile(path, text);
    assertEquals(codeOf(), "certificates_bad");
  }
  const [found] = checkCertificates(path, 0);
  assertStringIncludes(found?.message ?? "", path);
});
