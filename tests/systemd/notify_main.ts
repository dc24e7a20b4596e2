/**
 * Sends a state to the socket in the first argument, through the folder in the second.
 *
 * @module
 */
import { notifySystemd } from "../../src/systemd/notify.ts";

const [socket, folder = ""] = Deno.args;
const sent = await notifySystemd("READY=1\nSTATUS=syncing", { socket, folder });
Deno.exit(sent ? 0 : 1);
