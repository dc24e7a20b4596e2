import { DatabaseSync } from "node:sqlite";
import { oneLine } from "../../../base/text.ts";
import { appliedMigrations, migrate } from "../connection/migrate.ts";
import type { Reader } from "../connection/reader.ts";

const OBJECTS = "SELECT type, name, sql FROM sqlite_schema " +
  "WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

interface SchemaDifferences {
  readonly missing: readonly string[];
  readonly changed: readonly string[];
  /** Triggers of another program: they change what is written, without an error. */
  readonly triggers: readonly string[];
  /** Tables and views of another program. An index that is added changes no answer, and is no difference. */
  readonly foreign: readonly string[];
}

function objectsOf(all: readonly Record<string, unknown>[]): Map<string, string> {
  return new Map(all.map(({ type, name, sql }) => [oneLine(`${type} ${name}`), String(sql)]));
}

/** Compares the schema of a database with that of its version. */
export function schemaDifferences(db: Reader): SchemaDifferences {
  const expected = new DatabaseSync(":memory:");
  let wanted: Map<string, string>;
  try {
    migrate(expected, ":memory:", appliedMigrations(db.raw).at(-1)?.version ?? 0);
    wanted = objectsOf(expected.prepare(OBJECTS).all());
  } finally {
    expected.close();
  }
  const have = objectsOf(db.all(OBJECTS));
  const surplus = [...have.keys()].filter((object) => !wanted.has(object)).sort();
  return {
    missing: [...wanted.keys()].filter((object) => !have.has(object)),
    changed: [...wanted].filter(([object, sql]) => (have.get(object) ?? sql) !== sql)
      .map(([object]) => object),
    triggers: surplus.filter((object) => object.startsWith("trigger ")),
    foreign: surplus.filter((object) => /^(table|view) /.test(object)),
  };
}
