/**
 * Tells one task of a process from another, so that a task which asks for a lock that it already
 * holds gets an error at once in place of a deadlock, while other tasks queue.
 *
 * Without an explicit identity the asynchronous context serves: every acquisition opens a scope
 * that what follows in the same task inherits. A call that starts in the very same synchronous
 * stretch, such as the second of `Promise.all([work(), work()])`, is a sibling, not a successor:
 * a scope counts as an ancestor only after that stretch has ended ("armed").
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** The scope that one acquisition opens. */
export interface TaskScope {
  /** Keys of the locks this scope holds or waits for; remove each one that is released. */
  readonly held: Set<string>;
  readonly parent: TaskScope | undefined;
  armed: boolean;
}

const current = new AsyncLocalStorage<TaskScope>();
const explicit = new WeakMap<object, Set<TaskScope>>();

function nearestHolding(scope: TaskScope | undefined): TaskScope | undefined {
  let at = scope;
  while (at !== undefined && (at.held.size === 0 || !at.armed)) at = at.parent;
  return at;
}

/**
 * Whether the calling task holds `key` already. Call synchronously from the public function, before
 * any `await`.
 *
 * @param task Explicit identity of the task; by default the asynchronous context.
 */
export function isHeldByTask(key: string, task: object | undefined): boolean {
  if (task !== undefined) {
    for (const scope of explicit.get(task) ?? []) if (scope.held.has(key)) return true;
    return false;
  }
  for (
    let scope = nearestHolding(current.getStore());
    scope !== undefined;
    scope = nearestHolding(scope.parent)
  ) {
    if (scope.held.has(key)) return true;
  }
  return false;
}

/** Opens the scope of an acquisition. Call synchronously, like {@linkcode isHeldByTask}. */
export function openScope(keys: readonly string[], task: object | undefined): TaskScope {
  const held = new Set(keys);
  if (task !== undefined) {
    const scope: TaskScope = { held, parent: undefined, armed: true };
    const scopes = explicit.get(task) ?? new Set();
    for (const old of scopes) if (old.held.size === 0) scopes.delete(old);
    scopes.add(scope);
    explicit.set(task, scopes);
    return scope;
  }
  const scope: TaskScope = { held, parent: nearestHolding(current.getStore()), armed: false };
  current.enterWith(scope);
  queueMicrotask(() => scope.armed = true);
  return scope;
}
