/** This is the page's style sheet. Colours are variables, so dark needs one block only; colour alone never carries meaning. */
export const PAGE_STYLE = `
:root{--bg:#fbfbf9;--panel:#fff;--text:#1d2125;--soft:#5b646d;--line:#d9dcd8;--good:#1a7f43;--good-bg:#e3f4e8;--bad:#b3261e;--bad-bg:#fde8e6;--bar:#3a6ea5;--use:#7a9e3f;--want:#8a94a0;--got:#c4472f;--focus:#0b57d0;--link:#1f558f;--chosen:#e0e9fa;--hot:179,38,30}
@media (prefers-color-scheme:dark){:root{--bg:#15181b;--panel:#1d2125;--text:#e6e8ea;--soft:#a3acb5;--line:#363d44;--good:#6fd394;--good-bg:#16321f;--bad:#ff8f85;--bad-bg:#401a17;--bar:#7fb0e6;--use:#a9cc6c;--want:#78828c;--got:#ff8f72;--focus:#8ab4ff;--link:#8ab8ea;--chosen:#24324a;--hot:255,120,100}}
*{box-sizing:border-box}
html{color-scheme:light dark}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header,main{max-width:1240px;margin:0 auto;padding:16px 20px}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--panel);padding:8px;z-index:2}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.brand{margin:0;color:var(--soft);letter-spacing:.14em;text-transform:uppercase;font-size:.75rem}
h1{margin:.1em 0 .3em;font-size:1.6rem;line-height:1.2;overflow-wrap:anywhere}
header+main{padding-top:0}h2{margin:1.6em 0 .5em;font-size:1.2rem;border-bottom:1px solid var(--line);padding-bottom:.2em}
h3{margin:0 0 .3em;font-size:1.1rem;overflow-wrap:anywhere}h4{margin:1em 0 .3em;font-size:.95rem}
header{padding-top:22px}header::before{content:"";position:absolute;inset:0 0 auto;height:6px}header.good::before{background:var(--good)}header.bad::before{background:var(--bad)}
header .sign{color:inherit}header.good h1 .sign,.good{color:var(--good)}header.bad h1 .sign,.bad{color:var(--bad)}
header.good,header.bad{color:var(--text)}
.hint,.soft{color:var(--soft);font-size:.9rem}.hint,li{overflow-wrap:anywhere}
button{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:.45em .8em;min-height:40px;cursor:pointer;text-align:left}
button.link{border:0;background:none;padding:4px 0;min-height:28px;color:var(--link);text-decoration:underline;white-space:nowrap}
kbd{border:1px solid var(--line);border-radius:4px;padding:0 .35em;font-size:.85em}
.facts{display:flex;flex-wrap:wrap;gap:8px 28px;margin:.8em 0 0}.facts div{min-width:110px}.facts dt,.run dt{color:var(--soft);font-size:.85rem}.facts dd,.run dd{margin:0;font-variant-numeric:tabular-nums}
.run{display:grid;grid-template-columns:minmax(80px,max-content) 1fr;gap:4px 18px}.run dd{overflow-wrap:anywhere}
.scroll{overflow:auto;max-width:100%;background:linear-gradient(90deg,var(--bg) 50%,transparent) 0/32px 100% no-repeat local,linear-gradient(270deg,var(--bg) 50%,transparent) 100%/32px 100% no-repeat local,linear-gradient(90deg,var(--soft),transparent) 0/8px 100% no-repeat scroll,linear-gradient(270deg,var(--soft),transparent) 100%/8px 100% no-repeat scroll}.scroll+.scroll{margin-top:1em}
.split{display:grid;grid-template-columns:minmax(0,1fr) minmax(320px,460px);gap:20px;align-items:start}
.graph{max-height:80vh;border:1px solid var(--line);border-radius:8px;background:var(--panel);position:relative}
.network{display:block;margin:0 auto}
.details{position:sticky;top:12px;max-height:calc(100vh - 24px);overflow:auto;border:1px solid var(--line);border-radius:8px;background:var(--panel);padding:16px}
.edge{fill:none;stroke:var(--want);stroke-width:1.2;opacity:.65}
.node text{font:12px system-ui,"DejaVu Sans",sans-serif;text-anchor:middle;fill:var(--text)}
.node rect{fill:var(--panel);stroke:var(--line)}
.node[role]{cursor:pointer;outline:none}
.node.exact rect{fill:var(--good-bg);stroke:var(--good)}.node.exact .sign{fill:var(--good);font-weight:700}
.node.red rect{fill:var(--bad-bg);stroke:var(--bad);stroke-width:2}.node.red .sign{fill:var(--bad);font-weight:700}
.node.none text{fill:var(--soft);font-size:11px}
.node[aria-pressed=true] rect{stroke:var(--focus);stroke-width:3}
.node:focus-visible rect{stroke:var(--focus);stroke-width:3;stroke-dasharray:5 2}
table{border-collapse:collapse;font-size:.9rem;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;max-width:calc(100vw - 40px);color:var(--soft);font-size:.9rem;padding-bottom:.3em}
th,td{padding:3px 12px 3px 0;text-align:left;white-space:nowrap;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600}th.n,td.n{text-align:right}td+td,th+th{padding-left:6px}
tr.red td:first-child{box-shadow:inset 3px 0 var(--bad);padding-left:8px}
tr.chosen td{background:var(--chosen)}
.chart{display:block}.chart .cycles{fill:var(--bar)}.chart .use{fill:var(--use)}.chart .red .cycles{fill:var(--bad)}
.chart .hit{fill:transparent}.chart .column{cursor:pointer}.chart .column:hover .hit,.chart .column.chosen .hit{fill:var(--chosen)}
.grid{stroke:var(--line)}.tick,.axis{font:11px system-ui,"DejaVu Sans",sans-serif;fill:var(--soft)}.tick{text-anchor:end}
.chip{display:inline-block;border-radius:999px;padding:.05em .7em;font-size:.85rem;font-weight:600}
.chip.good{background:var(--good-bg)}.chip.bad{background:var(--bad-bg)}
.kind{border-left:4px solid var(--bad);padding:.2em .8em;margin:.8em 0;background:var(--bad-bg);border-radius:0 6px 6px 0}
.plotted{display:block;color:var(--text)}.plotted .paper{fill:var(--panel)}.kind p{margin:.35em 0;overflow-wrap:anywhere}.column text{font:9px system-ui,"DejaVu Sans",sans-serif;fill:var(--soft);text-anchor:end}
.details dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:.6em 0;font-size:.92rem}.details dt{color:var(--soft)}.details dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.plot{display:block;width:100%;height:auto}.plot .want{fill:var(--want)}.plot .got{fill:var(--got)}.plot .wrong{fill:var(--got)}
.tick.start{text-anchor:start}.tick.middle{text-anchor:middle}.key .want{background:var(--want)}.key .got{background:var(--got)}.key i{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .8em;vertical-align:-.05em}
.heat{display:block;width:100%;max-width:320px;image-rendering:pixelated;border:1px solid var(--line);background:var(--bg)}
.confusions{display:flex;flex-wrap:wrap;gap:16px 28px}.confusion{flex:1 1 280px;max-width:360px}figcaption{color:var(--soft);font-size:.9rem}
.confusion svg{display:block;max-width:100%;height:auto}.confusion .frame{fill:var(--panel);stroke:var(--line)}.confusion .right{fill:var(--good)}.confusion .wrong{fill:var(--bad)}
.copy{display:flex;flex-wrap:wrap;gap:8px;align-items:flex-start;margin:.6em 0}.copy pre{flex:1 1 320px;min-width:0;max-width:100%;margin:0;overflow:auto;padding:.6em .8em;background:var(--panel);border:1px solid var(--line);border-radius:6px;font:13px/1.45 ui-monospace,monospace;white-space:pre}.copy button{white-space:nowrap}
summary{cursor:pointer;padding:.6em 0;min-height:40px}
figure{margin:0}figure img{max-width:100%;height:auto;border-radius:6px;display:block}
@media (max-width:820px){header,main{padding:12px}h1{font-size:1.3rem}.split{grid-template-columns:minmax(0,1fr)}.graph{max-height:62vh}.details{position:static;max-height:none;padding:12px;order:-1}.copy pre{flex-basis:100%}.facts{gap:6px 20px}.run{grid-template-columns:1fr;gap:0}.run dd{margin-bottom:.5em}}
@media (max-width:820px){#layers td:nth-child(3),#layers th:nth-child(3),#layers td:nth-child(4),#layers th:nth-child(4),#layers td:nth-child(2),#layers th:nth-child(2){display:none}}
@media print{.copy pre{white-space:pre-wrap;overflow-wrap:anywhere}.graph,.details,.scroll{max-height:none;overflow:visible}}
`
