/** What answers of the service of listed companies must be to be read at all. @module */
import * as v from "valibot";

const text = v.nullish(v.pipe(v.union([v.string(), v.number()]), v.transform(String)), "");

const cash = v.looseObject({
  isinCode: text,
  label: text,
  lastDatePrior: text,
  approvedOn: text,
  rate: text,
});

const stock = v.looseObject({
  assetIssued: text,
  isinCode: text,
  label: text,
  lastDatePrior: text,
  approvedOn: text,
  factor: text,
});

const subscription = v.looseObject({
  isinCode: text,
  label: text,
  lastDatePrior: text,
  approvedOn: text,
  percentage: text,
});

const company = v.looseObject({
  tradingName: text,
  codeCVM: text,
  cashDividends: v.nullish(v.array(cash), []),
  stockDividends: v.nullish(v.array(stock), []),
  subscriptions: v.nullish(v.array(subscription), []),
});

/** `GetListedSupplementCompany`: an array of one company; none for an issuer that there is not. */
export const supplementSchema = v.nullish(v.array(company));

/** A company with its shares, bonuses, subscriptions and recent money. */
export type Supplement = v.InferOutput<typeof company>;

const page = v.looseObject({
  typeStock: text,
  dateApproval: text,
  valueCash: text,
  corporateAction: text,
  lastDatePriorEx: text,
  quotedPerShares: text,
});

/** `GetListedCashDividends`: a page of money. */
export const cashPageSchema = v.looseObject({
  page: v.looseObject({ totalPages: v.nullish(v.number(), 1) }),
  results: v.nullish(v.array(page), []),
});

/** A row of such a page. */
export type CashRow = v.InferOutput<typeof page>;

/** `GetDetail`: the codes of a company's papers; nothing for a company that there is not. */
export const detailSchema = v.nullish(v.looseObject({
  otherCodes: v.nullish(v.array(v.looseObject({ code: text, isin: text })), []),
}));
