import { SourceError } from "../../../src/base/errors.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../../assert.ts";
import type { HttpAnswer } from "../../../src/sources/http/client.ts";
import { answerOf, goodAnswer, read, readOrRefuse } from "./answers.ts";

function refusalOf(body: string, over: Partial<HttpAnswer> = {}): SourceError {
  const error = readOrRefuse(answerOf(body, over));
  assert(error instanceof SourceError, "it was read");
  return error;
}

const failure = (code: string, description: string, at = "chart") =>
  JSON.stringify({ [at]: { result: null, error: { code, description } } });

const NOT_FOUND = failure("Not Found", "No data found, symbol may be delisted");

Deno.test("a good answer is read, also as HTML by its header, with a mark in front or more beside it", () => {
  const text = JSON.stringify(goodAnswer());
  const spread = JSON.stringify({ path: "x", message: "y", ...goodAnswer() });
  for (
    const answer of [
      answerOf(text),
      answerOf(text, { contentType: "text/html" }),
      answerOf(text, { contentType: "" }),
      answerOf(`\ufeff${text}`),
      answerOf(`\r\n ${text}\n`),
      answerOf(spread),
      answerOf(text.replace("10.5", "NaN"), { status: 203 }),
    ]
  ) {
    const { actions, prices, warnings } = read(answer);
    assertEquals([actions.length, warnings.length], [3, 0]);
    assert(prices.length >= 2);
  }
});

Deno.test("each refusal has its code, says whether it may pass, and what to do", () => {
  const page = "<html><head><style>p{}</style></head><body><p>Will be right back</p></body></html>";
  const html = { contentType: "text/html" };
  const good = JSON.stringify(goodAnswer());
  const cases: [string, Partial<HttpAnswer>, string, boolean, string][] = [
    [NOT_FOUND, { status: 404 }, "ticker_unknown", false, '"No data found'],
    [NOT_FOUND, { status: 200 }, "ticker_unknown", false, "delisted"],
    [NOT_FOUND, { status: 500 }, "service_failed", true, "No data found"],
    [NOT_FOUND, { status: 429 }, "rate_limited", true, "No data found"],
    ["Too Many Requests\r\n", { status: 429 }, "rate_limited", true, '"Too Many Requests"'],
    [page, { ...html, status: 429 }, "rate_limited", true, '"Will be right back"'],
    [page, { ...html, status: 503 }, "service_failed", true, '"Will be right back"'],
    [page, { ...html, status: 404 }, "not_found", false, '"Will be right back"'],
    [page, html, "not_json", true, '"Will be right back"'],
    [page, {}, "not_json", true, '"Will be right back"'],
    ["<p>Please give consent</p>", html, "consent_page", false, "consent"],
    ["", {}, "not_json", true, "no JSON: nothing"],
    ["", { status: 204 }, "not_json", true, "nothing"],
    ["", { status: 302 }, "bad_answer", true, "says nothing"],
    ["good morning", {}, "not_json", true, '"good morning"'],
    [good.slice(0, -9), {}, "truncated_body", true, `after ${good.length - 9} bytes`],
    [
      failure("Unauthorized", "Invalid Cookie", "finance"),
      { status: 401 },
      "service_refused",
      false,
      "Invalid Cookie",
    ],
    [failure("Bad Request", "no period"), { status: 400 }, "service_refused", false, "no period"],
    [failure("Busy", "try later"), {}, "service_failed", true, "try later"],
    [failure("Unauthorized", "who", "finance"), {}, "service_failed", true, "who"],
    ['{"chart":null}', {}, "empty_answer", true, "without any history"],
    ['{"chart":{"result":[]}}', {}, "empty_answer", true, "without any history"],
    ['{"chart":{"result":[null]}}', {}, "empty_answer", true, "without any history"],
    ["{}", {}, "empty_answer", true, "without any history"],
    ["5", {}, "bad_answer", false, "at its top"],
    ['{"chart":{"result":5}}', {}, "bad_answer", false, "at chart.result"],
    ['{"chart":{"result":[{"timestamp":5}]}}', {}, "bad_answer", false, "chart.result.0.timestamp"],
    [good.replace("PETR4.SA", "OTHER.SA"), {}, "wrong_symbol", false, "OTHER.SA"],
    [good.replace('"1d"', '"1mo"'), {}, "wrong_granularity", false, '"1mo"'],
  ];
  for (const [body, over, code, retryable, words] of cases) {
    const error = refusalOf(body, over);
    assertEquals([error.code, error.retryable], [code, retryable], body);
    assertStringIncludes(error.message, words);
    assertStringIncludes(error.message, "PETR4.SA: ");
    const status = over.status ?? 200;
    assertMatch(
      error.message,
      status < 300
        ? new RegExp(`^PETR4\\.SA: (?!status).* \\(status ${status}, GET http://host/x\\)$`)
        : new RegExp(`^PETR4\\.SA: status ${status}: .* \\(GET http://host/x\\)$`),
    );
    assert((error.hint ?? "").endsWith("."));
  }
});

Deno.test("the ticker's case does not matter in the answer", () => {
  const text = JSON.stringify(goodAnswer()).replace("PETR4.SA", "petr4.sa");
  assertEquals(read(answerOf(text)).prices.length, 3);
});

Deno.test("more bars than there can be days are no history", () => {
  const answer = { chart: { result: [{ timestamp: new Array(100_001).fill(null) }] } };
  const error = refusalOf(JSON.stringify(answer));
  assertEquals(error.code, "bad_answer");
  assertStringIncludes(error.message, "more than 100000 bars");
});

Deno.test("the service's words are one short line without control characters", () => {
  const long = refusalOf("x".repeat(100_000), { status: 500 });
  assert(long.message.length < 400);
  const odd = refusalOf("a\x1b[31m\r\n\tb\x00c\x9bd", { status: 500 });
  assertStringIncludes(odd.message, '"a [31m b c d"');
  const emoji = refusalOf("x".repeat(199) + "😀😀", { status: 500 });
  assert(emoji.message.isWellFormed());
  const symbol = JSON.stringify(goodAnswer()).replace("PETR4.SA", "A\\u001b[31mB");
  // deno-lint-ignore no-control-regex
  assertNotMatch(refusalOf(symbol).message, /\x1b/);
});

Deno.test("a page that is never closed is given up as fast as it is read", () => {
  for (const filler of ["<style", "<script>", "<", "<p", "<!--"]) {
    const error = refusalOf(filler.repeat(1_000_000), { status: 500, contentType: "text/html" });
    assertEquals(error.code, "service_failed");
  }
});
