// The catalogue of queries: found by words of their question, and by tag.

export function setUpCatalogue(box) {
  if (!box) return;
  const [controls, status] = box.querySelectorAll("p");
  const words = controls.querySelector("input");
  const tag = controls.querySelector("select");
  const items = [...box.querySelectorAll("li")].map((item) => ({
    item, text: item.textContent.toLowerCase(), tags: item.dataset.tags.split(",").filter(Boolean),
  }));
  const counts = new Map();
  for (const each of items) for (const name of each.tags) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [name, count] of [...counts].sort(([a], [b]) => a.localeCompare(b))) {
    tag.append(new Option(`${name} (${count})`, name));
  }
  const show = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const each of items) {
      const fits = wanted.every((word) => each.text.includes(word)) && (!tag.value || each.tags.includes(tag.value));
      each.item.hidden = !fits;
      shown += fits;
    }
    status.hidden = false;
    status.textContent = `${shown} of ${items.length} questions`;
  };
  words.addEventListener("input", show);
  tag.addEventListener("input", show);
  controls.hidden = false;
  show();
}
