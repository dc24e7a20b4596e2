/**
 * What every engine promises, as tests. An engine's own test file hands itself to
 * {@linkcode testStore}.
 *
 * @module
 */
import { testAdjusting } from "./contract_adjust.ts";
import { testAdjustingAgain } from "./contract_adjust_writes.ts";
import { testBusy } from "./contract_busy.ts";
import { testLog } from "./contract_end.ts";
import { testLockFolder } from "./contract_lock_folder.ts";
import { testTaking } from "./contract_take.ts";
import { type Engine, promising } from "./contract_tools.ts";
import { testWriting } from "./contract_write.ts";

export type { Engine, Place } from "./contract_tools.ts";

/** Registers the tests of all promises of a `Store`. */
export function testStore(engine: Engine): void {
  const promise = promising(engine);
  testTaking(promise);
  if (engine.hasLockFolder) testLockFolder(promise);
  testWriting(promise);
  testAdjusting(promise);
  testAdjustingAgain(promise);
  testLog(promise);
  testBusy(promise);
}
