/**
 * The fake of B3's services as a program, to play with: `deno task fake:b3`. Its options are those of
 * `fake_program.ts`.
 *
 * @module
 */
import { startFakeB3 } from "./b3.ts";
import { FAULTS } from "./b3_faults.ts";
import { runFakeProgram, timesOf } from "./fake_program.ts";

await runFakeProgram({
  task: "fake:b3",
  port: 8810,
  faults: FAULTS,
  settings: ["times", "path"],
  start: async (port, asked) => {
    const faults = asked.map(({ name, settings: { times, path } }) => ({
      fault: name,
      ...times === undefined ? {} : { times: timesOf("times", times) },
      ...path === undefined ? {} : { path },
    }));
    const { url } = await startFakeB3({ port, faults });
    return `${url} is up: B3_BASE_URL=${url} deno task ingest --source cotahist --year 2024`;
  },
});
