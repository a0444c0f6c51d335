// A network of two columns: who on the left, through what on the right, a line for each pair.
// Whatever has the focus or the pointer shows its lines, and whom they lead to.

/* global d3 */
import { appendLink, beginSvg, makeMeasure, writeLines } from "./draw.js";
import { address, groupRows, label, shortText, shownColumns, text } from "./rows.js";

const ROLES = { "partner of": "dashed", "applied to join": "dotted", organised: "thick", hosted: "thick", "led by": "thick" };

const NOT_THINGS = ["claim", "text", "passage", "said", "says", "kind", "how", "role", "stance", "definition"];

/** Read rows as pairs. An editor's query needs two columns of things. */
export function readNetwork({ columns, rows }) {
  const shown = shownColumns(columns);
  const things = shown.filter((name) => !NOT_THINGS.includes(name) && rows.some((row) => row[name]?.type === "uri" || row[name]?.["xml:lang"]));
  const names = ["actor", "through"].every((name) => shown.includes(name)) ? ["actor", "through"] : things;
  if (names.length < 2) return null;
  const [who, what] = names;
  const pairs = [];
  for (const of of groupRows(rows, (row) => `${text(row, who)}\n${text(row, what)}`).values()) {
    if (!of[0][who] || !of[0][what]) continue;
    pairs.push({
      who: { key: text(of[0], who), name: label(of[0], who) },
      what: { key: text(of[0], what), name: label(of[0], what), kind: text(of[0], "kind") },
      said: [...new Set(of.map((row) => {
        const source = shortText(label(row, "text"));
        const role = text(row, "role");
        return [role, source && `says ${source}`].filter(Boolean).join(", ");
      }))],
      style: ROLES[text(of[0], "role")] ?? "plain",
    });
  }
  return pairs.length ? pairs : null;
}

/** Draw pairs. Options: name, root. */
export function drawNetwork(place, pairs, { name, root }) {
  const { em, wrap, width } = makeMeasure(place);
  const full = Math.max(place.clientWidth, 36 * em);
  const whos = [...d3.group(pairs, (pair) => pair.who.key).values()].map((of) => makeNode(of[0].who, of));
  const whats = [...d3.group(pairs, (pair) => `${pair.what.kind}\n${pair.what.key}`).values()].map((of) => makeNode(of[0].what, of));
  arrange(whos, whats);
  const room = Math.min(full * 0.4, 24 * em);
  const left = Math.min(room, d3.max(whos, (node) => width(node.name)) + em);
  const right = full - Math.min(room, d3.max(whats, (node) => width(node.name)) + em);
  const heights = [stack(whos, left - em, 0), stack(whats, full - right - em, 1)];
  const bottom = Math.max(...heights) + em;
  // The shorter column stands in the middle of the longer one.
  const [less, more] = heights[0] < heights[1] ? [whos, heights[1] - heights[0]] : [whats, heights[0] - heights[1]];
  const gap = more / (less.length + 1);
  less.forEach((node, index) => { node.y += gap * (index + 1); });

  const svg = beginSvg(place, name, full, bottom);
  const curve = d3.linkHorizontal();
  const lines = svg.append("g").selectAll("path").data(pairs).join("path")
    .attr("class", (pair) => `pair ${pair.style}`)
    .attr("d", (pair) => curve({ source: [left, pair.from.y], target: [right, pair.to.y] }));
  lines.append("title").text((pair) => `${pair.who.name} and ${pair.what.name}: ${pair.said.join("; ")}`);
  drawNodes(whos, left, "end");
  drawNodes(whats, right, "start");

  function stack(nodes, limit, side) {
    let y = 0.5 * em;
    let kind = "";
    for (const node of nodes) {
      if (side && node.kind && node.kind !== kind) {
        y += 2 * em;
        node.heading = y - 0.5 * em;
        kind = node.kind;
      }
      node.lines = wrap(node.name, limit);
      const height = node.lines.length * 1.2 * em + 0.5 * em;
      node.y = y + height / 2;
      y += height;
    }
    return y;
  }

  function drawNodes(nodes, x, anchor) {
    const out = anchor === "end" ? -0.6 * em : 0.6 * em;
    for (const node of nodes) {
      if (node.heading !== undefined) {
        svg.append("text").attr("class", "heading").attr("x", x + out).attr("y", node.y - node.lines.length * 0.6 * em - 0.7 * em)
          .text(`${node.kind[0].toUpperCase()}${node.kind.slice(1)}`);
      }
      const others = new Set(node.pairs.map((pair) => (anchor === "end" ? pair.what.name : pair.who.name)));
      const link = appendLink(svg, address(node.key, root), `${node.name}: with ${[...others].join(", ")}`).attr("class", "node");
      link.append("circle").attr("cx", x).attr("cy", node.y).attr("r", 0.28 * em);
      writeLines(link, node.lines, x + out, node.y, em, anchor);
      node.element = link.node();
      link.on("focus mouseenter", () => light(node)).on("blur mouseleave", () => light(null));
    }
  }

  function light(node) {
    const chosen = node ? new Set(node.pairs) : null;
    svg.classed("dimmed", Boolean(node));
    lines.classed("lit", (pair) => chosen?.has(pair) ?? false);
    for (const each of [...whos, ...whats]) {
      each.element.classList.toggle("lit", Boolean(node) && (each === node || each.pairs.some((pair) => chosen.has(pair))));
    }
  }
  return { whos: whos.length, whats: whats.length, pairs: pairs.length };
}

function makeNode(thing, pairs) {
  return { ...thing, pairs, place: 0, y: 0 };
}

/** Order both columns so that few lines cross: each node near the middle of its neighbours. */
function arrange(whos, whats) {
  const kinds = [...new Set(whats.map((node) => node.kind))];
  for (const node of whos) for (const pair of node.pairs) pair.from = node;
  for (const node of whats) for (const pair of node.pairs) pair.to = node;
  whos.sort((a, b) => b.pairs.length - a.pairs.length || d3.ascending(a.name, b.name));
  whats.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || b.pairs.length - a.pairs.length);
  const number = (nodes) => nodes.forEach((node, index) => { node.place = index / nodes.length; });
  for (let round = 0; round < 12; round += 1) {
    number(whos);
    for (const node of whats) node.mean = d3.mean(node.pairs, (pair) => pair.from.place);
    whats.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.mean - b.mean || d3.ascending(a.name, b.name));
    number(whats);
    for (const node of whos) node.mean = d3.mean(node.pairs, (pair) => pair.to.place);
    whos.sort((a, b) => a.mean - b.mean || d3.ascending(a.name, b.name));
  }
}
