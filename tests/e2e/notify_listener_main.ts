/**
 * Prints every datagram that arrives at an address, one line each: `notify_listener_main.ts ADDRESS`.
 *
 * @module
 */
const [address = ""] = Deno.args;
const path = address.startsWith("@") ? `\0${address.slice(1)}` : address;
const socket = Deno.listenDatagram({ transport: "unixpacket", path });
const print = (text: string): Promise<number> =>
  Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
await print("listening");
for await (const [bytes] of socket) await print(new TextDecoder().decode(bytes));
