/**
 * An event of a paper as the exchange tells it: a row of `corporate_events`.
 * @category Writing a source
 */
export interface CorporateEvent {
  /** What the exchange calls it: `DIVIDENDO`, `GRUPAMENTO`, … */
  readonly label: string;
  /** The last day with the right, `YYYY-MM-DD`; `9999-12-31` where it is not known yet. */
  readonly lastWithRight: string;
  /** The session after it; null where it is not known. */
  readonly exDate: string | null;
  /** `split` has a ratio, `cash` an amount; what has neither says nothing of prices. */
  readonly kind: "split" | "cash" | "other";
  /** Units after it for one before. */
  readonly ratio: number | null;
  /** Money per unit, before taxes. */
  readonly amount: number | null;
  /** The number as it was received. */
  readonly rate: string;
  /** When it was decided, `YYYY-MM-DD`; empty where that is not told. */
  readonly approvedOn: string;
  /** Paper that it is for; null where only its kind is told. */
  readonly isin: string | null;
}
