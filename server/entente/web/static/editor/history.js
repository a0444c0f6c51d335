// The queries that were asked here before. They stay in this browser.

const KEY = "entente-queries";
const MOST = 50;

function read() {
  try { return JSON.parse(localStorage.getItem(KEY)) ?? []; } catch { return []; }
}

function write(queries) {
  try { localStorage.setItem(KEY, JSON.stringify(queries)); } catch { /* a browser may forbid it */ }
  document.dispatchEvent(new CustomEvent("historychange"));
}

export function remember(query) {
  const others = read().filter((each) => each.query !== query);
  write([{ query, asked: new Date().toISOString() }, ...others].slice(0, MOST));
}

const titleOf = (query) =>
  query.split("\n").map((line) => line.trim()).find((line) => line.startsWith("#+ summary:"))?.slice(11).trim() ??
  query.replace(/^\s*(PREFIX|BASE)\b.*$/gim, "").replace(/^\s*#.*$/gm, "").replace(/\s+/g, " ").trim().slice(0, 120);

export function setUpHistory(box, choose) {
  const list = box.querySelector("ul");
  const show = () => {
    list.replaceChildren();
    for (const { query, asked } of read()) {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link";
      button.textContent = titleOf(query);
      button.addEventListener("click", () => choose(query));
      const time = document.createElement("span");
      time.className = "quiet";
      time.textContent = ` ${new Date(asked).toLocaleString("en-GB")}`;
      item.append(button, time);
      list.append(item);
    }
    box.hidden = !list.children.length;
  };
  box.querySelector("p button").addEventListener("click", () => write([]));
  document.addEventListener("historychange", show);
  show();
}
