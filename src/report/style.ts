/** The style of the page. @module */

/** The style. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --back: #fff; --text: #1a1e24; --soft: #5a626c; --faint: #8a929c; --line: #e3e6ea; --pale: #f5f6f8;
  --accent: #1f5a91; --raw: #7d8590; --volume: #dde3ea;
  --fresh: #2f7d4f; --behind: #a35c00; --failing: #c02d23; --stored: #6da184;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171b; --text: #e8eaed; --soft: #a3abb5; --faint: #78818c; --line: #2b3037; --pale: #1c2025;
    --accent: #7fb2e5; --raw: #8d96a1; --volume: #29323c;
    --fresh: #6fc392; --behind: #e5a04a; --failing: #f2766b; --stored: #4f8768;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 1104px; padding: 40px 36px 64px; background: var(--back); color: var(--text);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, header p { overflow-wrap: anywhere; }
h1 { margin: 0 0 4px; font-size: 27px; line-height: 1.25; letter-spacing: -.01em; }
h2 { margin: 0 0 12px; font-size: 16px; }
h3 { margin: 26px 0 10px; font-size: 14px; font-weight: 400; }
h2 small { font-size: inherit; font-weight: 400; color: var(--soft); }
p { margin: 0 0 12px; }
.soft { color: var(--soft); }
section { margin-top: 52px; }
section, tr, .chart { break-inside: avoid; }
#tickers { break-inside: auto; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 36px; top: 8px; }
.hidden {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}

.counts { display: flex; flex-wrap: wrap; gap: 16px 36px; margin: 22px 0 0; padding: 0; list-style: none; }
.counts b { display: block; font-size: 29px; line-height: 1.15; letter-spacing: -.01em; }
.counts .none { color: var(--soft); }
.fresh, .behind, .failing { --mark: var(--fresh); --shape: circle(46%); }
.behind { --mark: var(--behind); --shape: polygon(50% 4%, 100% 96%, 0 96%); }
.failing { --mark: var(--failing); --shape: polygon(22% 4%, 50% 32%, 78% 4%, 96% 22%, 68% 50%, 96% 78%, 78% 96%, 50% 68%, 22% 96%, 4% 78%, 32% 50%, 4% 22%); }
td.fresh::before, td.behind::before, td.failing::before, .counts b::before {
  content: ""; display: inline-block; width: 10px; height: 10px; margin-right: 7px; vertical-align: -.02em;
  background: var(--mark); clip-path: var(--shape); forced-color-adjust: none;
}
.counts b::before { width: 13px; height: 13px; vertical-align: .05em; }
.counts li:not([class]) b::before { display: none; }
.counts .behind:not(.none) b, .counts .failing:not(.none) b { color: var(--mark); }
.counts .none b::before { background: var(--faint); }
.counts .none b { color: var(--faint); }

table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 400; vertical-align: bottom; }
thead th { padding: 6px 14px 6px 0; font-size: 13px; color: var(--soft); white-space: nowrap; }
tbody th { font-weight: 650; white-space: nowrap; }
tbody td, tbody th { padding: 9px 14px 9px 0; border-top: 1px solid var(--line); vertical-align: middle; }
tbody tr:last-child > * { border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; white-space: nowrap; }
td:last-child, th:last-child { padding-right: 0; }
.from2 tr > :nth-child(n+2), .from3 tr > :nth-child(n+3), .from5 tr > :nth-child(n+5) { text-align: right; white-space: nowrap; }
.list td, .list th { padding-top: 6px; padding-bottom: 6px; font-weight: 400; font-size: 13.5px; }
.list tbody th { white-space: normal; }
#tickers tbody th { overflow-wrap: anywhere; white-space: normal; min-width: 10.5em; max-width: 15em; }
#tickers td:nth-child(3), #tickers td:nth-child(4) { white-space: nowrap; }
#tickers td:nth-child(7) { color: var(--soft); font-size: 14px; overflow-wrap: anywhere; }
#tickers thead th:nth-child(7) { min-width: 12em; }
.find { margin: 0 0 8px; color: var(--soft); font-size: 14px; }
.find input {
  font: inherit; width: 15em; max-width: 60vw; margin: 0 10px 0 6px; padding: 4px 9px; color: var(--text);
  background: var(--pale); border: 1px solid var(--faint); border-radius: 5px;
}

svg { display: block; overflow: visible; }
.q { width: 240px; height: 12px; }
.q rect { height: 12px; }
.q .s { fill: url(#s); } .q .m { fill: url(#m); } .q .r { fill: url(#r); } .q .n { fill: url(#n); }
.s1 { fill: var(--stored); }
.m1 { fill: none; stroke: var(--failing); stroke-width: 1.5; }
.r1 { fill: none; stroke: var(--behind); stroke-width: 1.5; }
.n1 { fill: var(--faint); }
.k { width: 96px; height: 28px; fill: none; stroke: var(--accent); stroke-width: 1.3; stroke-linejoin: round; }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 12px 0 0; padding: 0; list-style: none; font-size: 13px; color: var(--soft); }
.key li { display: flex; align-items: center; gap: 6px; }
.key svg { width: 10px; height: 12px; flex: none; }
.pic text { fill: var(--soft); font-size: 12px; }
.pic .rule { stroke: var(--line); }
.pic .ok { fill: var(--stored); }
.pic .bad { fill: var(--back); stroke: var(--failing); stroke-width: 1.5; }
.pic .on { fill: none; stroke: var(--stored); stroke-width: 1.5; stroke-dasharray: 3 2; }
.pic .wait { fill: url(#wait); }
.pic .part { fill: var(--failing); }
.hatch { stroke: var(--soft); stroke-width: 1.6; }
.wide { overflow-x: auto; padding: 2px 0; }
.wide > svg { min-width: 880px; width: 100%; height: auto; }
.year { width: 100%; max-width: 440px; height: auto; }
.bars { width: 100%; max-width: 440px; height: auto; }
details { margin-top: 12px; font-size: 14px; }
summary { cursor: pointer; color: var(--soft); width: fit-content; }
details > div { margin-top: 8px; overflow-x: auto; }
.two { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 56px; }
.fix dt { display: flex; flex-wrap: wrap; gap: 0 14px; justify-content: space-between; font-weight: 650; border-top: 1px solid var(--line); padding-top: 9px; }
.fix dt span { font-weight: 400; color: var(--soft); }
.fix dd { margin: 2px 0 10px; color: var(--soft); overflow-wrap: anywhere; }
.fix { margin: 0; border-bottom: 1px solid var(--line); }
.fix .do { color: var(--text); }
.chart { min-height: 240px; }
@media (scripting: none) { .chart { display: none; } }
.chart .u-legend { color: var(--soft); font-size: 13px; text-align: left; }
.chart .u-legend td, .chart .u-legend th { border: 0; padding: 4px 2px; font-weight: 400; }
.chart .u-legend tbody tr:last-child > * { border: 0; }
footer { margin-top: 56px; color: var(--soft); font-size: 13px; }

@media (max-width: 900px) { .two { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 760px) {
  body { padding: 24px 16px 48px; }
  section { margin-top: 40px; }
  .counts { gap: 14px 28px; } .counts b { font-size: 24px; }
  #tickers thead { display: block; position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  #tickers tbody tr {
    display: grid; grid-template-columns: minmax(0, auto) 1fr auto; gap: 2px 10px; align-items: center;
    padding: 10px 0; border-top: 1px solid var(--line);
  }
  #tickers tbody tr[hidden] { display: none; }
  #tickers tbody td, #tickers tbody th { min-width: 0; padding: 0; border: 0; }
  #tickers tr > :nth-child(1) { grid-area: 1 / 1; overflow-wrap: anywhere; white-space: normal; }
  #tickers tr > :nth-child(2) { grid-area: 1 / 2; color: var(--soft); }
  #tickers tr > :nth-child(3) { grid-area: 2 / 3; text-align: right; color: var(--soft); }
  #tickers tr > :nth-child(4) { grid-area: 1 / 3; justify-self: end; }
  #tickers tr > :nth-child(5) { grid-area: 2 / 1 / 3 / 3; }
  #tickers tr > :nth-child(6) { grid-area: 3 / 3; justify-self: end; }
  #tickers tr > :nth-child(7) { grid-area: 3 / 1 / 4 / 3; }
  #tickers td:empty { display: none; }
  .q { width: 100%; max-width: 240px; height: auto; }
}
@media print {
  :root {
    --back: #fff; --text: #000; --soft: #444; --faint: #777; --line: #ccc; --accent: #1f5a91;
    --fresh: #2f7d4f; --behind: #a35c00; --failing: #c02d23; --stored: #6da184;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  section { margin-top: 24px; }
  .find, .skip, details:not([open]) { display: none; }
  .q .s { fill: var(--stored); }
  .q .m, .q .r { fill: none; stroke: var(--failing); stroke-width: 1.5; }
  .q .r { stroke: var(--behind); stroke-dasharray: 2.5 1.5; }
  .q .n { fill: none; }
  tbody td, tbody th { padding-top: 4px; padding-bottom: 4px; }
  thead { display: table-header-group; }
}
`;
