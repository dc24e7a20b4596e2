/**
 * What the service of listed companies answers.
 *
 * @module
 */
import { type Company, quotesOf } from "./b3_world.ts";

/** What is odd about the answers. */
export interface CompanyFlaws {
  /** The object comes as text within JSON. */
  readonly doubleJson?: boolean;
  /** Each row of money comes twice. */
  readonly duplicates?: boolean;
  /** New units and groupings are left out. */
  readonly omitsStock?: boolean;
  /** Money is left out. */
  readonly omitsCash?: boolean;
  /** Money is for 1,000 units. */
  readonly perThousand?: boolean;
  /** The last days with the right are not known. */
  readonly noDates?: boolean;
}

interface Asked {
  readonly issuingCompany?: string;
  readonly tradingName?: string;
  readonly codeCVM?: string;
  readonly pageNumber?: number;
  readonly pageSize?: number;
}

/** The day as the service writes it. */
function dayText(day: string, { noDates = false }: CompanyFlaws): string {
  return noDates ? "31/12/9999" : day.split("-").reverse().join("/");
}

/** A number as the service writes it. */
function numberText(value: number, digits: number): string {
  return value.toFixed(digits).replace(".", ",");
}

function withoutPunctuation(name: string): string {
  return name.replaceAll(/[^A-Z0-9 ]/g, "").trim();
}

function pageOf<T>(all: readonly T[], { pageNumber = 1, pageSize = 20 }: Asked) {
  const start = (pageNumber - 1) * pageSize;
  const totalPages = Math.max(1, Math.ceil(all.length / pageSize));
  const page = { pageNumber, pageSize, totalRecords: all.length, totalPages };
  return { page, results: all.slice(start, start + pageSize) };
}

function supplementOf(company: Company, flaws: CompanyFlaws, today: string) {
  const isinOf = (type: string): string =>
    company.papers.find((each) => each.type === type)?.isin ?? "";
  const recent = `${Number(today.slice(0, 4)) - 1}${today.slice(4)}`;
  // Each event once for each paper that the company ever had.
  const isins = [...company.papers.map(({ isin }) => isin), `BR${company.issuer}ACNOLD9`];
  return {
    code: company.issuer,
    codeCVM: company.codeCvm,
    tradingName: company.tradingName.padEnd(20),
    numberCommonShares: "1000000",
    cashDividends: (flaws.omitsCash === true ? [] : company.cash)
      .filter(({ last }) => last >= recent).map((each) => ({
        assetIssued: isinOf(each.type),
        paymentDate: dayText(each.last, flaws),
        rate: numberText(each.amount, 11),
        relatedTo: "Anual/2024",
        approvedOn: dayText(each.last, flaws),
        isinCode: isinOf(each.type),
        label: each.label,
        lastDatePrior: dayText(each.last, flaws),
        remarks: "",
      })),
    stockDividends: (flaws.omitsStock === true ? [] : company.stock).flatMap((each) =>
      isins.map((isin) => ({
        assetIssued: isin,
        factor: numberText(each.factor, 11),
        approvedOn: dayText(each.last, flaws),
        isinCode: isin,
        label: each.label,
        lastDatePrior: dayText(each.last, flaws),
        remarks: "",
      }))
    ),
    subscriptions: company.subscriptions.flatMap((each) =>
      isins.map((isin) => ({
        assetIssued: isin,
        percentage: numberText(each.percentage, 11),
        priceUnit: numberText(each.price, 2),
        tradingPeriod: "01/01/2025 a 31/01/2025",
        subscriptionDate: dayText(each.last, flaws),
        approvedOn: dayText(each.last, flaws),
        isinCode: isin,
        label: "SUBSCRICAO",
        lastDatePrior: dayText(each.last, flaws),
        remarks: "",
      }))
    ),
  };
}

function cashPages(company: Company, flaws: CompanyFlaws) {
  const per = flaws.perThousand === true ? 1000 : 1;
  const rows = (flaws.omitsCash === true ? [] : company.cash).map((each) => {
    const close = quotesOf([company], each.last).find(({ paper }) => paper.type === each.type)
      ?.close;
    return {
      typeStock: each.type,
      dateApproval: dayText(each.last, flaws),
      // Money is shown without zeros at its end.
      valueCash: numberText(each.amount * per, 8).replace(/,?0+$/, ""),
      ratio: String(per),
      corporateAction: each.label,
      lastDatePriorEx: dayText(each.last, flaws),
      dateClosingPricePriorExDate: dayText(each.last, flaws),
      closingPricePriorExDate: numberText((close ?? 0) / 100, 2),
      quotedPerShares: String(per),
      corporateActionPrice: "0,1",
      lastDateTimePriorEx: each.last,
    };
  });
  return flaws.duplicates === true ? rows.flatMap((row) => [row, row]) : rows;
}

/**
 * The body for a question; empty for a company that there is not.
 *
 * @param today The fake's day: the one list has only money of the last twelve months.
 */
export function companyAnswer(
  companies: readonly Company[],
  method: string,
  question: string,
  flaws: CompanyFlaws,
  today: string,
): string | undefined {
  const asked = JSON.parse(question) as Asked;
  const twice = (value: unknown): string =>
    JSON.stringify(flaws.doubleJson === true ? JSON.stringify(value) : value);
  if (method === "GetInitialCompanies") {
    return twice(pageOf(
      companies.map((each) => ({
        codeCVM: each.codeCvm,
        issuingCompany: each.issuer,
        companyName: `${each.issuer} PARTICIPACOES S.A.`,
        tradingName: each.tradingName,
        cnpj: "0",
      })),
      asked,
    ));
  }
  if (method === "GetListedSupplementCompany") {
    const found = companies.find(({ issuer }) => issuer === asked.issuingCompany);
    return found === undefined ? "" : twice([supplementOf(found, flaws, today)]);
  }
  if (method === "GetListedCashDividends") {
    const found = companies.find((each) =>
      withoutPunctuation(each.tradingName) === asked.tradingName
    );
    return twice(pageOf(found === undefined ? [] : cashPages(found, flaws), asked));
  }
  if (method === "GetDetail") {
    const found = companies.find(({ codeCvm }) => codeCvm === asked.codeCVM);
    if (found === undefined) return "";
    const otherCodes = found.papers.map(({ code, isin }) => ({ code, isin }));
    return twice({ issuingCompany: found.issuer, codeCVM: found.codeCvm, otherCodes });
  }
  return undefined;
}
