// The list of documents: searched, sorted, chosen for a question, added to, and removed from.
(() => {
  const listed = document.getElementById("listed");
  if (!listed) return;
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const ask = document.getElementById("ask-chosen");
  const chosen = new Set(); // ids
  const words = new WeakMap();
  let sorted; // by which column, and which way

  const rows = () => [...(listed.querySelector("tbody")?.rows ?? [])];
  const look = () => {
    const wanted = search.value.toLowerCase().split(/\s+/);
    const all = rows();
    for (const row of all) {
      if (!words.has(row)) words.set(row, row.textContent.toLowerCase());
      row.hidden = !wanted.every((word) => words.get(row).includes(word));
    }
    const shown = all.filter((row) => !row.hidden).length;
    const total = all.length === 1 ? "1 document" : `${all.length.toLocaleString("en")} documents`;
    count.textContent = shown === all.length ? total : `${shown.toLocaleString("en")} of ${total}`;
  };
  search.addEventListener("input", look);

  const keyOf = (row, column) => row.cells[column].dataset.key ?? row.cells[column].textContent;
  const sort = () => {
    if (!sorted || !listed.querySelector("table")) return;
    const { column, isUp } = sorted;
    for (const head of listed.querySelectorAll("th")) head.removeAttribute("aria-sort");
    listed.querySelectorAll("th")[column - 1].setAttribute("aria-sort", isUp ? "ascending" : "descending");
    const order = rows().sort((one, other) => keyOf(one, column).localeCompare(keyOf(other, column), undefined, { numeric: true }));
    listed.querySelector("tbody").append(...(isUp ? order : order.reverse()));
  };

  // What is chosen is asked in the chat.
  const choose = () => {
    ask.hidden = !chosen.size;
    ask.textContent = chosen.size === 1 ? "Ask the chosen document" : `Ask the ${chosen.size.toLocaleString("en")} chosen documents`;
    ask.href = `/?${[...chosen].map((id) => `document=${id}`).join("&")}`;
    for (const box of listed.querySelectorAll("input[type=checkbox]")) box.checked = chosen.has(box.value);
  };
  listed.addEventListener("change", (event) => {
    if (!event.target.matches("input[type=checkbox]")) return;
    chosen[event.target.checked ? "add" : "delete"](event.target.value);
    choose();
  });

  const reload = async () => {
    const reply = await fetch("/library");
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    if (!reply.ok) throw new Error(page.querySelector("[role=alert]")?.textContent ?? "the library cannot be read");
    listed.replaceChildren(...page.getElementById("listed").childNodes);
    const held = new Set([...listed.querySelectorAll("input[type=checkbox]")].map((box) => box.value));
    for (const id of chosen) if (!held.has(id)) chosen.delete(id);
    sort();
    choose();
    look();
  };

  const post = async (path, body) => {
    const headers = { "Content-Type": "application/json" };
    const reply = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!reply.ok && reply.status !== 404) throw new Error(await reply.text());
    await reload();
    search.focus();
  };
  // The first click asks whether it is meant, the second removes.
  const remove = (button) => {
    if (button.matches(".sure")) return post("/library/remove", { id: decodeURIComponent(button.dataset.id) });
    button.classList.add("sure");
    button.textContent = "Remove for good";
    button.addEventListener("blur", () => (button.classList.remove("sure"), (button.textContent = "Remove")), { once: true });
  };
  listed.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || event.detail > 1) return; // a second click at once is no second thought
    const head = button.closest("th");
    if (head) {
      sorted = { column: head.cellIndex, isUp: head.ariaSort !== "ascending" };
      sort();
      return;
    }
    const done = button.dataset.source === undefined ? remove(button) : post("/library/dismiss", { source: button.dataset.source });
    done?.catch((error) => (count.textContent = error.message));
  });

  // Files are sent one after the other; each has a line that says how far it is and what became of it.
  const uploads = document.getElementById("uploads");
  const said = { added: "added", updated: "added in place of what it held before", unchanged: "was there already" };
  const taken = "taken"; // there is a file of this name
  const send = (file, name, replaces, bar, tell) =>
    new Promise((done) => {
      const request = new XMLHttpRequest(); // fetch does not tell how much was sent
      request.open("PUT", `/library/files/${encodeURIComponent(name)}`);
      if (!replaces) request.setRequestHeader("If-None-Match", "*");
      request.upload.addEventListener("progress", (event) => {
        bar.value = event.loaded / event.total / 2;
        tell(event.loaded < event.total ? "is sent" : "is read");
      });
      const last = () => request.responseText.trim().split("\n").at(-1);
      const told = () => {
        try {
          return JSON.parse(last());
        } catch {
          return {}; // half a line, or none of ours
        }
      };
      const lost = "the connection was lost; try again";
      request.addEventListener("progress", () => (bar.value = Math.max(bar.value, 0.5 + (told().share ?? 0) / 2)));
      for (const kind of ["error", "abort"]) request.addEventListener(kind, () => done(lost));
      const outcome = () => ({ 200: told().outcome ?? lost, 412: taken })[request.status] ?? last();
      request.addEventListener("load", () => done(outcome()));
      request.send(file);
    });
  const numbered = (name, number) => name.replace(/(\.[^.]*)?$/, ` (${number})$1`);
  const offerBoth = (line, file, taken, number) => {
    const offer = (words, name, replaces) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: words });
      button.addEventListener("click", () => addAll([file], { line, name, replaces, number: number + 1 }));
      return button;
    };
    const both = numbered(file.name, number);
    line.append(" ", offer("Replace it", taken, true), " ", offer(`Keep both, this as ${both}`, both, false));
  };
  const add = async (file, { line = document.createElement("li"), name = file.name, replaces = false, number = 2 }) => {
    const title = Object.assign(document.createElement("bdi"), { textContent: name });
    const state = Object.assign(document.createElement("span"), { textContent: "waits" });
    const bar = Object.assign(document.createElement("progress"), { value: 0, ariaLabel: `How far ${name} is` });
    line.className = "waiting";
    line.replaceChildren(title, " ", state, " ", bar);
    uploads.append(line);
    await before;
    const outcome = await send(file, name, replaces, bar, (words) => (state.textContent = words));
    bar.remove();
    line.className = outcome in said ? "well" : "failed";
    state.textContent = outcome === taken ? "is the name of a file that was added before." : (said[outcome] ?? `was not added: ${outcome}`);
    if (outcome === taken) offerBoth(line, file, name, number);
  };
  let before = Promise.resolve();
  const addAll = (files, how = {}) => {
    for (const file of files) before = add(file, how);
    before = before.then(reload).catch((error) => (count.textContent = error.message));
  };
  const input = document.getElementById("files");
  input.addEventListener("change", () => {
    addAll([...input.files]);
    input.value = "";
  });
  const page = document.documentElement;
  addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    page.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && page.classList.remove("dropping"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    page.classList.remove("dropping");
    addAll([...event.dataTransfer.files]);
  });
})();
