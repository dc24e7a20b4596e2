import fc from "fast-check";
import { UsageError } from "../../src/base/errors.ts";
import { cronLine, cronSchedule, cronWord } from "../../src/systemd/cron.ts";

import {
  calendarTime,
  execProgram,
  execWord,
  isOnceADay,
  splitWords,
} from "../../src/systemd/escape.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { hasSystemd, loadedCommand, openFolder } from "./tools.ts";
import { testNeeding } from "../system.ts";

/** What must not be lost between a command line and the program, mixed with anything. */
const AWKWARD = [
  "",
  " ",
  "a b",
  "%",
  "%%",
  "%i",
  "%h/x",
  "$",
  "$HOME",
  "${HOME}",
  "$$",
  '"',
  "'",
  `a"b'c`,
  "\\",
  "\\\\",
  "\\n",
  "a\\",
  ";",
  "a;b",
  "#",
  "a\nb",
  "a\tb",
  "\r",
  "\x01",
  "\x7f",
  "ação",
  "日本",
  "😀",
  "-x",
  "~",
  "*",
  "[x]",
  "!",
  "@",
  "`id`",
  "$(id)",
];

const text = fc.oneof(
  fc.constantFrom(...AWKWARD),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.array(fc.constantFrom(...AWKWARD), { maxLength: 5 }).map((parts) => parts.join("")),
).filter((each) => !each.includes("\0") && each.isWellFormed());

Deno.test("a word of ExecStart is read back as it was, whatever is in it", () => {
  fc.assert(
    fc.property(fc.array(text), (words) => {
      const line = words.map((word) => execWord(word, "word")).join(" ");
      assert(!/[\n\r]/.test(line), line);
      assertEquals(splitWords(line, () => "specifier"), words);
    }),
    { numRuns: 500 },
  );
});

/** systemd's own quoting of a command line, undone: as a shell would, after its C escapes. */
function unquoted(line: string): string[] {
  return [...line.matchAll(/(?:\$'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s"']+))(?=\s|$)/gs)]
    .map(([, ansi, double, plain]) => {
      const escaped = ansi ?? double;
      if (escaped === undefined) return plain ?? "";
      const bytes: number[] = [];
      const encoder = new TextEncoder();
      const codes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07" };
      for (
        const [, hex, octal, letter, other] of escaped.matchAll(
          /\\x([\da-f]{2})|\\([0-7]{3})|\\(.)|([^\\]+)/gsu,
        )
      ) {
        if (hex !== undefined) bytes.push(parseInt(hex, 16));
        else if (octal !== undefined) bytes.push(parseInt(octal, 8));
        else if (letter !== undefined) bytes.push(...encoder.encode(codes[letter] ?? letter));
        else bytes.push(...encoder.encode(other ?? ""));
      }
      return new TextDecoder().decode(new Uint8Array(bytes));
    });
}

testNeeding("systemd", "systemd itself reads every awkward word as it was meant", async () => {
  if (!await hasSystemd()) return;
  await using folder = await openFolder();
  // What it shows is from before dollar signs are resolved, which halves them.
  const words = AWKWARD.filter((word) => word !== "");
  const line = words.map((word) => execWord(word, "word")).join(" ");
  const unit = `[Unit]\nDescription=x\n[Service]\nType=oneshot\nExecStart=/usr/bin/env ${line}\n`;
  await Deno.writeTextFile(`${folder.path}/words.service`, unit);
  const loaded = await loadedCommand(folder.path, "words.service");
  assertEquals(
    unquoted(loaded).map((word) => word.replaceAll("$$", "$")),
    ["/usr/bin/env", ...words],
    loaded,
  );
});

Deno.test("a time of a timer is passed on, and what could break the line or the unit is refused", () => {
  for (
    const time of [
      "Mon..Fri 18:30",
      "*-*~1 06:00:30.5",
      "hourly",
      "*:0/15 Etc/GMT+3",
      "@1800000000",
    ]
  ) assertEquals(calendarTime(`  ${time.replace(" ", "   ")} `, "--on-calendar"), time);
  for (
    const time of [
      "",
      "  ",
      "18:30\nExecStart=/bin/sh",
      "%i",
      "18:30\\",
      "18:30; reboot",
      "$HOME",
      '"',
    ]
  ) {
    const error = assertThrows(() => calendarTime(time, "--on-calendar"), UsageError);
    assertStringIncludes(error.message, `--on-calendar ${JSON.stringify(time)}: `);
    assertStringIncludes(error.hint ?? "", "systemd.time(7)");
  }
});

