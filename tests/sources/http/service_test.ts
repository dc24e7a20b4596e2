import { SourceError } from "../../../src/base/errors.ts";
import { tryService } from "../../../src/sources/http/service.ts";
import { ServiceClient } from "../../../src/sources/http/service_client.ts";
import type { SourceNetwork } from "../../../src/sources/network.ts";
import { assert, assertEquals } from "../../assert.ts";

const network: SourceNetwork = {
  baseUrl: "http://127.0.0.1:9/v1",
  rate: { count: 1, perMs: 1 },
  environment: { baseUrl: "SERVICE_BASE_URL" },
};
const client = (): ServiceClient => new ServiceClient(network);

Deno.test("a try says what was asked, the status and what was found", async () => {
  const found = await tryService(network, "/x", client, async (_client, listening) => {
    listening.onRequest?.();
    await listening.onAnswer?.({ status: 204, bytes: new Uint8Array(), sha256: "" });
    return { ok: true, message: "well" };
  });
  assert(found.latencyMs >= 0);
  assertEquals(
    { ...found, latencyMs: 0 },
    { ok: true, message: "well", target: "http://127.0.0.1:9/v1/x", status: 204, latencyMs: 0 },
  );
});

Deno.test("what fails is what was found, with its hint where it has one", async () => {
  const failing = (error: unknown) =>
    tryService(network, "/x", client, () => Promise.reject(error));
  const known = await failing(new SourceError("source_failed", "no", { hint: "Wait." }));
  assertEquals([known.ok, known.status, known.message, known.hint], [false, null, "no", "Wait."]);
  const unknown = await failing(new TypeError("odd"));
  assertEquals([unknown.ok, unknown.message, unknown.hint], [false, "odd", undefined]);
});

Deno.test("an address that is none is told by the name of its setting", async () => {
  const bent = (): ServiceClient => new ServiceClient(network, { baseUrl: "nonsense" });
  const found = await tryService(network, "/x", bent, () => {
    throw new Error("not reached");
  });
  assertEquals([found.ok, found.target], [false, "SERVICE_BASE_URL"]);
  assert(found.message.startsWith("SERVICE_BASE_URL"));
});
