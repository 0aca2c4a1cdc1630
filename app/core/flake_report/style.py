"""How the page of the flakiness report looks, in light and in dark."""

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --panel: #f6f8fa; --line: #d1d9e0; --text: #1f2328; --soft: #59636e;
  --link: #0969da; --code: #818b981f; --broken: #cf222e; --flaky: #bf6a02; --suspect: #9a6700; --healthy: #1a7f37; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --panel: #151b23; --line: #3d444d; --text: #f0f6fc; --soft: #9198a1; --link: #4493f8;
    --code: #656c7633; --broken: #f85149; --flaky: #f0883e; --suspect: #d29922; --healthy: #3fb950; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 14px/1.5 system-ui, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 24px; }
header p { color: var(--soft); margin: 0; }
h1 { font-size: 26px; font-weight: 600; line-height: 1.25; margin: 2px 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 17px; font-weight: 600; margin: 36px 0 10px; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code { font: 12px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--code); border-radius: 6px;
  padding: .15em .4em; overflow-wrap: anywhere; }
small { display: block; color: var(--soft); font-size: 12px; overflow-wrap: anywhere; }
.soft, .legend { color: var(--soft); } .legend { font-size: 12px; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin: 20px 0 12px; }
.tile { border: 1px solid var(--line); border-top: 3px solid var(--tone); border-radius: 6px; padding: 10px 16px; }
.tile strong { display: block; font-size: 26px; line-height: 1.2; color: var(--tone); } .tile span { color: var(--soft); }
.broken { --tone: var(--broken); } .flaky { --tone: var(--flaky); } .suspect { --tone: var(--suspect); }
.healthy { --tone: var(--healthy); }
.shares { display: flex; gap: 2px; height: 8px; border-radius: 4px; overflow: hidden; }
.shares span { background: var(--tone); min-width: 4px; }
.verdict { font-size: 17px; font-weight: 600; margin: 18px 0 6px; } .said { margin: 0; padding-left: 20px; }
.said li { margin: 3px 0; }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 8px 12px; border-top: 1px solid var(--line); }
th { background: var(--panel); color: var(--soft); font-size: 12px; font-weight: 600; border-top: 0; white-space: nowrap; }
td:first-child { min-width: 130px; } #worst td:first-child { min-width: 250px; } time, td a { white-space: nowrap; }
td:last-child code { white-space: nowrap; } .interval + small { white-space: nowrap; }
.pill { display: inline-block; border: 1px solid var(--tone); color: var(--tone); border-radius: 2em; padding: 0 9px;
  font-size: 12px; font-weight: 600; }
svg { display: block; } svg text { fill: var(--soft); font-size: 11px; } svg .axis { stroke: var(--line); fill: none; }
svg .bar, svg .point { fill: var(--tone); } svg .area { fill: var(--tone); opacity: .4; } svg .rail { fill: var(--line); }
.interval { width: 110px; height: 12px; margin-top: 4px; } .history { margin-top: 2px; } .chart { width: 100%; height: auto; }
rect.passed { fill: var(--healthy); opacity: .55; } rect.flaky { fill: var(--flaky); } rect.failed { fill: var(--broken); }
rect.skipped { fill: var(--soft); }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 12px 28px; }
figure { margin: 0; } figcaption { color: var(--soft); }
.legend span { display: inline-block; margin-right: 12px; } .key { display: inline-block; vertical-align: -2px; margin-right: 4px; } .legend { font-size: 12px; }
.legend i { display: inline-block; width: 8px; height: 8px; border-radius: 2px; margin: 0 2px 0 8px; background: var(--healthy); }
.legend i.flaky { background: var(--flaky); } .legend i.failed { background: var(--broken); }
details { border: 1px solid var(--line); border-radius: 6px; margin: 0 0 12px; padding: 10px 16px; }
details[open] { padding-bottom: 16px; } summary { cursor: pointer; font-weight: 600; }
details ul { margin: 8px 0; padding-left: 20px; } .soon { color: var(--broken); }
@media (max-width: 640px) { svg.chart text { font-size: 18px; } .tiles { grid-template-columns: repeat(2, 1fr); } main { padding: 12px; } }
@media print { main { max-width: none; } details, tr { break-inside: avoid; } }
"""
