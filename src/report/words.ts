/** Days, moments and numbers as the page writes them. @module */
import { type Html, html } from "./html.ts";

/** Text that leads to the page of a ticker, of a run or of failures of a code, where there is one. */
export type Linked = (to: "ticker" | "run" | "failure", key: string, text: string) => Html;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A month's name of three letters. @param month From 1. */
export function monthName(month: number): string {
  return MONTHS[month - 1] ?? "";
}

/** A day: `27 Nov`, with its year where that is not the one of the page. */
export function dayText(day: string, today: string): string {
  const [year = "", month = "", date = ""] = day.split("-");
  const text = `${Number(date)} ${monthName(Number(month))}`;
  return year === today.slice(0, 4) ? text : `${text} ${year}`;
}

/** A moment in a zone. */
export function inZone(iso: string, zone: string): { readonly day: string; readonly time: string } {
  const local = Temporal.Instant.from(iso).toZonedDateTimeISO(zone).toPlainDateTime();
  const text = local.toString({ smallestUnit: "minute" });
  return { day: text.slice(0, 10), time: text.slice(11, 16) };
}

/** A moment: `27 Nov, 03:10`. */
export function momentText(iso: string, zone: string, now: string): string {
  const { day, time } = inZone(iso, zone);
  return `${dayText(day, inZone(now, zone).day)}, ${time}`;
}

type Cell = Html | string | number;

/** A table of text. @param numbersFrom The first column that stands to the right, from 1. */
export function tableOf(
  titles: readonly string[],
  numbersFrom: number,
  rows: readonly (readonly Cell[])[],
): Html {
  const cells = (row: readonly Cell[]): Html[] =>
    row.map((cell, at) => at === 0 ? html`<th scope="row">${cell}` : html`<td>${cell}`);
  const head = titles.map((title) => html`<th scope="col">${title}`);
  const body = rows.map((row) => html`<tr>${cells(row)}`);
  return html`
    <table class="list from${numbersFrom}">
      <thead>
        <tr>${head}</tr>
      </thead>
      <tbody>${body}</tbody>
    </table>
  `;
}

/** A table behind a picture. @param numbersFrom The first right-aligned column, from 1. */
export function tableBehind(
  what: string,
  titles: readonly string[],
  numbersFrom: number,
  rows: readonly (readonly Cell[])[],
): Html {
  return html`
    <details>
      <summary>${what}</summary>
      <div tabindex="0" role="region" aria-label="${what}">
        ${tableOf(titles, numbersFrom, rows)}
      </div>
    </details>
  `;
}