Deno.test("a timer that comes once a day at most is told from one that comes again soon", () => {
  const once = ["Mon..Fri 18:30", "18:30:00", "*-*-1,15 06:00 Europe/Lisbon", "daily", "weekly"];
  const often = [
    "hourly",
    "minutely",
    "*:0/15",
    "Mon 9..17:00",
    "*-*-* 6,18:00",
    "8:*",
    "hourly UTC",
  ];
  assertEquals(once.filter((time) => !isOnceADay(time)), []);
  assertEquals(often.filter(isOnceADay), []);
});

Deno.test("a cron schedule has five fields of numbers and names", () => {
  for (const time of ["30 18 * * 1-5", "*/15 9-17 1,15 jan-mar Mon,fri", "0 0 1 */3 *"]) {
    assertEquals(cronSchedule(` ${time.replace(" ", "  ")}`, "--on-calendar"), time);
  }
  for (
    const time of [
      "Mon..Fri 18:30",
      "30 18 * *",
      "30 18 * * 1-5 root",
      "30 18 *\n* 1-5",
      "daily",
      "@daily",
      "30 18 * * weekdays",
      "30 18 % * *",
    ]
  ) {
    const error = assertThrows(() => cronSchedule(time, "--on-calendar"), UsageError);
    assertStringIncludes(error.message, "is not a cron schedule of five fields");
    assertStringIncludes(error.hint ?? "", '--on-calendar "30 18 * * 1-5"');
  }
});

Deno.test("what a unit cannot hold is refused by name", () => {
  const cases: [() => string, string, string][] = [
    [() => execWord("a\0b", "--ticker"), "--ticker", "NUL"],
    [() => execWord("a\ud800", "argument"), "argument", "no valid Unicode"],
    [() => execProgram("tickerlock", "--exec"), "--exec", "absolute path"],
    [() => execProgram("/usr/bin/", "--exec"), "--exec", "absolute path"],
    [() => execProgram("/opt/$x/tickerlock", "--exec"), "--exec", "dollar sign"],
    [() => execProgram("/opt/a\nb", "--exec"), "--exec", "control character"],
    [() => cronWord("a\nb", "--tickers-file"), "--tickers-file", "control character"],
    [() => cronWord("a\\b", "--tickers-file"), "--tickers-file", "backslash"],
    [() => cronWord("\0", "--exec"), "--exec", "NUL"],
  ];
  for (const [write, label, why] of cases) {
    const error = assertThrows(write, UsageError, why);
    assertEquals({ code: error.code, exit: error.exitCode }, { code: "bad_value", exit: 2 });
    assertStringIncludes(error.message, `${label} "`);
    assert((error.hint ?? "").length > 10);
  }
  assertEquals(execProgram("/opt/my programs/100%", "--exec"), '"/opt/my programs/100%%"');
});

/** What cron hands to sh: everything up to the first percent sign without a backslash before it. */
function cronCommand(line: string): string {
  const command = line.replace(/^(\S+ ){4}\S+ {2}/, "");
  assert(!/(?<!\\)%/.test(command), `a line break for cron: ${line}`);
  return command.replaceAll("\\%", "%");
}

testNeeding("shell", "a crontab's line hands every word on as it was, or refuses it", async () => {
  const words: string[] = [];
  fc.assert(
    fc.property(text, (word) => {
      try {
        cronWord(word, "word");
        words.push(word);
      } catch (error) {
        assert(error instanceof UsageError);
        assert(/[\\\p{Cc}]/u.test(word), word);
      }
    }),
    { numRuns: 500 },
  );
  assert(words.length > 100, `${words.length}`);
  // Lines as long as cron takes them, through the shell itself.
  for (let at = 0; at < words.length; at += 20) {
    const some = words.slice(at, at + 20);
    const line = cronLine(
      "30 18 * * 1-5",
      [
        "printf",
        "'\\%s\\000'",
        ...some.map((word) => cronWord(word, "word")),
      ].map((word) => word.replace("\\000", "\\0")),
    );
    const { stdout } = await new Deno.Command("sh", { args: ["-c", cronCommand(line)] }).output();
    assertEquals(
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(stdout).split("\0").slice(0, -1),
      some,
    );
  }
});

Deno.test("a command that is too long for cron is refused", () => {
  const error = assertThrows(() => cronLine("* * * * *", ["x".repeat(999)]), UsageError);
  assertStringIncludes(error.message, "has 999 bytes, and cron takes 998");
  assertEquals(cronLine("* * * * *", ["x".repeat(998)]).length, 9 + 2 + 998);
});
