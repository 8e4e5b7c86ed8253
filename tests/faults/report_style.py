"""How the fault report looks: system fonts, two schemes of colour, and a table that becomes cards on a phone."""

STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5d6878; --paper: #fbfbf9; --card: #fff; --line: #dfe2e6;
  --good: #1a7f4b; --good-bg: #e6f4ec; --bad: #b3261e; --bad-bg: #fbe9e7; --dot: #2f6fb2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ec; --soft: #98a3b3; --paper: #14171c; --card: #1b2027;
  --line: #2d343e; --good: #67cf97; --good-bg: #173126; --bad: #ff9a8f; --bad-bg: #41201d; --dot: #7db5ec; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1120px; padding: 28px 20px 48px; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { margin: 0 0 4px; font-size: 26px; letter-spacing: -.01em; }
h2 { margin: 34px 0 12px; font-size: 18px; }
.verdict { margin: 0 0 6px; font-size: 17px; font-weight: 600; }
.verdict.good { color: var(--good); } .verdict.bad { color: var(--bad); }
.where { margin: 0; color: var(--soft); font-size: 13px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(100px, 1fr)); gap: 10px; margin-top: 20px; }
.tiles div { padding: 10px 14px; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.tiles b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--soft); font-size: 13px; }
.tiles .good b { color: var(--good); } .tiles .bad b { color: var(--bad); }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; overflow: hidden; font-size: 14px; }
th, td { padding: 8px 7px; text-align: center; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-weight: 600; font-size: 12px; }
th:first-child { text-align: left; padding-left: 14px; width: 34%; }
tbody th { font-weight: 500; }
small { display: block; color: var(--soft); font-size: 12px; font-weight: 400; overflow-wrap: anywhere; }
td i { display: block; color: var(--soft); font: 11px/1.2 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.held { color: var(--good); font-weight: 700; } .none { color: var(--soft); }
.broken { color: var(--bad); font-weight: 700; background: var(--bad-bg); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.bad { color: var(--bad); font-weight: 700; }
tr.failed th { box-shadow: inset 4px 0 var(--bad); } tr.failed small:first-of-type { color: var(--bad); }
tr.skipped { opacity: .7; }
.promises { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 14px 0 0; color: var(--soft);
  font-size: 13px; }
.promises dt { font-weight: 600; } .promises dd { margin: 0; }
.plot { padding: 6px 14px 8px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.strip { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 16px; padding-top: 10px;
  font-size: 13px; }
.strip span { color: var(--soft); font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; }
svg text { fill: var(--soft); font: 11.5px system-ui, sans-serif; }
svg circle { fill: var(--dot); fill-opacity: .4; }
svg .grid { stroke: var(--line); } svg .tick { stroke: var(--ink); stroke-width: 1.5; }
svg line.bound { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 4; } svg text.bound { fill: var(--bad); }
.legend { color: var(--soft); font-size: 13px; } .legend i { display: inline-block; margin: 0 4px 0 10px; }
.legend .dot { width: 9px; height: 9px; margin-left: 0; border-radius: 50%; background: var(--dot); opacity: .6; }
.legend .tick { height: 12px; border-left: 2px solid var(--ink); vertical-align: -1px; }
.legend .bound { height: 12px; border-left: 2px dashed var(--bad); vertical-align: -1px; }
@media (max-width: 760px) {
  body { padding: 18px 12px 36px; } table, tbody, tr { display: block; } thead { display: none; }
  table { border: 0; background: none; }
  tbody tr { display: grid; grid-template-columns: repeat(7, minmax(0, 1fr)); margin-bottom: 10px; padding-bottom: 8px;
    border: 1px solid var(--line); border-radius: 10px; background: var(--card); overflow: hidden; }
  tbody th:first-child { grid-column: 1 / -1; width: auto; } tbody th, tbody td { border: 0; }
  td { padding: 4px 2px; } td, td.number { text-align: center; white-space: normal; }
  td::before { content: attr(data-name); display: block; color: var(--soft); font-size: 9.5px; font-weight: 400; }
}
"""
