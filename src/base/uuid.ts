/** UUID v7: ids that sort by the time they were made. @module */
import { generate } from "@std/uuid/v7";

/** A new UUID v7 (RFC 9562). */
export const uuidV7: () => string = generate;
