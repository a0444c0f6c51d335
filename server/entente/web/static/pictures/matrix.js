// A matrix: issues down, actors across, in each cell the sign of the position. A cell opens
// the claims behind it.

/* global d3 */
import { appendLink, beginSvg, makeMeasure, writeLines } from "./draw.js";
import { address, groupRows, label, shortText, shownColumns, text } from "./rows.js";

export const SIDES = {
  for: { sign: "+", word: "for" },
  against: { sign: "−", word: "against" },
  wary: { sign: "!", word: "wary" },
  undecided: { sign: "~", word: "undecided" },
  denied: { sign: "∅", word: "not held, says the text" },
};
/** The height of a line of an actor's name, in em. */
const HEAD_LINE = 1.1;
const STANCES = {
  supports: "for", "aims at": "for", "commits to": "for", demands: "for", "interested in": "for", "is interested in": "for",
  prioritises: "for", "regards as partner": "for", recommends: "for", suggests: "for", opposes: "against",
  "objects to": "against", condemns: "against", "regards as adversary": "against", "regards as threat": "against",
  "holds responsible": "against", "expresses concern about": "wary", considers: "undecided", "divided over": "undecided",
  "is divided over": "undecided",
};

/** Read rows as positions: needs a side or a stance, and two more columns. */
export function readMatrix({ columns, rows }) {
  const shown = shownColumns(columns);
  const stance = ["side", "stance", "how", "position"].find(
    (name) => shown.includes(name) && rows.some((row) => sideOf(row, name)),
  ) ?? shown.find((name) => rows.length && rows.every((row) => sideOf(row, name)));
  if (!stance) return null;
  const rest = shown.filter((name) => name !== stance && !["stance", "claim", "text", "passage"].includes(name));
  const actor = ["actor", "who", "holder"].find((name) => rest.includes(name)) ?? rest[0];
  const issue = ["issue", "what", "topic"].find((name) => rest.includes(name)) ?? rest.find((name) => name !== actor);
  if (!actor || !issue) return null;
  return rows.filter((row) => row[actor] && row[issue] && sideOf(row, stance)).map((row) => ({
    actor: { key: text(row, actor), name: label(row, actor) },
    issue: { key: text(row, issue), name: label(row, issue) },
    side: sideOf(row, stance),
    stance: shown.includes("stance") ? label(row, "stance") : label(row, stance),
    source: shortText(label(row, "text")),
    claim: text(row, "claim"),
    said: label(row, "claim"),
  }));
}

