/**
 * The server of all tests, as a program: tells `PORT USER PASSWORD`, and ends with its standard input.
 *
 * @module
 */
import { startServer } from "./server.ts";

await using server = await startServer();
const told = `${server.port} ${server.user} ${server.password}\n`;
await Deno.stdout.write(new TextEncoder().encode(told));
for await (const _ of Deno.stdin.readable) {
  // Nothing is sent: the end of it is the end of the tests.
}
