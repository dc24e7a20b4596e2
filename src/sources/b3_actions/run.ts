/** Asking for the events of one ticker after the other. @module */
import { debug } from "../../base/debug.ts";
import { SourceError } from "../../base/errors.ts";
import { lengthOf } from "../../base/text.ts";
import type { StoredState } from "../../model/prices.ts";
import { exchangeDay } from "../b3/services.ts";
import { ServiceRun } from "../http/service.ts";
import type { AnswerSchema, ServiceClient } from "../http/service_client.ts";
import type { Batch, FetchOptions, FetchPlan, SourceRequest } from "../source.ts";
import {
  cashPageSchema,
  type CashRow,
  detailSchema,
  type Supplement,
  supplementSchema,
} from "./answers.ts";
import { eventsOf, typeOf } from "./events.ts";

const PATH = "/listedCompaniesProxy/CompanyCall/";
const PAGE_SIZE = 100;

/** More pages than a company of a century has. */
const MOST_PAGES = 100;

/** Milliseconds for which a ticker's events are not asked for again: a run that was cut goes on. */
const REST_MS = 12 * 3_600_000;

/** What ends the tickers of B3. */
export const SUFFIX = ".SA";

/** Makes a request; an empty answer is the service's way to say that there is no such thing. */
type Ask = <Value>(
  method: string,
  question: Readonly<Record<string, unknown>>,
  schema: AnswerSchema<Value>,
) => Promise<Value | undefined>;

interface Listed {
  readonly supplement: Supplement;
  readonly cash: readonly CashRow[];
}

/** The path of a question. */
export function questionPath(method: string, question: Readonly<Record<string, unknown>>): string {
  const text = new TextEncoder().encode(JSON.stringify(question)).toBase64();
  return `${PATH}${method}/${text.replaceAll("/", "%2F")}`;
}

/** An opened source of the exchange's events. */
export class B3ActionsRun extends ServiceRun {
  readonly needsStored = true;
  readonly withoutPrices = true;
  readonly #request: SourceRequest;
  /** The company that was asked for last: its papers follow each other. */
  #last: { readonly issuer: string; readonly listed: Listed | undefined } | undefined;

  constructor(client: ServiceClient, request: SourceRequest) {
    super(request.tickers ?? [], client);
    this.#request = request;
  }

  plan(_ticker: string, stored: StoredState | null): FetchPlan {
    const now = Date.now();
    const plan: FetchPlan = { kind: "full", from: null, to: exchangeDay(now) };
    const ago = now - Date.parse(stored?.wholeAt ?? "");
    if (!(ago >= 0 && ago < REST_MS) || this.#request.forceRefresh === true) return plan;
    return { ...plan, skip: `its events were asked for ${lengthOf(ago)} ago` };
  }

  async *fetch(ticker: string, options?: FetchOptions): AsyncGenerator<Batch> {
    if (!ticker.endsWith(SUFFIX)) {
      const message = `${ticker} is no ticker of B3: it does not end in .SA`;
      throw new SourceError("ticker_unknown", message, {
        hint: `Leave it out, or write it as the exchange's: ${ticker}.SA.`,
      });
    }
    const code = ticker.slice(0, -SUFFIX.length);
    const listening = { ...options, signal: this.#request.signal };
    const deadline = this.client.deadline();
    const ask: Ask = (method, question, schema) =>
      this.client.trying(listening, async (get) => {
        const answer = await get(questionPath(method, question));
        if (answer.status === 200 && answer.bytes.length === 0) return undefined;
        return (await this.client.read(answer, { schema: withinText(schema) })).value;
      }, deadline);
    const stored = await options?.storedIsins?.() ?? [];
    // The issuer's letters in an ISIN outlast the company's name, and so its code.
    const issuers = new Set([...stored.map((isin) => isin.slice(2, 6)), code.slice(0, 4)]);
    for (const issuer of issuers) {
      const listed = await this.#company(issuer, ask);
      if (listed === undefined) continue;
      const isins = new Set(stored.length > 0 ? stored : await isinsOf(code, listed, ask));
      if (isins.size === 0) continue;
      const paper = { isins, type: typeOf(code) };
      yield { prices: [], ...eventsOf(listed.supplement, listed.cash, paper) };
      return;
    }
    if (stored.length === 0) {
      const message = `${ticker}: the exchange lists no company with that paper`;
      throw new SourceError("ticker_unknown", message, {
        hint:
          "Check the ticker; events of funds and foreign papers are not in the list of companies.",
      });
    }
    debug("b3", () => [`${ticker}: the exchange lists no company of it`, { ticker }]);
    yield { prices: [], events: [], rejects: [] };
  }

  async #company(issuer: string, ask: Ask): Promise<Listed | undefined> {
    if (this.#last?.issuer === issuer) return this.#last.listed;
    const question = { issuingCompany: issuer, language: "pt-br" };
    const found = await ask("GetListedSupplementCompany", question, supplementSchema);
    const supplement = found?.[0];
    const listed = supplement && { supplement, cash: await cashOf(supplement, ask) };
    this.#last = { issuer, listed };
    return listed;
  }
}

async function cashOf({ tradingName: name }: Supplement, ask: Ask): Promise<CashRow[]> {
  const tradingName = name.replaceAll(/[^\p{L}\p{N} ]/gu, "").trim();
  const rows: CashRow[] = [];
  for (let pageNumber = 1; pageNumber <= MOST_PAGES; pageNumber++) {
    const question = { language: "pt-br", pageNumber, pageSize: PAGE_SIZE, tradingName };
    const found = await ask("GetListedCashDividends", question, cashPageSchema);
    rows.push(...found?.results ?? []);
    if (pageNumber >= (found?.page.totalPages ?? 1)) break;
  }
  return rows;
}

async function isinsOf(code: string, { supplement }: Listed, ask: Ask): Promise<string[]> {
  const { codeCVM } = supplement;
  const found = await ask("GetDetail", { codeCVM, language: "pt-br" }, detailSchema);
  return (found?.otherCodes ?? []).filter((each) => each.code.trim() === code)
    .map(({ isin }) => isin.trim());
}

/** Reads JSON that may come as a text within JSON. */
function withinText<Value>(schema: AnswerSchema<Value>): AnswerSchema<Value> {
  const { validate } = schema["~standard"];
  return {
    "~standard": {
      validate(value) {
        if (typeof value !== "string") return validate(value);
        try {
          return validate(JSON.parse(value));
        } catch {
          return { issues: [{ message: "a text that is no JSON" }] };
        }
      },
    },
  };
}
