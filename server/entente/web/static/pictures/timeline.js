// A timeline: a row for each thing, a bar for each span that a text gives it. A span in which
// something happened at a time unknown is hatched; what began goes on as a line.

/* global d3 */
import { appendLink, beginSvg, makeMeasure, sayDates, writeLines } from "./draw.js";
import { address, groupRows, isDate, label, shortText, text } from "./rows.js";

const LASTING = ["membership", "agreement", "foundation"];
const ORDER = ["membership", "agreement", "foundation", "event"];
const HEADINGS = { membership: "Memberships", agreement: "Agreements", foundation: "Foundations", event: "Events" };

/** Read rows as things with spans. Columns that only an editor's query has are found by type. */
export function readTimeline({ columns, rows }) {
  const own = ["notBefore", "notAfter", "endNotBefore", "endNotAfter"];
  const dates = columns.filter((name) => rows.some((row) => isDate(row[name])));
  if (!dates.length) return null;
  const [from, to, endFrom, endTo] = own.some((name) => dates.includes(name))
    ? own
    : [dates[0], dates[1] ?? dates[0]];
  const named = columns.filter((name) => !dates.includes(name) && !name.endsWith("Label"));
  const thing = ["thing", "event", "label"].find((name) => named.includes(name)) ?? named[0];
  if (!thing) return null;
  const day = (row, name) => text(row, name).slice(0, 10);
  const things = [];
  for (const [, of] of groupRows(rows, (row) => `${text(row, "kind")}\n${label(row, thing)}`)) {
    const spans = groupRows(
      of.filter((row) => dates.some((name) => row[name])),
      (row) => [from, to, endFrom, endTo].map((name) => day(row, name)).join() + label(row, "text"),
    );
    if (!spans.size) continue;
    things.push({
      kind: text(of[0], "kind"),
      name: label(of[0], thing),
      iri: of[0][thing]?.type === "uri" ? of[0][thing].value : "",
      spans: [...spans.values()].map((group) => [group, group[0]]).map(([group, row]) => ({
        from: day(row, from), to: day(row, to), endFrom: day(row, endFrom), endTo: day(row, endTo),
        source: shortText(label(row, "text")),
        disputed: group.map((each) => text(each, "disagreement")).find(Boolean) ?? "",
      })),
    });
  }
  return things.length ? things : null;
}

const days = (span) => [span.from, span.to, span.endFrom, span.endTo].filter(Boolean);
const first = (thing) => d3.min(thing.spans, (span) => days(span)[0]);

/** Draw things. Options: name, root, sources (in the order of their colours), from and to (years). */
export function drawTimeline(place, things, { name, root, sources, from, to }) {
  const { em, width, wrap } = makeMeasure(place);
  const full = Math.max(place.clientWidth, 18 * em);
  const stacked = full < 44 * em;
  const left = stacked ? 0.75 * em : Math.min(full * 0.36, 26 * em);
  const right = full - 0.75 * em;
  const start = new Date(Date.UTC(from, 0, 1));
  const end = new Date(Date.UTC(to, 11, 31));
  const scale = d3.scaleUtc([start, end], [left + (stacked ? 0 : em), right]);
  const shown = things.filter((thing) => thing.spans.some((span) => inRange(span, from, to)));
  const kinds = [...new Set(shown.map((thing) => thing.kind))].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));

  // Where it is narrow, a bar's words stand above it.
  const bar = (stacked ? 2.3 : 1.65) * em;
  let y = 2.6 * em;
  const laid = [];
  for (const kind of kinds) {
    if (kind) {
      laid.push({ heading: HEADINGS[kind] ?? kind, y: y + 1.1 * em });
      y += 2.2 * em;
    }
    const of = shown.filter((thing) => thing.kind === kind).sort((a, b) => d3.ascending(first(a), first(b)));
    for (const thing of of) {
      const lines = wrap(thing.name, stacked ? full - 1.5 * em : left - em);
      const words = lines.length * 1.2 * em + 0.3 * em;
      const spans = thing.spans.filter((span) => inRange(span, from, to)).sort((a, b) => d3.ascending(days(a)[0], days(b)[0]));
      const bars = spans.length * bar;
      const height = stacked ? words + bars : Math.max(words, bars);
      laid.push({ thing, lines, spans, y, height, barsAt: stacked ? y + words : y + (height - bars) / 2,
        wordsAt: stacked ? y + words / 2 : y + height / 2 });
      y += height + 0.5 * em;
    }
  }
  const bottom = y + 0.5 * em;
  const svg = beginSvg(place, name, full, bottom);
  drawAxis(svg, scale, bottom, em, right - left);
  for (const row of laid) {
    if (row.heading) {
      svg.append("text").attr("class", "heading").attr("x", 0).attr("y", row.y + 0.3 * em).text(row.heading);
      continue;
    }
    if (row.spans.some((span) => span.disputed)) {
      svg.append("rect").attr("class", "contested").attr("x", 0).attr("width", full)
        .attr("y", row.y - 0.25 * em).attr("height", row.height + 0.5 * em);
    }
    svg.append("line").attr("class", "rule").attr("x1", 0).attr("x2", full)
      .attr("y1", row.y + row.height + 0.25 * em).attr("y2", row.y + row.height + 0.25 * em);
    const link = appendLink(svg, address(row.thing.iri, root), row.thing.name);
    writeLines(link, row.lines, stacked ? 0.2 * em : left, row.wordsAt, em, stacked ? "start" : "end");
    row.spans.forEach((span, index) => {
      const y = row.barsAt + (stacked ? index * bar + 1.65 * em : (index + 0.5) * bar);
      const lasting = LASTING.includes(row.thing.kind);
      const edge = left + (stacked ? 0 : em);
      drawSpan(svg, span, row.thing, { scale, y, em, width, sources, root, stacked, lasting, left: edge, right });
    });
  }
  return { shown: shown.length, total: things.length };
}

