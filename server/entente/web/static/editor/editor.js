// The query editor: YASQE in place of the text field, answers without leaving the page.

/* global Yasqe */
import { setUpCatalogue } from "./catalogue.js";
import { completer } from "./complete.js";
import { remember, setUpHistory } from "./history.js";
import { clearProblem, showProblem } from "./problem.js";
import { showAnswer, showText } from "./results.js";

const LONGEST_ADDRESS = 8000;
const form = document.querySelector("form.ask");
const area = form.querySelector("textarea");
const answers = document.querySelector(".answers");
const place = document.createElement("div");
place.className = "editor";
area.before(place);

const yasqe = new Yasqe(place, {
  value: area.value,
  persistenceId: null,
  consumeShareLink: null,
  createShareableLink: null,
  showQueryButton: false,
  resizeable: false,
  editorHeight: "auto",
  autocompleters: ["variables"],
  screenReaderLabel: "Query",
  viewportMargin: Infinity,
  extraKeys: { Tab: false, "Shift-Tab": false, "Ctrl-Enter": () => ask(), "Cmd-Enter": () => ask(),
    "Ctrl-Space": () => complete(true), "Shift-Ctrl-F": false, "Ctrl-S": false },
});
const complete = completer(yasqe, form.dataset.complete);
area.hidden = true;
area.required = false;
form.querySelector("label[for=query]").addEventListener("click", (event) => { event.preventDefault(); yasqe.focus(); });
form.querySelector(".scripted").hidden = false;
yasqe.on("change", () => clearProblem(yasqe));

let controller;

/** Ask the query that stands in the editor, and show what comes back. */
async function ask({ keep = true } = {}) {
  const query = yasqe.getValue();
  controller?.abort();
  controller = new AbortController();
  clearProblem(yasqe);
  answers.setAttribute("aria-busy", "true");
  form.querySelector("button").textContent = "Asking …";
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams({ query }),
      headers: { Accept: "application/sparql-results+json, text/turtle;q=0.9" },
      signal: controller.signal,
    });
    if (!response.ok) {
      showProblem(yasqe, answers, await response.json());
    } else if (response.headers.get("Content-Type").startsWith("application/sparql-results+json")) {
      showAnswer(answers, await response.json(), linkOf(query), form.dataset);
    } else {
      showText(answers, await response.text(), linkOf(query));
    }
    if (response.ok && keep) remember(query);
    if (keep && linkOf(query).length < LONGEST_ADDRESS) history.pushState(null, "", linkOf(query));
  } catch (error) {
    if (error.name === "AbortError") return;
    showProblem(yasqe, answers, { title: "The endpoint did not answer", detail: error.message });
  }
  answers.removeAttribute("aria-busy");
  form.querySelector("button").textContent = "Ask";
  form.dataset.answered = String(Number(form.dataset.answered ?? 0) + 1);
}

const linkOf = (query) => `${new URL(form.action).pathname}?${new URLSearchParams({ query })}`;

form.addEventListener("submit", (event) => {
  area.value = yasqe.getValue();
  if (form.elements.format.value) return;
  event.preventDefault();
  ask();
});
window.addEventListener("popstate", () => {
  const query = new URLSearchParams(location.search).get("query");
  if (query) { yasqe.setValue(query); ask({ keep: false }); }
});
setUpHistory(document.querySelector(".history"), (query) => { yasqe.setValue(query); yasqe.focus(); });
setUpCatalogue(document.querySelector(".catalogue"));
form.dataset.ready = "true";
if (new URLSearchParams(location.search).get("query")) ask({ keep: false });
