// The page in a real browser: SCREENSHOTS=FOLDER keeps the pictures.
import { DatabaseSync } from "node:sqlite";
import axe from "axe-core/script" with { type: "text" };
import { assert, assertEquals } from "../assert.ts";
import { inProcess } from "../cli/in_process.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { testNeeding } from "../system.ts";
import { Browser } from "./browser.ts";
import { makeMarket } from "./market.ts";

const PICTURES = Deno.env.get("SCREENSHOTS");

interface Axe {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

testNeeding(
  "chromium",
  "the page in Chromium: quiet, alone, readable, by keys, on a phone, dark and printed",
  async (t) => {
    const folder = await makeTempFolder("tickerlock_report_");
    await using browser = await Browser.start();
    const db = `${folder}/market.db`;
    const page = `${folder}/report.html`;
    await makeMarket(db, { tickers: 12, sessions: 400, now: new Date() });
    const market = new DatabaseSync(db);
    for (const table of ["prices", "ingest_logs"]) {
      market.prepare(`UPDATE ${table} SET ticker = ? WHERE ticker = 'T0011.SA'`).run(
        "X".repeat(64),
      );
    }
    market.close();
    const { code, stderr } = await inProcess(
      ["report", "PETR4.SA", "--db", db, "--out", page, "--title", '<b>Prices & "more"</b>'],
    );
    assertEquals(code, 0, stderr);
    await browser.open(`file://${page}`);
    const active = () =>
      browser.value(
        "document.activeElement.id || document.activeElement.className || document.activeElement.tagName",
      );

    await t.step("text is text, whatever is in it", async () => {
      assertEquals(
        await browser.value("document.querySelector('h1').textContent"),
        '<b>Prices & "more"</b>',
      );
      assertEquals(await browser.value("document.querySelectorAll('h1 *, dd b').length"), 0);
      assert(String(await browser.value("document.body.textContent")).includes('got <b>"5"</b>'));
    });

    await t.step("light and dark, wide and narrow: nothing stands over the edge", async () => {
      for (
        const [width, scheme, back] of [
          [1280, "light", "rgb(255, 255, 255)"],
          [1280, "dark", "rgb(20, 23, 27)"],
          [390, "light", "rgb(255, 255, 255)"],
          [390, "dark", "rgb(20, 23, 27)"],
        ] as const
      ) {
        await browser.show(width, scheme);
        await browser.value(
          "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
        );
        assertEquals(await browser.value("getComputedStyle(document.body).backgroundColor"), back);
        const over = await browser.value("document.documentElement.scrollWidth");
        assertEquals(over, width, scheme);
        const chart = await browser.value(
          "document.querySelector('.chart canvas').getBoundingClientRect().width",
        ) as number;
        assert(chart > width * 0.7 && chart <= width, `chart ${chart} of ${width}`);
        const picture = await browser.picture();
        assert(picture.length > 30_000, `${picture.length}`);
        if (PICTURES) await Deno.writeFile(`${PICTURES}/report-${width}-${scheme}.png`, picture);
      }
    });

    await t.step("axe finds nothing serious, with all tables open", async () => {
      await browser.value(
        "document.querySelectorAll('details').forEach((each) => each.open = true)",
      );
      for (const [width, scheme] of [[1280, "light"], [390, "dark"]] as const) {
        await browser.show(width, scheme);
        await browser.value(axe);
        const { violations } = await browser.value("axe.run()") as Axe;
        assertEquals(
          violations.map(({ id, impact, nodes }) =>
            `${width} ${scheme} ${impact} ${id}: ${
              nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`)
                .join(" | ")
            }`
          ),
          [],
        );
      }
      await browser.value(
        "document.querySelectorAll('details').forEach((each) => each.open = false)",
      );
    });

    await t.step("keys reach all, open a table, and move along the chart", async () => {
      await browser.show(1280, "light");
      await browser.value("document.activeElement.blur(); scrollTo(0, 0)");
      const way: unknown[] = [];
      for (let step = 0; step < 14; step++) {
        await browser.press("Tab", 9);
        way.push(await active());
        if (way.at(-1) === "chart") break;
      }
      assertEquals(way, [
        ...["skip", "filter", "SUMMARY", "wide", "SUMMARY", "SUMMARY", "wide", "SUMMARY", "chart"],
      ]);
      const legend = () => browser.value("document.querySelector('.u-legend').textContent");
      await browser.press("ArrowLeft", 37);
      const last = await legend();
      await browser.press("ArrowLeft", 37);
      assert(/^Day20\d\d-\d\d-\d\dAdjusted\d/.test(String(last)), `${last}`);
      assert(await legend() !== last);
      await browser.press("Tab", 9);
      await browser.press("Tab", 9);
      await browser.value("document.querySelector('summary').focus()");
      await browser.press("Enter", 13);
      assertEquals(await browser.value("document.querySelector('details').open"), true);
    });

    await t.step("the filter hides what is not asked for, and says how many are left", async () => {
      const rows = () =>
        browser.value("document.querySelectorAll('#tickers tbody tr:not([hidden])').length");
      const type = (text: string) =>
        browser.value(
          `filter.value = ${JSON.stringify(text)}; filter.dispatchEvent(new Event("input"))`,
        );
      assertEquals(await rows(), 14);
      await type("yahoo fresh");
      assertEquals([await rows(), await browser.value("found.textContent")], [2, "2 of 14"]);
      await type("");
      assertEquals([await rows(), await browser.value("found.textContent")], [14, ""]);
    });

    await t.step("on paper there is no filter and no closed table", async () => {
      await browser.value(
        "document.querySelectorAll('details').forEach((each) => each.open = false)",
      );
      await browser.show(1280, "dark", "print");
      const shown =
        "[...document.querySelectorAll('.find, details')].filter((each) => each.checkVisibility()).length";
      assertEquals(await browser.value(shown), 0);
      assertEquals(
        await browser.value("getComputedStyle(document.body).backgroundColor"),
        "rgb(255, 255, 255)",
      );
      const { data } = await browser.call("Page.printToPDF");
      const size = Uint8Array.fromBase64(String(data)).length;
      assert(size < 1_000_000, `a PDF of ${size} bytes`);
    });

    await t.step("without scripts no empty room is left for the chart", async () => {
      await browser.show(1280, "light");
      const room = "document.querySelector('.chart').getBoundingClientRect().height";
      assert(await browser.value(room) as number > 200);
      await browser.call("Emulation.setScriptExecutionDisabled", { value: true });
      assertEquals(await browser.value(room), 0);
      await browser.call("Emulation.setScriptExecutionDisabled", { value: false });
    });

    await t.step("nothing was asked for but the page, and nothing complained", () => {
      const asked = browser.told.filter(({ method }) => method === "Network.requestWillBeSent")
        .map(({ params }) => (params.request as { url: string }).url)
        .filter((url) => !url.startsWith("data:"));
      assertEquals(new Set(asked), new Set([`file://${page}`]));
      const complaints = browser.told.filter(({ method }) =>
        ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"].includes(method)
      );
      assertEquals(complaints, []);
    });
    await removeFolder(folder);
  },
);
