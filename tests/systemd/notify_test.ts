import { notifySystemd } from "../../src/systemd/notify.ts";
import { assertEquals } from "../assert.ts";
import { projectPath } from "../e2e/program.ts";
import { openFolder, say } from "./tools.ts";

// The receiver is a program of its own, since datagram sockets are not part of what tests may use.
const RECEIVER = `
const socket = Deno.listenDatagram({ transport: "unixpacket", path: Deno.args[0] });
const command = new Deno.Command(Deno.execPath(), { args: Deno.args.slice(1) }).output();
const [bytes] = await socket.receive();
console.log(new TextDecoder().decode(bytes), (await command).code);
socket.close();
`;

Deno.test("a state arrives at the socket, and nothing is left of sending it", async () => {
  await using folder = await openFolder();
  const script = `${folder.path}/receiver.js`;
  await Deno.writeTextFile(script, RECEIVER);
  await Deno.mkdir(`${folder.path}/own`);
  const socket = `${folder.path}/notify`;
  const sender = [
    "run",
    "--no-prompt",
    "--unstable-net",
    "--allow-net",
    "--allow-read",
    "--allow-write",
    projectPath("tests/systemd/notify_main.ts"),
    socket,
    `${folder.path}/own`,
  ];
  const { code, text } = await say([
    Deno.execPath(),
    "run",
    "--no-prompt",
    "--unstable-net",
    "--allow-net",
    "--allow-read",
    "--allow-write",
    "--allow-run",
    script,
    socket,
    ...sender,
  ]);
  assertEquals([code, text], [0, "READY=1\nSTATUS=syncing 0\n"]);
  assertEquals([...Deno.readDirSync(`${folder.path}/own`)], []);
});

Deno.test("where nobody listens, or it cannot be sent, that is no error", async () => {
  for (const socket of [undefined, "", "@abstract", "/surely/not/here"]) {
    assertEquals(await notifySystemd("READY=1", { socket, folder: "/surely/not/here" }), false);
  }
});
