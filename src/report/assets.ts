/** Styles and scripts of the page, with the hashes by which its policy allows them. @module */
import { STYLE } from "./style.ts";

/** Filters the table of tickers; the page can be read without it. */
const SCRIPT = `"use strict";
const find = () => {
  const filter = document.getElementById("filter");
  const rows = [...document.querySelectorAll("#tickers tbody tr")];
  const words = filter.value.toLowerCase().split(/\\s+/);
  let found = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    if (!row.hidden) found++;
  }
  document.getElementById("found").textContent = filter.value === "" ? "" : found + " of " + rows.length;
};
const readyFilter = () => {
  const filter = document.getElementById("filter");
  if (!filter) return;
  filter.parentElement.hidden = document.querySelectorAll("#tickers tbody tr").length < 2;
  filter.addEventListener("input", find);
};
readyFilter();
`;

interface Asset {
  readonly text: string;
  readonly hash: string;
}

/** All that the page loads, which is inside it. */
export interface Assets {
  readonly styles: readonly Asset[];
  readonly scripts: readonly Asset[];
}

async function assetOf(text: string): Promise<Asset> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return { text, hash: `'sha256-${new Uint8Array(digest).toBase64()}'` };
}

/** Loads them. @param withCharts Charts need a library. @param more Of a page that is served. */
export async function loadAssets(
  withCharts: boolean,
  more: { readonly style: string; readonly script: string } | null = null,
): Promise<Assets> {
  const texts = { styles: [STYLE], scripts: [SCRIPT] };
  if (more !== null) {
    texts.styles.push(more.style);
    // Before the others, which change what stands in the page.
    texts.scripts.unshift(more.script);
  }
  if (withCharts) {
    const { CHART_SCRIPT, CHART_STYLE, LIBRARY } = await import("./chart_assets.ts");
    texts.styles.push(CHART_STYLE);
    texts.scripts.push(LIBRARY, CHART_SCRIPT);
  }
  return {
    styles: await Promise.all(texts.styles.map(assetOf)),
    scripts: await Promise.all(texts.scripts.map(assetOf)),
  };
}

/** The policy of a page with these: nothing else is loaded or run. @param isServed By a server. */
export function policyOf({ styles, scripts }: Assets, isServed = false): string {
  const hashes = (assets: readonly Asset[]): string => assets.map(({ hash }) => hash).join(" ");
  return `default-src 'none'; style-src ${hashes(styles)}; script-src ${hashes(scripts)}; ` +
    "img-src data:; base-uri 'none'; " +
    (isServed
      ? "connect-src 'self'; form-action 'self'; frame-ancestors 'none'"
      : "form-action 'none'");
}
