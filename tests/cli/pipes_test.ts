import { assertEquals, assertStringIncludes } from "../assert.ts";
import { Folder } from "../files/folder.ts";
import { PipeInPlace } from "../pipe_in_place.ts";
import { testNeeding } from "../system.ts";
import { inProcess } from "./in_process.ts";

const CSV = "date,ticker,open,high,low,close,volume\n2024-01-02,PETR4.SA,37,38,36,37.5,100\n";

testNeeding(
  "pipes",
  "a pipe that another puts in the place of a small file stops no command",
  async () => {
    await using folder = await Folder.create();
    const at = (name: string): string => `${folder.path}/${name}`;
    const run = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
      const env = { TICKERLOCK_DB: at("t.db"), TICKERLOCK_LOCK_DIR: at("locks"), ...more };
      const { code, stdout, stderr } = await inProcess(args, { env, cwd: folder.path });
      return { code, told: stdout + stderr };
    };
    Deno.writeTextFileSync(at("p.csv"), CSV);
    Deno.mkdirSync(at("units"));
    const made: readonly (readonly string[])[] = [
      ["ingest", "--source", "csv", "--file", at("p.csv")],
      ["export", "--out", at("e.csv")],
      ["db", "backup", "--to", at("b.db")],
    ];
    for (const args of made) assertEquals((await run(args)).code, 0, args.join(" "));
    const install = [
      "systemd",
      "install",
      "--scope",
      "user",
      "--dir",
      at("units"),
      "-t",
      "PETR4.SA",
    ];
    const cases: [string, readonly string[], number, string, Record<string, string>?][] = [
      ["e.csv.sha256", ["export", "verify", at("e.csv")], 0, "holds no SHA-256 that can be read"],
      ["b.db.sha256", ["db", "restore", at("b.db")], 1, "it is a pipe, socket or device"],
      ["ca.pem", ["ingest", "A", "--ca-file", at("ca.pem")], 2, "it is a pipe, socket or device"],
      ["yahoo_cookie", ["ingest", "A"], 2, "it is a pipe, socket or device", {
        CREDENTIALS_DIRECTORY: folder.path,
      }],
      ["units/tickerlock.service", install, 1, "it is a pipe, socket or device"],
    ];
    for (const [name, args, code, words, env] of cases) {
      await using _pipe = new PipeInPlace(at(name));
      const outcome = await run(args, env);
      assertStringIncludes(outcome.told, words, name);
      assertEquals(outcome.code, code, name);
    }
  },
);
