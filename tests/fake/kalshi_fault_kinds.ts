/**
 * What kinds of things can go wrong with the fake of the trade API.
 *
 * @module
 */
import type { Reply } from "./http_server.ts";
import type { World } from "./kalshi_world.ts";

/** The paths of the service; `*` stands for a ticker. */
export const ROUTES = [
  "/events",
  "/events/*",
  "/markets",
  "/markets/*",
  "/historical/cutoff",
  "/historical/markets",
  "/historical/markets/*",
] as const;

/** One of them. */
export type Route = (typeof ROUTES)[number];

/** In place of the good answer. */
export interface AnswerFault {
  readonly about: string;
  /** Where the fault is unless another route is given; without one, on all routes. */
  readonly route?: Route;
  /** `body` makes the good answer's body, JSON in UTF-8. */
  readonly run: (reply: Reply, body: () => Uint8Array<ArrayBuffer>) => Promise<void>;
}

/** A page that a fault changes. */
export interface PageDraft {
  rows: string[];
  /** Undefined: no field. */
  cursor: string | null | undefined;
  /** The cursor that asked for this page. */
  readonly asked: string;
  /** The cursor that leads to page 2. */
  readonly second: () => string;
  /** A cursor for the next page, which begins where this one did. */
  readonly here: string;
  /** A cursor for the next page, behind everything. */
  readonly beyond: string;
  /** The very first row of the list. */
  readonly first: () => string | undefined;
}

/** In a page. */
export interface PageFault {
  readonly about: string;
  readonly route: Route;
  /** On which page unless another is given; without one, on all. */
  readonly page?: number;
  /** So many rows more than asked. */
  readonly more?: number;
  readonly change?: (page: PageDraft) => void;
}

/** In one row: the one that is named, or else the first of the page. */
export interface RowFault {
  readonly about: string;
  readonly route: Route;
  readonly page?: number;
  /** Undefined: the row is left out. */
  readonly row: (row: Record<string, unknown>) => Record<string, unknown> | undefined;
}

/** Something happens to a market just before a page is answered: to the one named, or the page's first. */
export interface WorldFault {
  readonly about: string;
  readonly route: Route;
  readonly page: number;
  readonly happen: (world: World, ticker: string) => void;
}

/** One of the table. */
export type FaultKind = AnswerFault | PageFault | RowFault | WorldFault;
