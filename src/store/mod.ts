/**
 * The SQLite engine for programs that use it directly: connections, and what their errors are.
 *
 * @module
 */
export { ClaimLostError, DatabaseError, StoreError, type StoreErrorScope } from "./errors.ts";
export { type ConnectionInfo, openConnections } from "./sqlite/connection/connections.ts";
export { Database, type OpenOptions } from "./sqlite/connection/database.ts";
export { Reader, reader, type ReaderOptions } from "./sqlite/connection/reader.ts";
export type { RetryOptions } from "./sqlite/connection/retry.ts";
export { writer, type WriterOptions } from "./sqlite/connection/writer.ts";
