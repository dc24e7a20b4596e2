import { parseCommandLine } from "../../../../src/cli/args/parse.ts";
import {
  type Given,
  taskFromOptions,
  tasksFromFile,
} from "../../../../src/cli/commands/collect/tasks.ts";
import { collectSettings } from "../../../../src/cli/commands/collect/spec.ts";
import { readConfiguration } from "../../../../src/cli/config/config_file.ts";
import type { CollectTask } from "../../../../src/collect/task_run.ts";
import { UsageError } from "../../../../src/base/errors.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../../../assert.ts";
import { makeTempFolder, removeFolder } from "../../../paths.ts";

function given(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Given {
  const read = (name: string) => env[name];
  const { values, origins } = parseCommandLine(args, collectSettings, read);
  return { values, origins, env: read, config: undefined, receiver: null };
}

/** The tasks of a file that was named, beside what is given. */
function fromFile(
  path: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly CollectTask[]> {
  const config = readConfiguration(path, { isNamed: true, home: undefined });
  const { values, origins } = parseCommandLine(args, collectSettings, (name) => env[name], {
    file: config,
  });
  return tasksFromFile(config, {
    values,
    origins,
    env: (name) => env[name],
    config,
    receiver: null,
  });
}

/** Writes a configuration into a folder of its own, and works with it. */
async function withFile<T>(
  content: unknown,
  work: (path: string, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await makeTempFolder("tickerlock_config_");
  try {
    const path = `${folder}/tickerlock.json`;
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await Deno.writeTextFile(path, text);
    return await work(path, folder);
  } finally {
    await removeFolder(folder);
  }
}

const B3 = {
  name: "b3",
  every: "15m",
  tickers: ["petr4.sa", "VALE3.SA"],
  active_hours: "10:00-18:30",
  active_days: "mon-fri",
};

Deno.test("a configuration becomes tasks, with what is said for all where a task says nothing", async () => {
  const content = {
    source: "yahoo",
    time_zone: "America/Sao_Paulo",
    holidays: ["B3", "2026-12-25"],
    jitter: "30s",
    rate: "30/min",
    tasks: [
      { ...B3, concurrency: 2, save_raw: "raw", max_rejected: "10%" },
      {
        name: "all",
        every: "1d",
        jitter: "5m",
        all: true,
        rate: "none",
        timeout: 2.5,
        deadline: "1m30s",
        active_hours: ["09:00-10:00", "20:00-21:00"],
        time_zone: "UTC",
        holidays: [],
      },
      { name: "files", source: "csv", every: 3600, jitter: 30, file: "inbox/*.csv" },
    ],
  };
  await withFile(content, async (path, folder) => {
    const [b3, all, files] = await fromFile(path, ["--concurrency", "3"]);
    assert(b3 !== undefined && all !== undefined && files !== undefined);
    assertEquals([b3.name, b3.source.name, b3.rule.everyMs, b3.jitterMs], [
      "b3",
      "yahoo",
      900_000,
      30_000,
    ]);
    assertEquals(b3.rule.activeTimes, {
      timeZone: "America/Sao_Paulo",
      hours: [{ open: 600, close: 1110 }],
      days: [1, 2, 3, 4, 5],
      holidays: ["b3", "2026-12-25"],
    });
    assertEquals(await b3.tickers(), ["petr4.sa", "VALE3.SA"]);
    // An option wins over the file.
    assertEquals([b3.options.concurrency, b3.options.saveRaw], [3, `${folder}/raw`]);
    assertEquals(b3.options.network?.rate, { count: 30, perMs: 60_000 });
    assertEquals([b3.options.maxRejected, all.options.maxRejected], [0.1, 0.5]);
    const [strict] = await fromFile(path, ["--max-rejected", "0%"]);
    assertEquals(strict?.options.maxRejected, 0);

    assertEquals([all.options.allStored, all.jitterMs, all.options.network?.rate], [
      true,
      300_000,
      null,
    ]);
    assertEquals([all.rule.activeTimes?.timeZone, all.rule.activeTimes?.holidays], ["UTC", []]);
    assertEquals([all.options.network?.timeoutSeconds, all.options.network?.deadlineSeconds], [
      2.5,
      90,
    ]);
    assertEquals(all.rule.activeTimes?.hours.length, 2);
    assertEquals(await all.tickers(), null);

    // Holidays that are said for all are those of tasks with active hours or days.
    // A number without a unit is seconds.
    assertEquals([files.rule.everyMs, files.jitterMs], [3_600_000, 30_000]);
    assertEquals([files.options.files, files.rule.activeTimes], [
      [`${folder}/inbox/*.csv`],
      undefined,
    ]);
  });
});

Deno.test("a list of tickers is found beside the file, and read again for each turn", async () => {
  const content = { tasks: [{ name: "a", every: "1h", tickers_file: "list.txt" }] };
  await withFile(content, async (path, folder) => {
    await Deno.writeTextFile(`${folder}/list.txt`, "PETR4.SA\n");
    const [task] = await fromFile(path);
    assertEquals(await task?.tickers(), ["PETR4.SA"]);
    await Deno.writeTextFile(`${folder}/list.txt`, "VALE3.SA\n");
    assertEquals(await task?.tickers(), ["VALE3.SA"]);
  });
});

Deno.test("a task fills gaps where it says so, with a calendar that is read again for each turn", async () => {
  const tasks = [{ ...B3, fill_gaps: true }, { ...B3, name: "other" }];
  await withFile({ calendar: "c.json", time_zone: "UTC", tasks }, async (path, folder) => {
    const closed = (day: string) => ({ tickers: { A: { closed: [day] } } });
    const write = (day: string) =>
      Deno.writeTextFile(`${folder}/c.json`, JSON.stringify(closed(day)));
    await assertRejects(() => fromFile(path), UsageError, "c.json");
    await write("2024-01-02");
    const [filling, other] = await fromFile(path);
    assertEquals([filling?.options.fillGaps, other?.options.fillGaps], [true, false]);
    assertStringIncludes(filling?.commandLine ?? "", "--fill-gaps");
    await write("2024-01-03");
    assertEquals(await filling?.calendar(), closed("2024-01-03"));
  });
});

Deno.test("a task is the same after a reload as long as nothing of it has changed", async () => {
  const identity = (content: unknown) =>
    withFile(content, async (path) => (await fromFile(path))[0]?.identity);
  const zone = { time_zone: "UTC" };
  const one = await identity({ ...zone, tasks: [B3] });
  assertEquals(await identity({ tasks: [{ ...zone, ...B3 }] }), one);
  assert(one !== await identity({ ...zone, tasks: [{ ...B3, every: "16m" }] }));
  assert(one !== await identity({ ...zone, tasks: [{ ...B3, tickers: ["PETR4.SA"] }] }));
});

Deno.test("a bad configuration is refused with file, place, value and remedy", async () => {
  const task = (over: Record<string, unknown>) => ({
    tasks: [{ name: "a", every: "1h", tickers: ["A"] }, {
      name: "b",
      every: "1h",
      tickers: ["B"],
      ...over,
    }],
  });
  const cases: [content: unknown, message: string, hint: string][] = [
    ["{", "is not JSON: it ends too early at line 1", "Correct the file"],
    ["[]", ": [] is not an object in { }", "Write an object"],
    [{ tasks: ["a"] }, ': tasks[0]: "a" is not an object in { }', "Write an object"],
    [{ tasks: [[]] }, ": tasks[0]: [] is not an object in { }", "Write an object"],
    [{}, ": tasks: is missing", 'Add "tasks".'],
    [{ tasks: [] }, ": tasks: [] has no task", "Add one"],
    [{ tasks: [{}] }, ": tasks[0].name: is missing", 'Add "name".'],
    [{ task: [] }, ": task: unknown key", "Did you mean tasks?"],
    [
      { tasks: [B3], timezone: "UTC" },
      ": timezone: unknown key",
      "time_zone?",
    ],
    [
      task({ evry: "1h" }),
      ': tasks[1].evry: unknown key, with the value "1h"',
      "Did you mean every?",
    ],
    [
      task({ deadline: true }),
      ": tasks[1].deadline: true is not a number of seconds, or a length of time",
      'such as "5m"',
    ],
    [task({ file: 1 }), ": tasks[1].file: 1 is not a text in quotes, or a list", "Write a text"],
    [
      task({ every: true }),
      ": tasks[1].every: true is not a number of seconds, or",
      "Write a number",
    ],
    [task({ every: "15x" }), ': tasks[1].every "15x": is not a length of time', "for example 15m."],
    [task({ every: "0s" }), ': tasks[1].every "0s": is less than a second', "for example 15m."],
    [task({ jitter: "2h" }), ": tasks[1].jitter: 2h is longer than the interval, 1h", "at most"],
    [task({ tickers: ["../x"] }), ': tasks[1].tickers: ticker "../x" is invalid', "Write it"],
    [task({ tickers: "B" }), ': tasks[1].tickers: "B" is not a list in [ ]', "Write a list"],
    [
      task({ tickers: undefined }),
      ": tasks[1].tickers: source yahoo needs tickers",
      "Name tickers",
    ],
    [task({ all: true }), ": tasks[1].all: it and ", 'Leave "all" or "tickers" out.'],
    [task({ source: "yaho" }), ': tasks[1].source "yaho": is not one of its words', "Use one of"],
    [task({ source: "csv" }), ": tasks[1].file: source csv needs a file", "Name a file"],
    [task({ file: "x.csv" }), ": tasks[1].file: source yahoo reads no files", 'Leave "file" out.'],
    [
      task({ dataset: "events" }),
      ": tasks[1].dataset: source yahoo does not use it",
      'Leave "dataset" out',
    ],
    [
      task({ source: "kalshi", tickers: undefined, dataset: "event" }),
      ': tasks[1].dataset: "event"',
      "events",
    ],
    [task({ name: "a" }), ': tasks[1].name: "a" is the name of tasks[0] already', "of its own"],
    [task({ name: "A b" }), ': tasks[1].name: "A b" is no name of a task', "lower-case"],
    [task({ active_hours: "9-17" }), ': tasks[1].active_hours "9-17": are no hours', "10:00-18:30"],
    [task({ active_days: "weekdays" }), ': tasks[1].active_days "weekdays": are no', "mon-fri"],
    [task({ active_days: "mon-fri" }), ": tasks[1].active_days: needs a time zone", "time_zone"],
    [
      { ...task({ active_days: "mon" }), time_zone: "Sao Paulo" },
      ': time_zone "Sao Paulo": is no time zone',
      "America/Sao_Paulo",
    ],
    [
      { ...task({ active_days: "mon" }), time_zone: "UTC", holidays: ["25/12/2026"] },
      ': holidays "25/12/2026": is not a date',
      "YYYY-MM-DD",
    ],
    [
      { ...task({ active_days: "mon" }), time_zone: "UTC", holidays: ["lse"] },
      ': holidays "lse": is not a date, and no exchange',
      "b3, nyse",
    ],
    [task({ holidays: ["2026-12-25"] }), ": tasks[1].holidays: counts only with", "active_days"],
    [
      task({ concurrency: 0 }),
      ': tasks[1].concurrency "0": is not a whole number',
      "for example 7",
    ],
    [task({ max_rejected: "half" }), ': tasks[1].max_rejected "half": is not a', "example 10%"],
    [
      task({ source: "csv", file: "x.csv", fill_gaps: true }),
      ": tasks[1].fill_gaps: source csv does not use it",
      'Leave "fill_gaps" out',
    ],
    [task({ fill_gaps: "yes" }), ': tasks[1].fill_gaps: "yes" is not true or false', "Write true"],
    [task({ rate: "fast" }), ': tasks[1].rate "fast": is not a rate', "60/min"],
    [task({ tickers_file: "none.txt" }), ": tasks[1].tickers_file: ", "one ticker a line"],
  ];
  for (const [content, message, hint] of cases) {
    await withFile(content, async (path) => {
      const error = await assertRejects(async () => await fromFile(path), UsageError);
      assertEquals([error.code, error.exitCode], ["bad_config", 2], error.message);
      assertStringIncludes(error.message, path);
      assertStringIncludes(error.message, message);
      assertStringIncludes(error.hint ?? "", hint, error.message);
      // A sentence without a place of the file in it.
      assertMatch(error.hint ?? "", /^(?!.*(tasks\[|\.json))[A-Z].*[.?]$/);
    });
  }
});

Deno.test("a configuration that is not there is refused with a way out", async () => {
  const error = await assertRejects(async () => await fromFile("no/such.json"), UsageError);
  assertEquals(error.code, "bad_config");
  assertStringIncludes(error.message, "no/such.json");
  assertStringIncludes(error.hint ?? "", "--config");
});

Deno.test("what is said of settings: an option, the task, the environment, the source, the file", async () => {
  const content = {
    source: "kalshi",
    rate: "1/s",
    timeout: 4,
    sources: { yahoo: { rate: "2/s", base_url: "http://127.0.0.1:2" } },
    tasks: [
      { name: "own", source: "yahoo", every: "1h", tickers: ["A"], rate: "3/s", timeout: 5 },
      { name: "ofsource", source: "yahoo", every: "1h", tickers: ["A"] },
      { name: "ofall", every: "1h", dataset: "events" },
    ],
  };
  await withFile(content, async (path) => {
    const shown = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      (await fromFile(path, args, env)).map(({ source, options: { network = {} } }) =>
        [source.name, network.rate?.count, network.timeoutSeconds, network.baseUrl].join(" ")
      );
    const base = "http://127.0.0.1:2";
    assertEquals(await shown([]), [`yahoo 3 5 ${base}`, `yahoo 2 4 ${base}`, "kalshi 1 4 "]);
    assertEquals(await shown(["--rate", "9/s", "--timeout", "8"]), [
      `yahoo 9 8 ${base}`,
      `yahoo 9 8 ${base}`,
      "kalshi 9 8 ",
    ]);
    const env = { YAHOO_BASE_URL: "http://127.0.0.1:3" };
    assertEquals((await shown([], env))[1], "yahoo 2 4 http://127.0.0.1:3");
  });
  await withFile({ ...content, tasks: [{ name: "a", every: "1h", all: true }] }, async (path) => {
    const [task] = await fromFile(path, [], { TICKERLOCK_SOURCE: "yahoo" });
    assertEquals(task?.source.name, "yahoo");
  });
});

Deno.test("options make up one task", async () => {
  const task = await taskFromOptions(given([
    "--ticker",
    "petr4.sa",
    "--every",
    "900",
    "--jitter",
    "1m",
    "--active-hours",
    "10:00-18:30",
    "--active-days",
    "mon-fri",
    "--time-zone",
    "America/Sao_Paulo",
    "--holiday",
    "2026-12-25",
    "--holiday",
    "2027-01-01",
  ], { YAHOO_BASE_URL: "http://127.0.0.1:1" }));
  assertEquals([task.name, task.jitterMs, await task.tickers()], ["yahoo", 60_000, ["petr4.sa"]]);
  assertEquals(task.rule, {
    everyMs: 900_000,
    activeTimes: {
      timeZone: "America/Sao_Paulo",
      hours: [{ open: 600, close: 1110 }],
      days: [1, 2, 3, 4, 5],
      holidays: ["2026-12-25", "2027-01-01"],
    },
  });
  assertEquals(task.options.network?.baseUrl, "http://127.0.0.1:1");
});

Deno.test("a part of a service's datasets is handed on, and stands in for tickers", async () => {
  const task = await taskFromOptions(
    given(
      "--source kalshi --dataset markets --status open --series kxinx --every 5m".split(" "),
    ),
  );
  assertEquals(task.name, "kalshi-markets");
  assertEquals(task.options.selection, { dataset: "markets", status: "open", series: "KXINX" });
  const content = {
    tasks: [{
      name: "a",
      source: "kalshi",
      every: "5m",
      dataset: "events",
      event: "KXINX-26",
    }],
  };
  await withFile(content, async (path) => {
    const [one] = await fromFile(path);
    assertEquals(one?.options.selection, { dataset: "events", event: "KXINX-26" });
  });
});

Deno.test("options that make up no task are refused by their names", async () => {
  const cases: [args: string[], code: string, message: string][] = [
    [["--ticker", "A"], "missing_interval", "no interval given"],
    [["--every", "15m"], "bad_config", "--ticker: source yahoo needs tickers"],
    [["--ticker", "A", "--all", "--every", "1h"], "bad_config", "--all: it and"],
    [["--source", "csv", "--every", "1h"], "bad_config", "--file: source csv needs a file"],
    [
      ["--ticker", "A", "--every", "1h", "--active-hours", "10:00-18:00"],
      "bad_config",
      "--active-hours: needs a time zone",
    ],
    [
      ["--ticker", "A", "--every", "1h", "--holiday", "2026-12-25"],
      "bad_config",
      "--holiday: counts only with",
    ],
  ];
  for (const [args, code, message] of cases) {
    const error = await assertRejects(() => taskFromOptions(given(args)), UsageError);
    assertEquals(error.code, code, error.message);
    assertStringIncludes(error.message, message);
  }
  // One time needs no interval.
  assertEquals((await taskFromOptions(given(["--ticker", "A", "--once"]))).name, "yahoo");
});

Deno.test("how CSV files are spelled is said by keys and by options", async () => {
  const spelled = {
    name: "exports",
    source: "csv",
    every: "1d",
    file: "inbox",
    date_format: "dmy",
    decimal: ",",
    column: ["close=Preço"],
    ticker_from_name: true,
    suffix: ".SA",
    time_zone: "America/Sao_Paulo",
  };
  const selection = {
    dateFormat: "dmy",
    decimal: ",",
    column: ["close=Preço"],
    tickerFromName: true,
    suffix: ".SA",
    timeZone: "America/Sao_Paulo",
  };
  await withFile({ tasks: [spelled] }, async (path) => {
    const [task] = await fromFile(path);
    assertEquals(task?.options.selection, selection);
  });
  await withFile({ tasks: [{ ...spelled, date_format: "dd" }] }, async (path) => {
    const error = await assertRejects(() => fromFile(path), UsageError);
    assertStringIncludes(error.message, "tasks[0].date_format");
  });
  await withFile({ tasks: [{ ...B3, source: "yahoo", decimal: "," }] }, async (path) => {
    const error = await assertRejects(() => fromFile(path), UsageError);
    assertStringIncludes(error.message, "tasks[0].decimal");
  });
  const task = await taskFromOptions(given([
    ...["--source", "csv", "--file", "inbox", "--every", "1d", "--column", "close=Preço"],
    ...["--date-format", "dmy", "--decimal", ",", "--ticker-from-name", "--suffix", ".SA"],
    ...["--time-zone", "America/Sao_Paulo"],
  ]));
  assertEquals(task.options.selection, selection);
});
