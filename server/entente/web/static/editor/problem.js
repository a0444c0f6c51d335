// What was wrong with a query, said in words and marked at its place.

let marks = [];

export function clearProblem(yasqe) {
  for (const mark of marks) mark.clear();
  marks = [];
  yasqe.getDoc().eachLine((line) => yasqe.removeLineClass(line, "background", "wrong-line"));
}

export function showProblem(yasqe, place, problem) {
  const section = document.createElement("section");
  section.className = "problem";
  section.setAttribute("role", "alert");
  const heading = document.createElement("h2");
  heading.textContent = problem.title;
  const words = document.createElement("p");
  const where = problem.line ? `Line ${problem.line}, column ${problem.column}${problem.token ? `, at ${problem.token}` : ""}: ` : "";
  words.textContent = where + (problem.detail ?? "");
  section.append(heading, words);
  if (problem.suggestion) {
    const advice = document.createElement("p");
    const strong = document.createElement("strong");
    strong.textContent = "What to do: ";
    advice.append(strong, problem.suggestion);
    section.append(advice);
  }
  place.replaceChildren(section);
  if (problem.line) mark(yasqe, problem);
}

function mark(yasqe, { line, column, token }) {
  const doc = yasqe.getDoc();
  const number = Math.min(line - 1, doc.lineCount() - 1);
  const text = doc.getLine(number);
  const from = Math.min((column ?? 1) - 1, text.length);
  const long = token?.length || text.slice(from).match(/^\S*/)[0].length || 1;
  const start = from === text.length ? Math.max(0, from - 1) : from;
  marks.push(doc.markText({ line: number, ch: start }, { line: number, ch: Math.max(from + long, start + 1) }, { className: "wrong" }));
  yasqe.addLineClass(number, "background", "wrong-line");
  doc.setCursor({ line: number, ch: from });
  yasqe.scrollIntoView({ line: number, ch: from }, 60);
}
