// The page of a picture: asks the query, draws what the filters leave, and gives it as a file.

import { saveFile, writeSvg } from "./draw.js";
import { drawMatrix, readMatrix, SIDES } from "./matrix.js";
import { drawNetwork, readNetwork } from "./network.js";
import { address, label, readAnswer, shortText, text } from "./rows.js";
import { drawTimeline, readTimeline } from "./timeline.js";
import { drawTree, readTree } from "./tree.js";

const figure = document.querySelector("[data-picture]");
const place = figure.querySelector(".place");
const filters = document.querySelector(".filters");
const status = document.querySelector(".drawn");
const { picture, rows: rowsAddress, root, title } = figure.dataset;

/** Append an element with text and attributes. */
function append(parent, tag, content = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = content;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}

function addChoices(name, values, chosen, type = "checkbox") {
  const set = append(filters, "fieldset");
  append(set, "legend", name);
  for (const value of values) {
    const choice = append(set, "label");
    const input = append(choice, "input", "", { type, name, value });
    input.checked = chosen.includes(value);
    choice.append(` ${value}`);
  }
  return () => [...set.querySelectorAll("input:checked")].map((input) => input.value);
}

function addNumber(name, value, min, max) {
  const choice = append(filters, "label", `${name} `);
  const input = append(choice, "input", "", { type: "number", value, min, max, step: 1, inputmode: "numeric" });
  return () => (input.validity.valid && input.value ? Number(input.value) : value);
}

const sourcesOf = (rows) => [...new Set(rows.map((row) => shortText(label(row, "text"))).filter(Boolean))].sort();
const years = (row) => ["notBefore", "notAfter", "endNotBefore", "endNotAfter"].map((name) => text(row, name)).filter(Boolean).map((date) => Number(date.slice(0, 4)));

function setUpTimeline(answer) {
  const all = answer.rows.flatMap(years).sort((a, b) => a - b);
  // Nearly all lies in the last years: begin where 5 in 100 are left out, and say so.
  const early = all[Math.floor(all.length * 0.05)];
  const sources = sourcesOf(answer.rows);
  const kinds = [...new Set(answer.rows.map((row) => text(row, "kind")))];
  const from = addNumber("From", early, 1900, 2100);
  const to = addNumber("to", all.at(-1), 1900, 2100);
  const chosenKinds = addChoices("Kind", kinds, kinds);
  const chosenSources = addChoices("Text", sources, sources);
  return () => {
    const rows = answer.rows.filter((row) => chosenKinds().includes(text(row, "kind")) && chosenSources().includes(shortText(label(row, "text"))));
    const things = readTimeline({ columns: answer.columns, rows }) ?? [];
    const options = { name: title, root, sources, from: from(), to: Math.max(from(), to()) };
    const { shown, total } = drawTimeline(place, things, options);
    return `${shown} of ${total} things are drawn${shown < total ? `; the others lie outside the years, the first in ${all[0]}` : ""}.`;
  };
}

function setUpNetwork(answer) {
  const sources = sourcesOf(answer.rows);
  const kinds = [...new Set(answer.rows.map((row) => text(row, "kind")))];
  const all = answer.rows.flatMap(years);
  const first = Math.min(...all);
  const last = Math.max(...all);
  const from = addNumber("From", first, 1900, 2100);
  const to = addNumber("to", last, 1900, 2100);
  const undated = addChoices("Undated", ["show too"], ["show too"]);
  const chosenKinds = addChoices("Through", kinds, kinds.filter((kind) => !["meeting", "no mechanism named"].includes(kind)));
  const chosenSources = addChoices("Text", sources, sources);
  return () => {
    const rows = answer.rows.filter((row) => {
      const when = years(row);
      const inTime = when.length ? when.at(-1) >= from() && when[0] <= to() : undated().length > 0;
      return inTime && chosenKinds().includes(text(row, "kind")) && chosenSources().includes(shortText(label(row, "text")));
    });
    const pairs = readNetwork({ columns: answer.columns, rows });
    if (!pairs) { place.replaceChildren(); return "Nothing is left of these choices."; }
    const { whos, whats, pairs: count } = drawNetwork(place, pairs, { name: title, root });
    return `${whos} actors, ${whats} on the other side, ${count} ties.`;
  };
}

function setUpMatrix(answer) {
  const sources = sourcesOf(answer.rows);
  const least = addNumber("Actors that an issue has at least", 3, 1, 50);
  const busy = addNumber("Issues that an actor has at least", 2, 1, 50);
  const sides = Object.keys(SIDES).filter((side) => answer.rows.some((row) => text(row, "side") === side));
  const chosenSides = addChoices("Position", sides, sides);
  const chosenSources = addChoices("Text", sources, sources);
  return () => {
    const rows = answer.rows.filter((row) => chosenSides().includes(text(row, "side")) && chosenSources().includes(shortText(label(row, "text"))));
    const positions = readMatrix({ columns: answer.columns, rows }) ?? [];
    const { issues, actors, of } = drawMatrix(place, positions, { name: title, root, least: least(), busy: busy(), open: openClaims });
    return `${issues} of ${of} issues, ${actors} actors.`;
  };
}

function setUpTree(answer) {
  const terms = readTree(answer);
  const kind = addChoices("Terms", ["class", "property"], ["class"], "radio");
  return () => `${drawTree(place, terms, { name: title, root, kind: kind()[0] }).terms} terms.`;
}

function openClaims(held, cell) {
  const dialog = document.querySelector("dialog.claims");
  dialog.replaceChildren();
  const heading = append(dialog, "h2", `${held[0].actor.name} on ${held[0].issue.name}`, { id: "claims-of-cell" });
  dialog.setAttribute("aria-labelledby", heading.id);
  const list = append(dialog, "ul");
  for (const position of held) {
    const item = append(list, "li");
    append(item, "span", SIDES[position.side].sign, { class: `sign-of ${position.side}`, "aria-hidden": "true" });
    append(item, "span", ` ${position.stance}: `);
    append(item, "a", position.said, { href: address(position.claim, root) });
    if (position.source) append(item, "span", ` (${position.source})`, { class: "quiet" });
  }
  const close = append(dialog, "button", "Close", { type: "button" });
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => cell.focus(), { once: true });
  dialog.showModal();
}

const SET_UPS = { timeline: setUpTimeline, network: setUpNetwork, matrix: setUpMatrix, tree: setUpTree };

async function begin() {
  const response = await fetch(rowsAddress, { headers: { Accept: "application/sparql-results+json" } });
  if (!response.ok) throw new Error((await response.json()).detail);
  const answer = readAnswer(await response.json());
  await document.fonts.ready;
  const draw = SET_UPS[picture](answer);
  const show = () => { status.textContent = draw(); };
  const chooser = document.querySelector(".chooser");
  chooser.hidden = false;
  chooser.open = matchMedia("(min-width: 50rem)").matches;
  show();
  filters.addEventListener("input", show);
  filters.addEventListener("submit", (event) => event.preventDefault());
  let drawn = place.clientWidth;
  new ResizeObserver(() => {
    if (Math.abs(place.clientWidth - drawn) < 2) return;
    drawn = place.clientWidth;
    show();
  }).observe(place);
  const save = document.querySelector("[data-save]");
  save.hidden = false;
  save.addEventListener("click", () => saveFile(`${save.dataset.save}.svg`, "image/svg+xml", writeSvg(place.querySelector("svg"), title)));
  figure.dataset.ready = "true";
}

begin().catch((error) => {
  status.textContent = `The picture could not be drawn: ${error.message}`;
  figure.dataset.ready = "failed";
});