function sideOf(row, name) {
  const value = label(row, name);
  return SIDES[value] ? value : STANCES[value.replace(/^ent:/, "").replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`)];
}

/**
 * Draw positions. Options: name, root, least (actors that an issue needs), busy (issues that an
 * actor needs among these), open (of a cell).
 */
export function drawMatrix(place, positions, { name, root, least, busy, open }) {
  const { em, wrap, width } = makeMeasure(place);
  const all = groupRows(positions, (position) => position.issue.key);
  const actorsOf = (of) => new Set(of.map((position) => position.actor.key)).size;
  const enough = [...all.values()].filter((of) => actorsOf(of) >= least);
  const issuesOf = (of) => new Set(of.map((each) => each.issue.key)).size;
  const kept = new Set();
  for (const [key, of] of groupRows(enough.flat(), (position) => position.actor.key)) if (issuesOf(of) >= busy) kept.add(key);
  const issues = enough.map((of) => of.filter((position) => kept.has(position.actor.key)))
    .filter((of) => of.length && actorsOf(of) >= Math.min(2, least))
    .sort((a, b) => actorsOf(b) - actorsOf(a) || d3.ascending(a[0].issue.name, b[0].issue.name));
  const actors = [...groupRows(issues.flat(), (position) => position.actor.key).values()]
    .sort((a, b) => issuesOf(b) - issuesOf(a) || d3.ascending(a[0].actor.name, b[0].actor.name))
    .map((of) => of[0].actor);
  if (!issues.length) {
    place.replaceChildren("No issue has so many.");
    return { issues: 0, actors: 0, of: all.size };
  }

  const cell = 2 * em;
  const tilt = (Math.PI / 180) * 60;
  // A long name takes two lines: there is no room for three between two columns.
  const heads = actors.map((actor) => {
    let lines = wrap(actor.name, Math.max(12 * em, width(actor.name) / 2));
    for (let limit = 12 * em; lines.length > 2; limit += em) lines = wrap(actor.name, limit);
    return lines;
  });
  const longest = d3.max(heads.flat(), (line) => width(line));
  const top = longest * Math.sin(tilt) + 1.6 * em;
  const lean = longest * Math.cos(tilt);
  // Between two names there is a gap, however many lines each has.
  const offsets = [0];
  heads.slice(1).forEach((lines, index) => {
    const apart = ((lines.length + heads[index].length) / 2) * HEAD_LINE + 0.6;
    offsets.push(offsets[index] + Math.max(cell, (apart * em) / Math.sin(tilt)));
  });
  const across = offsets.at(-1) + cell;
  const rest = place.clientWidth - across - lean - em;
  const left = Math.max(Math.min(15 * em, place.clientWidth * 0.45), Math.min(26 * em, rest));
  const full = left + across + lean + em;
  let y = top;
  const rows = issues.map((of) => {
    const lines = wrap(of[0].issue.name, left - em);
    const row = { of, lines, y, height: Math.max(cell, lines.length * 1.2 * em + 0.5 * em) };
    y += row.height;
    return row;
  });
  const svg = beginSvg(place, name, full, y + 0.5 * em);
  actors.forEach((actor, index) => {
    const x = left + offsets[index] + 0.5 * cell;
    svg.append("line").attr("class", "grid").attr("x1", x).attr("x2", x).attr("y1", top - 0.3 * em).attr("y2", y);
    const link = appendLink(svg, address(actor.key, root), actor.name);
    const head = link.append("text").attr("transform", `translate(${x + 0.25 * em},${top - 0.7 * em}) rotate(-60)`);
    heads[index].forEach((line, number, lines) => {
      head.append("tspan").attr("x", 0).attr("y", (number - (lines.length - 1) / 2) * HEAD_LINE * em).text(line);
    });
  });
  const grid = [];
  for (const row of rows) {
    svg.append("line").attr("class", "rule").attr("x1", 0).attr("x2", left + across).attr("y1", row.y + row.height).attr("y2", row.y + row.height);
    const issue = row.of[0].issue;
    writeLines(appendLink(svg, address(issue.key, root), issue.name), row.lines, left - 0.5 * em, row.y + row.height / 2, em, "end");
    const cells = groupRows(row.of, (position) => position.actor.key);
    grid.push(actors.map((actor, index) => {
      const held = cells.get(actor.key);
      return held && drawCell(svg, held, left + offsets[index], row.y + (row.height - cell) / 2, cell, em, open);
    }));
  }
  moveByKeys(grid);
  return { issues: rows.length, actors: actors.length, of: all.size };
}

function drawCell(svg, held, x, y, size, em, open) {
  const sides = [...new Set(held.map((position) => position.side))];
  const words = sides.map((side) => SIDES[side].word).join(" and ");
  const count = held.length === 1 ? "1 claim" : `${held.length} claims`;
  const group = svg.append("g").attr("class", "cell").attr("role", "button").attr("tabindex", -1)
    .attr("aria-label", `${held[0].actor.name} on ${held[0].issue.name}: ${words}, ${count}`);
  group.append("title").text(`${held[0].actor.name}: ${words} (${count})`);
  const part = (size - 4) / sides.length;
  sides.forEach((side, index) => {
    group.append("rect").attr("class", side).attr("x", x + 2 + index * part).attr("y", y + 2).attr("width", part).attr("height", size - 4);
    group.append("text").attr("class", "sign").attr("text-anchor", "middle").attr("x", x + 2 + (index + 0.5) * part).attr("y", y + size / 2 + 0.35 * em).text(SIDES[side].sign);
  });
  const act = () => open(held, group.node());
  group.on("click", act).on("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(); }
  });
  return group.node();
}

/** One cell is in the order of the Tab key; arrows lead to the next cell that is filled. */
function moveByKeys(grid) {
  const cells = grid.flat().filter(Boolean);
  cells[0]?.setAttribute("tabindex", 0);
  grid.forEach((row, line) => row.forEach((cell, column) => cell?.addEventListener("keydown", (event) => {
    const [down, across] = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key] ?? [0, 0];
    if (!down && !across) return;
    event.preventDefault();
    for (let i = line + down, j = column + across; grid[i] && j >= 0 && j < row.length; i += down, j += across) {
      if (!grid[i][j]) continue;
      cell.setAttribute("tabindex", -1);
      grid[i][j].setAttribute("tabindex", 0);
      grid[i][j].focus();
      return;
    }
  })));
}
