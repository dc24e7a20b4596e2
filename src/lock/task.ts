/**
 * Tells one task of a process from another, so that asking for a lock that the task holds is an error in
 * place of a deadlock, while other tasks queue.
 *
 * Without an explicit identity the asynchronous context tells: each acquisition opens a scope that what
 * follows in the task inherits. A call of the same synchronous stretch, as the second of
 * `Promise.all([work(), work()])`, is a sibling: a scope counts as an ancestor once that stretch has ended
 * ("armed").
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** The scope that one acquisition opens. */
export interface TaskScope {
  /** Keys of the locks that it holds or waits for. */
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

/** Whether the calling task, by `task` or the asynchronous context, holds `key`. Call before any `await`. */
export function isHeldByTask(key: string, task: object | undefined): boolean {
  if (task !== undefined) {
    return explicit.get(task)?.values().some(({ held }) => held.has(key)) === true;
  }
  let scope = nearestHolding(current.getStore());
  while (scope !== undefined && !scope.held.has(key)) scope = nearestHolding(scope.parent);
  return scope !== undefined;
}

/** Opens the scope of an acquisition. Call before any `await`. */
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
