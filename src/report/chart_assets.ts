/** The script of the charts of prices, and the library that draws them. @module */
import library from "uplot/script" with { type: "text" };
import style from "uplot/style" with { type: "text" };

/** uPlot, as it is published. */
export const LIBRARY: string = library;

/** Its style. */
export const CHART_STYLE: string = style;

/** Draws each chart into its place; the arrow keys move the cursor. */
export const CHART_SCRIPT = `"use strict";
const dark = matchMedia("(prefers-color-scheme: dark)");
const drawAll = () => {
  for (const place of document.querySelectorAll(".chart")) draw(place);
};
const draw = (place) => {
  const { dates, adjusted, raw, volume, events } = JSON.parse(document.getElementById(place.dataset.of).textContent);
  const css = getComputedStyle(place);
  const color = (name) => css.getPropertyValue(name).trim();
  const seconds = (day) => Date.parse(day + "T00:00:00Z") / 1000;
  const price = (u, value) => {
    if (value == null) return "–";
    const [whole, rest] = String(Math.round(value * 1e4) / 1e4).split(".");
    return whole.replace(/\\B(?=(\\d{3})+$)/g, ",") + (rest ? "." + rest : "");
  };
  const marks = (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.font = 12 * devicePixelRatio + "px system-ui, sans-serif";
    ctx.textBaseline = "top";
    let end = -Infinity;
    for (const { date, text, kind } of events) {
      const x = Math.round(u.valToPos(seconds(date), "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.strokeStyle = ctx.fillStyle = color(kind === "split" ? "--behind" : "--faint");
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const wide = ctx.measureText(text).width + 12;
      const left = x + wide > bbox.left + bbox.width ? x - wide : x + 6;
      if (left < end) continue;
      ctx.fillStyle = color("--soft");
      ctx.fillText(text, left, bbox.top + 2);
      end = left + wide + 6;
    }
    ctx.restore();
  };
  const axis = { stroke: color("--soft"), grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false }, font: "12px system-ui, sans-serif" };
  const width = place.clientWidth;
  place.replaceChildren();
  const u = new uPlot({
    width, height: Math.max(240, Math.min(360, width * 0.42)),
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "UTC"),
    cursor: { drag: { x: true, y: false } },
    scales: { volume: { range: (u, low, high) => [0, (high || 1) * 5] } },
    axes: [{ ...axis, grid: { show: false } }, { ...axis, size: 56 }],
    series: [
      { label: "Day", value: (u, time) => time == null ? "–" : new Date(time * 1000).toISOString().slice(0, 10) },
      { label: "Adjusted", stroke: color("--accent"), width: 2, value: price },
      { label: "As traded", stroke: color("--raw"), width: 1, dash: [5, 3], value: price },
      { label: "Volume", scale: "volume", stroke: color("--volume"), fill: color("--volume"),
        paths: uPlot.paths.bars({ size: [0.7] }), points: { show: false }, value: price },
    ],
    hooks: { draw: [marks] },
  }, [dates.map(seconds), adjusted, raw, volume], place);
  let at = dates.length;
  place.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    at = Math.max(0, Math.min(dates.length - 1, at + step));
    u.setCursor({ left: u.valToPos(u.data[0][at], "x"), top: u.over.clientHeight / 2 });
  };
};
drawAll();
dark.addEventListener("change", drawAll);
let wide = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== wide) drawAll();
  wide = innerWidth;
});
`;
