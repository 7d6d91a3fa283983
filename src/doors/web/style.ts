/** The emblem: a door that stands ajar on its two hinges. */
export const EMBLEM = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none">
<path d="M6 28V7a3 3 0 0 1 3-3h14a3 3 0 0 1 3 3v21" stroke="#7d8f8c" stroke-width="2" stroke-linecap="round"/>
<path d="M3 28h26" stroke="#7d8f8c" stroke-width="2" stroke-linecap="round"/>
<path d="M10 7.5 20 10v18H10z" fill="#16857a"/>
<circle cx="17" cy="19" r="1.4" fill="#fff"/>
<path d="M8 12v4M8 21v4" stroke="#e0a63a" stroke-width="2.4" stroke-linecap="round"/>
</svg>
`;

/** The one stylesheet. Contrasts are at least 4.5 to 1 for text and 3 to 1 for edges of controls (WCAG 2.2 AA). */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f5f7f6; --card: #ffffff; --field: #ffffff; --ink: #17211f; --soft: #566360; --line: #dbe2e0; --edge: #7f8e8a;
  --accent: #0d6e65; --accent-hover: #095a53; --on-accent: #ffffff; --tint: #e6f2f0;
  --danger: #a62b2b; --danger-tint: #fbecec; --warn: #7a5200; --warn-tint: #fdf3dd;
  --radius: 12px; --focus: #0d6e65;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10161a; --card: #182024; --field: #10161a; --ink: #e9efed; --soft: #a3b1ad; --line: #2b363a; --edge: #75858a;
    --accent: #63cabd; --accent-hover: #84dbd0; --on-accent: #06201d; --tint: #173330;
    --danger: #f29a9a; --danger-tint: #3a1f21; --warn: #eec46d; --warn-tint: #362b12; --focus: #63cabd;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
header, main, footer { width: 100%; max-width: 30rem; margin: 0 auto; padding-inline: 1rem; }
.wide > header, .wide > main, .wide > footer { max-width: 60rem; }
header { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding-block: 1.5rem 2rem; }
main { flex: 1; }
main:focus { outline: none; }
footer { padding-block: 2.5rem 1.5rem; color: var(--soft); font-size: .85rem; }
.brand { display: inline-flex; align-items: center; gap: .6rem; color: var(--ink); text-decoration: none; font-weight: 650; font-size: 1.1rem; letter-spacing: -.01em; }
.brand img { display: block; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem .75rem; border-radius: 8px; z-index: 1; }
h1 { font-size: 1.6rem; line-height: 1.25; letter-spacing: -.02em; margin: 0 0 .5rem; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; line-height: 1.35; letter-spacing: -.01em; margin: 0; }
p { margin: 0 0 1rem; }
a { color: var(--accent); text-underline-offset: .2em; }
a:hover { color: var(--accent-hover); }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.5rem 0; }
.lead { color: var(--soft); }
.muted { color: var(--soft); }
.small { font-size: .875rem; }
.card, section.card {
  background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: 1.25rem; margin: 0 0 1rem;
}
.card > :last-child { margin-bottom: 0; }
.card > header, .card > .head { all: unset; display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: .25rem 1rem; margin: 0 0 .75rem; }
.stack > * + * { margin-top: 1rem; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0; }
form { margin: 0; }
label { display: block; font-weight: 600; margin-bottom: .3rem; }
.hint { display: block; font-weight: 400; color: var(--soft); font-size: .875rem; margin: .25rem 0 0; }
.field { margin: 0 0 1.1rem; }
input[type=text], input[type=password], input[type=email], input[type=date], input[type=number], select, textarea {
  display: block; width: 100%; min-height: 2.85rem; padding: .6rem .75rem; font: inherit; color: inherit;
  background: var(--field); border: 1px solid var(--edge); border-radius: 9px;
}
input.code { font: 1.25rem ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; letter-spacing: .2em; max-width: 12rem; }
input[type=checkbox], input[type=radio] { width: 1.15rem; height: 1.15rem; margin: .2rem 0 0; accent-color: var(--accent); flex: none; }
label.choice { display: flex; gap: .7rem; font-weight: 400; padding: .5rem 0; margin: 0; cursor: pointer; }
label.choice > span { min-width: 0; overflow-wrap: anywhere; }
fieldset { border: 1px solid var(--line); border-radius: 9px; padding: .5rem 1rem .75rem; margin: 0 0 1rem; min-width: 0; }
legend { font-weight: 600; padding: 0 .35rem; margin-left: -.35rem; }
button, .button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 2.85rem; padding: .55rem 1.15rem; font: inherit; font-weight: 600;
  color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: 9px; cursor: pointer; text-decoration: none;
}
button:hover, .button:hover { background: var(--accent-hover); color: var(--on-accent); }
button.full, .button.full { width: 100%; }
button.secondary, .button.secondary { background: transparent; color: var(--ink); border-color: var(--edge); }
button.secondary:hover, .button.secondary:hover { background: var(--tint); color: var(--ink); }
button.danger { background: transparent; color: var(--danger); border-color: currentColor; }
button.danger:hover { background: var(--danger-tint); color: var(--danger); }
button.slim, .button.slim { min-height: 2.25rem; padding: .25rem .8rem; font-size: .9rem; }
button.link { min-height: 2.25rem; padding: 0 .25rem; background: none; color: var(--accent); border: 0; text-decoration: underline; text-underline-offset: .2em; font-weight: 500; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.notice, .warning, .error { border-radius: 9px; padding: .75rem 1rem; margin: 0 0 1rem; border: 1px solid transparent; }
.notice { background: var(--tint); border-color: var(--accent); }
.warning { background: var(--warn-tint); border-color: var(--warn); }
.error { background: var(--danger-tint); border-color: var(--danger); }
.or { display: flex; align-items: center; gap: 1rem; color: var(--soft); font-size: .875rem; margin: 1.25rem 0; }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.badge { display: inline-block; padding: .05rem .55rem; border-radius: 99px; background: var(--tint); color: var(--accent); font-size: .8rem; font-weight: 600; white-space: nowrap; }
.badge.write, .badge.deny { background: var(--warn-tint); color: var(--warn); }
ul.plain { list-style: none; margin: 0; padding: 0; }
ul.rows { list-style: none; margin: 0; padding: 0; }
ul.rows > li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem 1rem; padding: .85rem 0; border-top: 1px solid var(--line); }
ul.rows > li:first-child { border-top: 0; padding-top: .25rem; }
ul.rows > li:last-child { padding-bottom: 0; }
ul.rows .what { flex: 1 1 16rem; min-width: 0; overflow-wrap: anywhere; }
ul.rows .what > * { margin: 0; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: 0 0 1rem; }
dl.facts dt { color: var(--soft); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .925rem; }
th, td { text-align: left; padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line); vertical-align: top; }
td code { white-space: nowrap; }
thead th { white-space: nowrap; border-top: 0; color: var(--soft); font-weight: 600; font-size: .85rem; }
img.qr { display: block; margin: 0 0 1rem; width: 13rem; max-width: 100%; height: auto; background: #fff; border-radius: 9px; padding: .5rem; }
pre.held { direction: ltr; unicode-bidi: bidi-override; margin: 0 0 .75rem; padding: .75rem .9rem; background: var(--ground); border: 1px solid var(--line); border-radius: 9px; white-space: pre-wrap; overflow-wrap: anywhere; font: .9em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
mark { background: var(--warn-tint); color: var(--warn); border-radius: 4px; padding: 0 .15rem; }
details > summary { cursor: pointer; font-weight: 600; padding: .5rem 0; }
.secret { display: block; padding: .7rem .9rem; background: var(--ground); border: 1px solid var(--line); border-radius: 9px; overflow-wrap: anywhere; }
@media (max-width: 30rem) {
  h1 { font-size: 1.4rem; }
  .actions > button, .actions > .button, .actions > form, .actions > form > button { width: 100%; }
  dl.facts { grid-template-columns: 1fr; gap: 0; }
  dl.facts dd { margin-bottom: .5rem; }
}
@media (prefers-reduced-motion: no-preference) { button, .button { transition: background-color .12s; } }
@media (forced-colors: active) { .badge, .notice, .warning, .error, .card { border: 1px solid; } }
`;
