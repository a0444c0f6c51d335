// An answer: a table, and the pictures that its columns allow.

import { saveFile, writeSvg } from "../pictures/draw.js";
import { drawMatrix, readMatrix, SIDES } from "../pictures/matrix.js";
import { drawNetwork, readNetwork } from "../pictures/network.js";
import { address, label, readAnswer, shortText, shownColumns } from "../pictures/rows.js";
import { drawTimeline, readTimeline } from "../pictures/timeline.js";

const MOST_DRAWN = 2000;
const PLAIN = ["http://www.w3.org/2001/XMLSchema#string", "http://www.w3.org/2001/XMLSchema#integer",
  "http://www.w3.org/2001/XMLSchema#decimal", "http://www.w3.org/2001/XMLSchema#date"];

function make(tag, content = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = content;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Begin a section with a heading, a status, and the answer's addresses. */
function begin(place, status, link, formats) {
  const section = make("section", "", { "aria-labelledby": "answer" });
  section.append(make("h2", "Answer", { id: "answer" }), make("p", status, { role: "status" }));
  const ways = make("p", "", { class: "actions no-print" });
  const copy = make("button", "Copy the link to this query", { type: "button", class: "plain" });
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(new URL(link, window.location.href).href);
      copy.textContent = "Copied";
    } catch { copy.textContent = "The address bar has it"; }
  });
  ways.append(make("a", "Link to this query", { href: link }), copy, make("span", "Save as"));
  for (const format of formats) ways.append(make("a", format, { href: `${link}&format=${format}`, download: `answer.${format}` }));
  section.append(ways);
  place.replaceChildren(section);
  return section;
}

export function showText(place, text, link) {
  const section = begin(place, "A graph, in Turtle", link, ["ttl", "nt", "rdf", "jsonld"]);
  section.append(make("pre", text, { tabindex: 0 }));
}

/** Show the answer of SELECT or ASK. `options` are the form's: root, rows, d3. */
export function showAnswer(place, json, link, options) {
  const answer = readAnswer(json);
  const count = answer.rows.length;
  const section = begin(place, count === 1 ? "1 row" : `${count.toLocaleString("en")} rows`, link, ["csv", "tsv", "json", "xml"]);
  if (!count) {
    section.append(make("p", "Nothing in the graph fits the query. Try it with fewer patterns, or begin from a question below."));
    return;
  }
  const body = make("div", "", { class: "result" });
  const views = { Table: () => showTable(body, answer, options) };
  if (count <= MOST_DRAWN && answer.columns.length > 1) {
    for (const [name, read, draw] of PICTURES) {
      const found = read(answer);
      if (found?.length) views[name] = async () => { await loadD3(options.d3); draw(body, found, answer, options); };
    }
  }
  if (Object.keys(views).length > 1) section.append(makeSwitch(views));
  section.append(body);
  views.Table();
}

function makeSwitch(views) {
  const bar = make("div", "", { class: "switch no-print", role: "group", "aria-label": "Show the answer as" });
  const buttons = Object.entries(views).map(([name, show], index) => {
    const button = make("button", name, { type: "button", "aria-pressed": index === 0 });
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", other === button);
      show();
    });
    return button;
  });
  bar.append(...buttons);
  return bar;
}

function showTable(body, answer, { root, rows: most }) {
  const columns = shownColumns(answer.columns);
  const table = make("table");
  const head = table.createTHead().insertRow();
  for (const name of columns) head.append(make("th", name, { scope: "col" }));
  const rows = table.createTBody();
  const scroll = make("div", "", { class: "scroll", tabindex: 0, role: "group", "aria-labelledby": "answer" });
  scroll.append(table);
  const more = make("button", "", { type: "button", class: "plain" });
  let shown = 0;
  const add = () => {
    for (const row of answer.rows.slice(shown, shown + Number(most))) {
      const line = rows.insertRow();
      for (const name of columns) line.append(makeCell(row, name, root));
    }
    shown = Math.min(answer.rows.length, shown + Number(most));
    more.hidden = shown >= answer.rows.length;
    more.textContent = `Show more; these are the first ${shown.toLocaleString("en")}`;
  };
  more.addEventListener("click", add);
  add();
  body.replaceChildren(scroll, more);
}

function makeCell(row, name, root) {
  const cell = make("td");
  const term = row[name];
  if (!term) return cell;
  if (term.type === "uri" && address(term.value, root)) {
    cell.append(make("a", label(row, name), { href: address(term.value, root), rel: "noreferrer" }));
  } else if (term.type === "triple") {
    cell.textContent = JSON.stringify(term.value);
  } else {
    cell.textContent = term.type === "bnode" ? `_:${term.value}` : label(row, name);
    const note = term["xml:lang"] ?? (term.datatype && !PLAIN.includes(term.datatype) ? term.datatype.split(/[#/]/).at(-1) : "");
    if (note && note !== "en") cell.append(" ", make("small", note));
  }
  return cell;
}

const PICTURES = [
  ["Timeline", readTimeline, (body, things, answer, { root }) => drawIn(body, "timeline", (place) => {
    const all = things.flatMap((thing) => thing.spans).flatMap((span) => [span.from, span.to, span.endFrom, span.endTo]).filter(Boolean).map((date) => Number(date.slice(0, 4)));
    const sources = [...new Set(answer.rows.map((row) => shortText(label(row, "text"))))].sort();
    drawTimeline(place, things, { name: "The answer as a timeline", root, sources, from: Math.min(...all), to: Math.max(...all) });
  })],
  ["Network", readNetwork, (body, pairs, answer, { root }) => drawIn(body, "network", (place) => drawNetwork(place, pairs, { name: "The answer as a network", root }))],
  ["Stances", readMatrix, (body, positions, answer, { root }) => drawIn(body, "stances", (place) => {
    drawMatrix(place, positions, { name: "The answer as a matrix of stances", root, least: 1, busy: 1, open: (held) => say(body, held, root) });
  }, Object.values(SIDES).map(({ sign, word }) => `${sign} ${word}`).join(" · "))],
];

function drawIn(body, name, draw, legend = "") {
  const place = make("div", "", { class: "place", role: "region", tabindex: 0, "aria-label": `The answer as a picture: ${name}` });
  const save = make("button", "Save as SVG", { type: "button", class: "plain no-print" });
  save.addEventListener("click", () => saveFile(`${name}.svg`, "image/svg+xml", writeSvg(place.querySelector("svg"), name)));
  body.replaceChildren(place, make("p", legend, { class: "quiet", role: "status" }), save);
  draw(place);
}

/** Say the claims of a cell below the picture. */
function say(body, held, root) {
  const status = body.querySelector("[role=status]");
  status.textContent = `${held[0].actor.name} on ${held[0].issue.name}: `;
  held.forEach((position, index) => {
    const words = `${SIDES[position.side].sign} ${position.said || position.stance}${position.source ? ` (${position.source})` : ""}`;
    status.append(index ? "; " : "", position.claim ? make("a", words, { href: address(position.claim, root) }) : words);
  });
}

let loading;

/** Load d3 when the first picture is wanted, with the nonce of the page. */
function loadD3(source) {
  loading ??= new Promise((done, failed) => {
    const script = make("script", "", { src: source });
    script.nonce = document.querySelector("script[nonce]").nonce;
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
    document.head.append(script);
  });
  return loading;
}
