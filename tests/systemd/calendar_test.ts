import { UsageError } from "../../src/base/errors.ts";
import { checkCalendar, cronTime } from "../../src/systemd/calendar.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { hasSystemd, say } from "./tools.ts";
import { testNeeding } from "../system.ts";

/** Times that pass, with the fields of a crontab; undefined where it cannot say them. */
const TIMES: readonly (readonly [string, string | undefined])[] = [
  ["Mon..Fri 18:30", "30 18 * * 1-5"],
  ["mon,wed,fri 7:05", "5 7 * * 1,3,5"],
  ["Sat..Sun 9:00", "0 9 * * 6-7"],
  ["Sunday 0:00", "0 0 * * 7"],
  ["Mon..Wed,Sat 12:00", "0 12 * * 1-3,6"],
  ["daily", "0 0 * * *"],
  ["hourly", "0 * * * *"],
  ["Quarterly", "0 0 1 1,4,7,10 *"],
  ["18:30", "30 18 * * *"],
  ["18:30:00", "30 18 * * *"],
  ["18:30:15", undefined],
  ["*:0/15", "0-59/15 * * * *"],
  ["*:*", "* * * * *"],
  ["9..17:0,30", "0,30 9-17 * * *"],
  ["8..18/2:00", "0 8-18/2 * * *"],
  ["*-*-01 06:00", "0 6 1 * *"],
  ["*-1,7-1 06:00", "0 6 1 1,7 *"],
  ["12-24 20:00", "0 20 24 12 *"],
  ["2027-01-02 03:04", undefined],
  ["*-*~1 06:00", undefined],
  ["Mon *-*-1..7 06:00", undefined],
  ["Mon..Fri 18:30 America/Sao_Paulo", undefined],
  ["18:30 UTC", undefined],
];

const BAD = [
  "",
  "often",
  "Mon..Fri 18:30\nExecStart=/bin/sh",
  "%i",
  "18",
  "Mon Fri",
  "Montag 18:30",
  "18:30; reboot",
  "18:30 utc/../x",
  "$HOME",
  "Sat..Mon 9:00",
  "Sun..Tue 9:00",
  "25:00",
  "*-*-* 99:00",
  "18:60",
  "*-13-01",
  "*-*-32 06:00",
  "9..8:00",
  "*-*-*/2 06:00",
  "*-*-1/40 06:00",
  "*-*~31 06:00",
  "2300-01-01 06:00",
];

/** Times that systemd takes, and that never come. */
const NEVER = [
  "*-02-30",
  "*-2,4-31 18:30",
  "Mon *-02-30 18:30",
  "2020-01-01",
  "24-01-01",
  "2020..2021-*-01 06:00",
  "Mon 2099-01-01",
  "2027-02-29 06:00",
];

/** Days that come, if seldom. */
const SELDOM = [
  "*-02-29",
  "Mon *-02-29 06:00",
  "2020/7-01-01",
  "2020..2030/2-01-01",
  "2099-01-01",
  "69-01-01",
  "Thu 2099-01-01",
  "*-*-31",
  "*-02~28",
  "Mon *-05~07/1",
  "*-*~1..3 06:00",
  "18:30:00,05",
  "12:00:05.5",
];

Deno.test("times that systemd takes pass, and a crontab says what it can", () => {
  for (const [time, fields] of TIMES) {
    assertEquals(checkCalendar(`  ${time.replace(" ", "   ")} `, "--on-calendar"), time);
    if (fields === undefined) {
      const error = assertThrows(() => cronTime(time, "--on-calendar"), UsageError);
      assertStringIncludes(error.message, `--on-calendar ${JSON.stringify(time)}: cannot be said`);
    } else {
      assertEquals(cronTime(time, "--on-calendar"), fields, time);
    }
  }
});

Deno.test("what is no time is refused with the value and a remedy", () => {
  for (const time of BAD) {
    const error = assertThrows(() => checkCalendar(time, "--on-calendar"), UsageError);
    assertStringIncludes(error.message, `--on-calendar ${JSON.stringify(time)}: is no time`);
    assertStringIncludes(error.hint ?? "", "systemd-analyze calendar");
  }
});

Deno.test("a day that never comes is refused, one that is far away is not", () => {
  for (const time of NEVER) {
    const error = assertThrows(() => checkCalendar(time, "--on-calendar"), UsageError);
    assertStringIncludes(error.message, `${JSON.stringify(time)}: is no time that ever comes`);
  }
  for (const time of SELDOM) assertEquals(checkCalendar(time, "--on-calendar"), time);
});

Deno.test("a time zone that there is not is refused by its name", () => {
  for (const zone of ["Bogus/Zone", "america/sao_paulo", "America/Sao_Paolo"]) {
    const time = `Mon..Fri 18:30 ${zone}`;
    const error = assertThrows(() => checkCalendar(time, "--on-calendar"), UsageError);
    assertStringIncludes(error.message, `there is no time zone ${zone}`);
    assertStringIncludes(error.hint ?? "", "America/Sao_Paulo");
  }
  for (const zone of ["America/Argentina/Buenos_Aires", "Asia/Calcutta", "Etc/GMT+3", "UTC"]) {
    assertEquals(checkCalendar(`18:30 ${zone}`, "--on-calendar"), `18:30 ${zone}`);
  }
});

testNeeding("systemd", "systemd itself agrees on what is a time", async () => {
  if (!await hasSystemd()) return;
  const times = TIMES.map(([time]) => time);
  const good = await say(["systemd-analyze", "calendar", ...times]);
  assertEquals(good.code, 0, good.text);
  const seldom = await say(["systemd-analyze", "calendar", ...SELDOM]);
  assertEquals([seldom.code, /elapse: never/.test(seldom.text)], [0, false], seldom.text);
  const never = await say(["systemd-analyze", "calendar", ...NEVER]);
  assertEquals(never.text.match(/elapse: never/g)?.length, NEVER.length, never.text);
  for (const time of BAD) {
    if (time === "18") continue;
    assertEquals((await say(["systemd-analyze", "calendar", "--", time])).code === 0, false, time);
  }
});
