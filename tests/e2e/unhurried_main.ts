/**
 * Runs the program with a monotonic clock that goes a thousand times slower: `unhurried_main.ts MAIN
 * [ARGUMENT]...`. What a person would not wait for, such as the names that a completion has looked up in
 * 60 ms, is waited for on any machine.
 *
 * @module
 */
const [main = "", ...args] = Deno.args;
// The program reads its arguments there.
Deno.args.splice(0, Deno.args.length, ...args);
const real = performance.now.bind(performance);
performance.now = () => real() / 1000;
await import(main);
