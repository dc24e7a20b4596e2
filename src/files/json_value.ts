/** What has a form in JSON: `JSON.stringify` writes NaN as null, and a Map as `{}`. @module */

interface JsonProblem {
  readonly keys: readonly (string | number)[];
  /** What it is, to stand behind "it is". */
  readonly what: string;
}

/** Writes a place as a JSONPath such as `$.prices[3].close`. */
export function jsonPath(keys: readonly unknown[]): string {
  const shown = keys.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    const name = String(key);
    return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  });
  return `$${shown.join("")}`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Object.prototype of any realm has no prototype itself.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function nameOf(value: object): string {
  const { constructor } = value;
  const name = typeof constructor === "function" ? constructor.name : "";
  return name === "" ? "an object without properties" : `of the class ${name}`;
}

function objectProblem(value: object): string | undefined {
  if (isPlain(value)) return undefined;
  if (value instanceof Number) return numberProblem(value.valueOf());
  if (value instanceof String || value instanceof Boolean) return undefined;
  const losing = value instanceof Map || value instanceof Set || value instanceof Error ||
    ArrayBuffer.isView(value);
  // An object of a class is its fields; one without any keeps what it knows elsewhere.
  return losing || Object.keys(value).length === 0 ? nameOf(value) : undefined;
}

function numberProblem(value: number): string | undefined {
  return Number.isFinite(value) ? undefined : String(value);
}

function ownProblem(value: unknown): string | undefined {
  switch (typeof value) {
    case "number":
      return numberProblem(value);
    case "undefined":
      return "undefined";
    case "bigint":
      return "a BigInt";
    case "function":
    case "symbol":
      return `a ${typeof value}`;
    default:
      return undefined;
  }
}

function formOf(value: unknown, key: string | number | undefined): unknown {
  if (typeof value !== "object" || value === null || !("toJSON" in value)) return value;
  const { toJSON } = value;
  if (typeof toJSON !== "function") return value;
  const form: unknown = toJSON.call(value, key === undefined ? "" : String(key));
  // An invalid date has null for a form.
  return form === null && value instanceof Date ? NaN : form;
}

function find(
  given: unknown,
  keys: (string | number)[],
  ancestors: object[],
): JsonProblem | undefined {
  const value = formOf(given, keys.at(-1));
  const own = given instanceof Date && typeof value === "number"
    ? "an invalid date"
    : ownProblem(value);
  if (own !== undefined) return { keys, what: own };
  if (typeof value !== "object" || value === null) return undefined;
  if (ancestors.includes(value)) return { keys, what: "circular: it contains itself" };
  const isArray = Array.isArray(value);
  const what = isArray ? undefined : objectProblem(value);
  if (what !== undefined) return { keys, what };
  ancestors.push(value);
  const entries: Iterable<[string | number, unknown]> = isArray
    ? value.entries()
    : Object.entries(value);
  for (const [key, inner] of entries) {
    // A property that is undefined is left out, as everywhere in JavaScript.
    if (inner === undefined && !isArray) continue;
    keys.push(key);
    const problem = find(inner, keys, ancestors);
    if (problem !== undefined) return problem;
    keys.pop();
  }
  ancestors.pop();
  return undefined;
}

/**
 * Finds the first value that JSON would lose or write as something else: a number that is not finite,
 * undefined but as a property, a function, symbol, BigInt, cycle, invalid date, map, set, error, typed
 * array, or an object of a class without a field of its own. `toJSON` counts.
 * @throws {RangeError} Where it is nested too deeply.
 */
export function jsonProblem(value: unknown): JsonProblem | undefined {
  return find(value, [], []);
}
