// A tree as an outline: each term below the one that it is a kind of, with a bar of its uses.

/* global d3 */
import { appendLink, beginSvg, makeMeasure } from "./draw.js";
import { address, groupRows, label, text } from "./rows.js";

/** Read rows as terms with the first of their parents that is a term too. */
export function readTree({ columns, rows }) {
  if (!["term", "parent"].every((name) => columns.includes(name))) return null;
  return [...groupRows(rows, (row) => `${text(row, "kind")}\n${text(row, "term")}`).values()].map((of) => ({
    kind: text(of[0], "kind"),
    key: text(of[0], "term"),
    name: label(of[0], "term"),
    parents: of.map((row) => text(row, "parent")).filter(Boolean),
    uses: Number(text(of[0], "uses") || 0),
    definition: text(of[0], "definition"),
  }));
}

/** Draw the terms of one kind. Options: name, root, kind. */
export function drawTree(place, terms, { name, root, kind }) {
  const { em, width } = makeMeasure(place);
  const of = terms.filter((term) => term.kind === kind);
  const known = new Set(of.map((term) => term.key));
  const below = new Map();
  for (const term of of) {
    // Where a parent stands above another of the parents, the nearer one counts.
    const parents = term.parents.filter((parent) => known.has(parent) && parent !== term.key);
    const near = parents.find((parent) => !parents.some((other) => ancestors(other, of).has(parent))) ?? "";
    if (!below.has(near)) below.set(near, []);
    below.get(near).push(term);
  }
  const laid = [];
  const visit = (parent, depth) => {
    for (const term of (below.get(parent) ?? []).sort((a, b) => d3.ascending(a.name, b.name))) {
      const node = { ...term, depth, row: laid.length, parent: laid.findLast((each) => each.key === parent) };
      laid.push(node);
      visit(term.key, depth + 1);
    }
  };
  visit("", 0);

  const step = 1.6 * em;
  const indent = 1.5 * em;
  const at = (node) => ({ x: 0.6 * em + node.depth * indent, y: (node.row + 0.5) * step + 1.9 * em });
  const widest = d3.max(laid, (node) => at(node).x + 0.7 * em + width(node.name));
  const barsAt = widest + 1.2 * em;
  const number = d3.max(laid, (node) => width(node.uses.toLocaleString("en")));
  const full = Math.max(place.clientWidth, barsAt + number + 5 * em);
  const scale = d3.scaleSqrt([0, d3.max(laid, (node) => node.uses) || 1], [0, Math.min(24 * em, full - barsAt - number - 1.5 * em)]);
  const svg = beginSvg(place, name, full, laid.length * step + 2.4 * em);
  svg.append("text").attr("class", "quiet").attr("x", barsAt).attr("y", 1.2 * em).text("uses");
  for (const node of laid) {
    const { x, y } = at(node);
    if (node.parent) {
      const above = at(node.parent);
      svg.append("path").attr("class", "branch").attr("d", `M${above.x},${above.y + 0.4 * em}V${y}H${x - 0.3 * em}`);
    }
    const link = appendLink(svg, address(node.key, root), `${node.name}, ${node.uses} uses: ${node.definition}`);
    link.append("title").text(node.definition);
    link.append("circle").attr("class", node.uses ? "used" : "unused").attr("cx", x).attr("cy", y).attr("r", 0.26 * em);
    link.append("text").attr("x", x + 0.7 * em).attr("y", y + 0.34 * em).text(node.name);
    svg.append("rect").attr("class", "bar-of-uses").attr("x", barsAt).attr("y", y - 0.35 * em).attr("width", scale(node.uses)).attr("height", 0.7 * em);
    svg.append("text").attr("class", "quiet").attr("x", barsAt + scale(node.uses) + 0.4 * em).attr("y", y + 0.34 * em).text(node.uses.toLocaleString("en"));
  }
  return { terms: laid.length };
}

function ancestors(key, terms, seen = new Set()) {
  for (const parent of terms.find((term) => term.key === key)?.parents ?? []) {
    if (!seen.has(parent)) { seen.add(parent); ancestors(parent, terms, seen); }
  }
  return seen;
}
