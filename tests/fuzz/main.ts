/**
 * Fuzzes what reads text from outside: `deno task fuzz [--seed=N] [--inputs=N] [PARSER]...`. The seed is
 * printed; with it and the same parser the same inputs come again.
 *
 * @module
 */
import { fuzz } from "./fuzz.ts";
import { PARSERS } from "./parsers.ts";

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** The value of an option that is a number. */
function numberOf(name: string, otherwise: number): number {
  const given = Deno.args.find((each) => each.startsWith(`--${name}=`))?.split("=")[1];
  return given === undefined ? otherwise : Number(given);
}

const seed = numberOf("seed", Math.floor(Math.random() * 2 ** 32));
const inputs = numberOf("inputs", 100_000);
const wanted = Deno.args.filter((each) => !each.startsWith("--"));
const unknown = wanted.find((name) => !Object.hasOwn(PARSERS, name));
if (unknown !== undefined || !Number.isInteger(seed) || !Number.isInteger(inputs)) {
  say(
    `fuzz [--seed=N] [--inputs=N] [PARSER]...; parsers: ${Object.keys(PARSERS).join(", ")}`,
  );
  Deno.exit(2);
}
let failed = 0;
for (const [name, parser] of Object.entries(PARSERS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  try {
    await fuzz(name, parser, seed, inputs);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(`ok      ${name}: ${inputs} inputs of seed ${seed} in ${seconds} s`);
  } catch (error) {
    failed++;
    say(`FAILED  ${error instanceof Error ? error.message : error}`);
  }
}
Deno.exit(failed === 0 ? 0 : 1);
