import { processIo } from "../../../src/cli/output/io.ts";
import { statusColor, wantsColor } from "../../../src/cli/output/terminal.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("where there is no terminal, 80 columns are taken", () => {
  const real = Deno.consoleSize;
  Deno.consoleSize = () => {
    throw new Error("not a terminal");
  };
  try {
    assertEquals(processIo().columns, 80);
  } finally {
    Deno.consoleSize = real;
  }
});

Deno.test("colours are for terminals that have them, unless NO_COLOR says something", () => {
  const wants = (terminal: boolean, env: Record<string, string>) =>
    wantsColor(terminal, (name) => env[name]);
  assertEquals({
    terminal: wants(true, { NO_COLOR: "" }),
    file: wants(false, {}),
    refused: wants(true, { NO_COLOR: "1" }),
    dumb: wants(true, { TERM: "dumb" }),
  }, { terminal: true, file: false, refused: false, dumb: false });
});

Deno.test("a status is green, red where the job failed, and else yellow", () => {
  assertEquals(["success", "failed", "skipped"].map(statusColor), ["32", "31", "33"]);
});
