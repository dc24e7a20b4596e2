/**
 * The service, small and local: it wants a key, and its second answer is that it is overloaded.
 *
 * @module
 */

/** What callers have to send. */
export const KEY = "k3y-of-the-example";

const DAYS: Readonly<Record<string, readonly { date: string; close: unknown }[]>> = {
  EURBRL: [
    { date: "2024-01-02", close: 5.35 },
    { date: "2024-01-03", close: 5.38 },
    { date: "2024-01-04", close: "n/a" },
  ],
};

/** Starts it on any free port of this machine. */
export function startService(): Deno.HttpServer<Deno.NetAddr> {
  let requests = 0;
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    requests++;
    if (requests === 2) return new Response("overloaded", { status: 500 });
    if (request.headers.get("authorization") !== `Bearer ${KEY}`) {
      return new Response("no key", { status: 401 });
    }
    const { pathname, searchParams } = new URL(request.url);
    const days = DAYS[pathname.split("/").pop() ?? ""];
    if (days === undefined) return new Response("no such ticker", { status: 404 });
    const from = searchParams.get("from") ?? "";
    return Response.json({ days: days.filter(({ date }) => date >= from) });
  });
}
