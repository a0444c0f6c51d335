// Answers in SPARQL's JSON, as rows for pictures and tables.

const BASE = "https://w3id.org/entente/";
const DATE = /^-?\d{4,}-\d\d-\d\d/;

/** Read an answer: its columns, and its rows as objects of terms by column. */
export function readAnswer(json) {
  if ("boolean" in json) {
    const term = { type: "literal", value: json.boolean ? "yes" : "no" };
    return { columns: ["answer"], rows: [{ answer: term }] };
  }
  return { columns: json.head.vars, rows: json.results.bindings };
}

export const text = (row, name) => row[name]?.value ?? "";

/** What a reader calls the thing in a column: its label's column, else the end of its IRI. */
export function label(row, name) {
  const named = row[`${name}Label`];
  if (named) return named.value;
  const term = row[name];
  if (!term) return "";
  return term.type === "uri" ? shorten(term.value) : term.value;
}

const PREFIXES = [
  [`${BASE}ontology/`, "ent:"], [`${BASE}vocabulary/`, "voc:"], [`${BASE}id/`, "id:"],
  [`${BASE}source/`, "src:"], [`${BASE}claim/`, "claim:"], [`${BASE}graph/`, "graph:"],
  ["http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf:"],
  ["http://www.w3.org/2000/01/rdf-schema#", "rdfs:"],
  ["http://www.w3.org/2002/07/owl#", "owl:"],
  ["http://www.w3.org/2004/02/skos/core#", "skos:"],
  ["http://www.w3.org/2001/XMLSchema#", "xsd:"],
];

export function shorten(iri) {
  const found = PREFIXES.find(([namespace]) => iri.startsWith(namespace));
  return found ? found[1] + iri.slice(found[0].length) : iri;
}

/** The address of a thing on this server, or what it is elsewhere; nothing but the web is linked. */
export function address(iri, root) {
  if (iri.startsWith(BASE)) return `${root}/${iri.slice(BASE.length)}`;
  return /^https?:\/\//.test(iri) ? iri : "";
}

export const isDate = (term) =>
  term?.type === "literal" && /#(date|dateTime|gYear|gYearMonth)$/.test(term.datatype ?? "") && DATE.test(term.value);

/** The columns that are shown: a label's column goes into that of its thing. */
export function shownColumns(columns) {
  return columns.filter((name) => !(name.endsWith("Label") && columns.includes(name.slice(0, -5))));
}

/** Group rows by a key, in the order in which keys come. */
export function groupRows(rows, key) {
  const groups = new Map();
  for (const row of rows) {
    const of = key(row);
    if (!groups.has(of)) groups.set(of, []);
    groups.get(of).push(row);
  }
  return groups;
}

/** The short name of a text: what stands before "text of 2023". */
export const shortText = (name) => name.replace(/ text of \d{4}$/, "");