function inRange(span, from, to) {
  const all = days(span);
  return Number(all.at(-1).slice(0, 4)) >= from && Number(all[0].slice(0, 4)) <= to;
}

function drawAxis(svg, scale, bottom, em, width) {
  const ticks = scale.ticks(Math.max(2, Math.floor(width / (5 * em)))).filter((tick) => tick.getUTCMonth() === 0);
  for (const tick of ticks) {
    const x = scale(tick);
    svg.append("line").attr("class", "grid").attr("x1", x).attr("x2", x).attr("y1", 1.9 * em).attr("y2", bottom);
    const edge = x + 1.3 * em > scale.range()[1] ? "end" : x - 1.3 * em < scale.range()[0] ? "start" : "middle";
    svg.append("text").attr("class", "quiet").attr("x", x).attr("y", 1.4 * em).attr("text-anchor", edge)
      .text(tick.getUTCFullYear());
  }
}

function drawSpan(svg, span, thing, { scale, y, em, width, sources, root, stacked, lasting, left, right }) {
  const series = Math.max(0, sources.indexOf(span.source)) % 5;
  const clamp = (x) => Math.max(left, Math.min(right, x));
  const at = (date) => clamp(scale(new Date(date)));
  const dayAfter = (date) => clamp(scale(new Date(Date.parse(date) + 864e5)));
  const height = 0.85 * em;
  const letters = stacked ? 3 : 9;
  const said = sayDates(span.from, span.to, letters) || `ended ${sayDates(span.endFrom, span.endTo, letters)}`;
  const group = svg.append("g").attr("class", `span series-${series + 1}`);
  group.append("title").text(`${thing.name}: ${said}${span.source ? `, says ${span.source}` : ""}`);
  let edges;
  if (span.from && span.from === span.to) {
    const x = at(span.from);
    const r = height * 0.6;
    group.append("path").attr("class", "mark").attr("d", `M${x},${y - r}l${r},${r}l${-r},${r}l${-r},${-r}z`);
    edges = [x - r, x + r];
  } else if (span.from && span.to) {
    const x = at(span.from);
    edges = [x, Math.max(dayAfter(span.to), x + 0.5 * em)];
    hatch(group, edges, y, height);
  } else if (span.from || span.to) {
    const x = span.from ? at(span.from) : dayAfter(span.to);
    const far = span.from ? Math.min(right, x + 4 * em) : Math.max(left, x - 4 * em);
    group.append("line").attr("class", "open").attr("x1", far).attr("x2", x).attr("y1", y).attr("y2", y);
    group.append("line").attr("class", "edge").attr("x1", x).attr("x2", x).attr("y1", y - height / 2).attr("y2", y + height / 2);
    edges = [Math.min(x, far), Math.max(x, far)];
  } else {
    edges = [left, left];
  }
  const ends = span.endTo || span.endFrom;
  if (ends) {
    const x = at(span.endFrom || span.endTo);
    const last = dayAfter(span.endTo || span.endFrom);
    const begun = span.from || span.to ? edges[1] : Math.max(left, x - 4 * em);
    group.append("line").attr("class", span.from || span.to ? "lasts" : "open").attr("x1", begun).attr("x2", x).attr("y1", y).attr("y2", y);
    hatch(group, [x, Math.max(last, x + 0.5 * em)], y, height);
    edges = [Math.min(edges[0], begun), Math.max(last, x + 0.5 * em)];
    if (!(span.from || span.to)) edges[0] = begun;
  }
  const words = `${span.source ? `${span.source}, ` : ""}${said}`;
  const long = width(words, span.disputed ? "600" : "") + (span.disputed ? 1.1 * em : 0);
  const after = !stacked && edges[1] + 0.5 * em + long <= right;
  if (lasting && !ends) {
    const begins = after ? edges[1] + em + long : edges[1];
    if (begins < right - em) {
      group.append("line").attr("class", "lasts").attr("x1", begins).attr("x2", right - 0.5 * em).attr("y1", y).attr("y2", y);
      group.append("path").attr("class", "mark").attr("d", `M${right},${y}l${-0.5 * em},${-0.3 * em}v${0.6 * em}z`);
    }
  }
  const before = edges[0] - 0.5 * em - long >= left;
  const above = edges[0] + long <= right;
  const [x, anchor] = stacked
    ? above ? [edges[0], "start"] : [right, "end"]
    : after ? [edges[1] + 0.5 * em, "start"] : [before ? edges[0] - 0.5 * em : right, "end"];
  const named = span.disputed
    ? appendLink(group, address(span.disputed, root), `Disputed: ${thing.name}, ${words}`).attr("class", "disputed")
    : group;
  const label = named.append("text").attr("class", "halo").attr("x", x).attr("y", y + (stacked ? -0.75 : 0.34) * em).attr("text-anchor", anchor);
  if (span.disputed) label.append("tspan").attr("class", "math").text("≠ ");
  label.append("tspan").text(words);
}

/** A box in which the time is unknown: an outline, and lines across it. */
function hatch(group, [from, to], y, height) {
  group.append("rect").attr("class", "unsure").attr("x", from).attr("y", y - height / 2)
    .attr("width", to - from).attr("height", height);
  const step = height / 2;
  let lines = "";
  for (let x = from + step; x < to + height; x += step) {
    const top = Math.min(x, to);
    const foot = Math.max(x - height, from);
    lines += `M${top},${y - height / 2 + (x - top)}L${foot},${y + height / 2 - (foot - (x - height))}`;
  }
  group.append("path").attr("class", "hatch").attr("d", lines);
}
