// The served page in a real browser: SCREENSHOTS=FOLDER keeps the pictures.
import axe from "axe-core/script" with { type: "text" };
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { testNeeding } from "../../system.ts";
import { Browser } from "../browser.ts";
import { commit, ServedPlace } from "./place.ts";

const PICTURES = Deno.env.get("SCREENSHOTS");

/** Until an expression is true in the page, where the page itself tells of a change of it. */
function until(expression: string): string {
  return `new Promise((done) => {
    const look = () => (${expression}) && done();
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
    look();
  })`;
}

testNeeding(
  "chromium",
  "the served page in Chromium: entered by a link, alive, quiet, and asking nobody else",
  async (t) => {
    await using place = await ServedPlace.start();
    await using browser = await Browser.start();
    const value = (expression: string) => browser.value(expression);
    const complaints = () =>
      browser.told.filter(({ method }) =>
        ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"].includes(method)
      );
    const foreign = () =>
      browser.told.filter(({ method }) => method === "Network.requestWillBeSent")
        .map(({ params }) => (params.request as { url: string }).url)
        .filter((url) => !url.startsWith("data:") && !url.startsWith(`${place.url}/`));

    await t.step("the link leads to the page of all tickers, with its cookie", async () => {
      await browser.open(place.links[0] ?? "");
      assertEquals(await value("location.href"), `${place.url}/`);
      assertEquals(await value("document.querySelectorAll('#tickers tbody tr').length"), 11);
      assertEquals(await value("document.cookie"), "", "no script reads it");
    });

    await t.step(
      "when a run commits, the page shows it, and all that was done in it stays",
      async () => {
        await browser.show(1280, "light");
        await value(until("said.textContent === ''"));
        await value(
          `filter.focus(); filter.value = "sa"; filter.dispatchEvent(new Event("input"));
         filter.setSelectionRange(1, 1);
         document.querySelectorAll("details").forEach((each, at) => each.open = at === 1);
         document.querySelector("#h-year").parentElement.dataset.same = "yes";
         scrollTo(0, 300)`,
        );
        const shown = browser.value(
          until("document.getElementById('tickers').textContent.includes('NEW3.SA')"),
        );
        commit(place.db);
        await shown;
        // The run is of csv, whose file that could not be read is over with it.
        assertEquals(
          await value(
            `JSON.stringify([document.activeElement.id, filter.value, filter.selectionStart, scrollY,
             [...document.querySelectorAll("details")].map(({ open }) => open).slice(0, 3),
             document.querySelectorAll("#tickers tbody tr:not([hidden])").length, found.textContent,
             document.querySelector("#h-year").parentElement.dataset.same])`,
          ),
          JSON.stringify(["filter", "sa", 1, 300, [false, true, false], 10, "10 of 11", "yes"]),
        );
      },
    );

    await t.step("from ticker to run to failure, by links", async () => {
      const follow = async (selector: string) => {
        const href = await value(`document.querySelector(${JSON.stringify(selector)}).href`);
        await browser.open(String(href));
        return await value("document.querySelector('h1').textContent");
      };
      assertEquals(await follow("#tickers a[href$='PETR4.SA']"), "PETR4.SA");
      assert(
        await value("document.querySelector('.chart canvas').getBoundingClientRect().width > 700"),
      );
      assertEquals([complaints(), foreign()], [[], []]);
      assertMatch(String(await follow("[aria-label=Jobs] a")), /^Run [\da-f]{8}$/);
      assertEquals([complaints(), foreign()], [[], []]);
      await browser.open(`${place.url}/`);
      assertEquals(await follow(".fix a"), "bad_answer");
    });

    await t.step(
      "a chart is drawn anew where its section has changed, and only there",
      async () => {
        await browser.open(`${place.url}/ticker/PETR4.SA`);
        await value(until("said.textContent === ''"));
        await value("document.querySelector('.chart').dataset.same = 'yes'");
        const changed = value(until("!document.querySelector('time').dataset.old"));
        await value("document.querySelector('time').dataset.old = 'yes'");
        commit(place.db);
        await changed;
        assertEquals(await value("document.querySelector('.chart').dataset.same"), "yes");
        await value("shown = shown.map(() => '')");
        const again = value(until("!document.querySelector('.chart').dataset.same"));
        commit(place.db);
        await again;
        assertEquals(await value("document.querySelectorAll('.chart canvas').length"), 1);
        assertEquals([complaints(), foreign()], [[], []]);
      },
    );

    await t.step(
      "wide and narrow, light and dark: nothing over the edge, axe finds nothing",
      async () => {
        for (const path of ["/", "/ticker/PETR4.SA", "/failure/bad_answer", "/search?q=a"]) {
          await browser.open(`${place.url}${path}`);
          for (const [width, scheme] of [[1280, "light"], [390, "dark"]] as const) {
            await browser.show(width, scheme);
            await value(
              "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
            );
            assertEquals(await value("document.documentElement.scrollWidth"), width, path);
            await value(axe);
            const { violations } = await value("axe.run()") as { violations: { id: string }[] };
            assertEquals(violations.map(({ id }) => id), [], `${path} ${width}`);
            if (PICTURES) {
              const name = path.replaceAll(/\W+/g, "-");
              await Deno.writeFile(
                `${PICTURES}/serve${name}-${width}-${scheme}.png`,
                await browser.picture(),
              );
            }
          }
          assertEquals([complaints(), foreign()], [[], []], path);
        }
      },
    );

    await t.step("a server that has ended is told on the page", async () => {
      await browser.open(`${place.url}/`);
      await value(until("said.textContent === ''"));
      await place.end();
      await value(until("said.textContent.startsWith('Not connected')"));
    });
    assertEquals(place.errors, []);
  },
);
