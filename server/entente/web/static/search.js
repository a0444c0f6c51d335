// Type-ahead of the search field, as a combobox with a list of suggestions.
// Without it the field is a form that leads to the page of results.
// Source: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
(() => {
  const field = document.getElementById("find");
  if (!field) return;
  const form = field.form;
  const action = new URL(form.action);
  const suggest = new URL("suggest", action);
  const list = document.createElement("ul");
  const status = document.createElement("p");
  list.id = "suggestions";
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  status.className = "hidden";
  status.setAttribute("role", "status");
  form.append(list, status);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");

  let asked = null;
  let active = -1;

  const close = () => {
    list.hidden = true;
    active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };

  const choose = (index) => {
    const options = [...list.children];
    active = index < -1 ? options.length - 1 : index >= options.length ? -1 : index;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === active)));
    if (active < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", options[active].id);
      options[active].scrollIntoView({ block: "nearest" });
    }
  };

  const makeOption = (hit, index) => {
    const option = document.createElement("li");
    option.id = `suggestion-${index}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.address = hit.address;
    const name = document.createElement("bdi");
    name.dir = "auto";
    name.textContent = hit.label;
    const kind = document.createElement("span");
    kind.className = "kind";
    kind.textContent = hit.name ? `${hit.kind}, also ${hit.name}` : hit.kind;
    option.append(name, kind);
    return option;
  };

  const show = (hits) => {
    list.replaceChildren(...hits.filter((hit) => hit.address).map(makeOption));
    list.hidden = !list.children.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
    status.textContent = list.children.length ? `${list.children.length} suggestions` : "No suggestion";
    active = -1;
    field.removeAttribute("aria-activedescendant");
  };

  const ask = async () => {
    asked?.abort();
    const text = field.value.trim();
    if (!text) { close(); return; }
    asked = new AbortController();
    suggest.searchParams.set("q", text);
    try {
      const answer = await fetch(suggest, { signal: asked.signal });
      if (answer.ok) show(await answer.json());
      else close();
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };

  field.addEventListener("input", ask);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) { close(); event.preventDefault(); }
    else if (event.key === "ArrowDown" && list.hidden) { ask(); event.preventDefault(); }
    else if (event.key === "ArrowDown") { choose(active + 1); event.preventDefault(); }
    else if (event.key === "ArrowUp" && !list.hidden) { choose(active - 1); event.preventDefault(); }
    else if (event.key === "Enter" && active >= 0) {
      window.location.assign(list.children[active].dataset.address);
      event.preventDefault();
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) window.location.assign(option.dataset.address);
  });
  field.addEventListener("blur", close);
})();
