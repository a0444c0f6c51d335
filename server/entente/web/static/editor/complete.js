// Completion from the graph itself: `ent:mem`, or a word of a label, becomes a prefixed name.

const ENDS = /(?:([A-Za-z][\w-]*):)?([\p{L}\p{N}_-]*)$/u;
const NAMESPACES = {
  ent: "https://w3id.org/entente/ontology/", voc: "https://w3id.org/entente/vocabulary/",
  id: "https://w3id.org/entente/id/", src: "https://w3id.org/entente/source/",
};

/** Give a function that opens the list of names; `asked` says that the reader wants it. */
export function completer(yasqe, address) {
  const complete = async (asked) => {
    const cursor = yasqe.getDoc().getCursor();
    const before = yasqe.getDoc().getLine(cursor.line).slice(0, cursor.ch);
    const [typed, prefix, word] = before.match(ENDS);
    const start = cursor.ch - typed.length;
    if (/[?$<]$/.test(before.slice(0, start))) return;
    const namespace = prefix ? yasqe.getPrefixesFromQuery()[prefix] ?? NAMESPACES[prefix] : "";
    if ((prefix && !namespace) || (!prefix && word.length < 2)) return;
    if (!asked && !prefix) return;
    yasqe.showHint({
      completeSingle: false,
      closeCharacters: /[\s()[\]{};,.>"]/,
      container: yasqe.rootEl,
      hint: () => findNames(yasqe, address, cursor.line, start, namespace),
    });
  };
  let timer;
  yasqe.on("inputRead", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { if (!yasqe.state?.completionActive) complete(false); }, 120);
  });
  return complete;
}

async function findNames(yasqe, address, line, start, namespace) {
  const end = yasqe.getDoc().getCursor();
  const typed = yasqe.getDoc().getRange({ line, ch: start }, end);
  const word = typed.slice(typed.indexOf(":") + 1);
  const response = await fetch(`${address}?${new URLSearchParams({ q: word, in: namespace })}`);
  const found = response.ok ? await response.json() : [];
  return {
    from: { line, ch: start },
    to: end,
    list: found.map((name) => ({
      text: name.name,
      render: (element) => {
        const parts = [[name.name, "completion-name"], [name.label, "completion-label"], [name.kind, "completion-kind"]];
        for (const [content, style] of parts) {
          const part = document.createElement("span");
          part.className = style;
          part.textContent = content;
          element.append(part, " ");
        }
      },
      hint: (editor, data) => {
        yasqe.getDoc().replaceRange(name.name, data.from, yasqe.getDoc().getCursor());
        const [prefix, local] = name.name.split(/:(.*)/);
        if (!(prefix in yasqe.getPrefixesFromQuery())) {
          yasqe.addPrefixes({ [prefix]: name.iri.slice(0, name.iri.length - local.length) });
        }
      },
    })),
  };
}
