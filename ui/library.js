// Searches and sorts the list of documents, and removes them.
(() => {
  const table = document.querySelector(".library table");
  if (!table) return;
  let rows = [...table.tBodies[0].rows];
  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const search = document.getElementById("search");
  const count = document.getElementById("count");

  const look = () => {
    const wanted = search.value.toLowerCase().split(/\s+/);
    for (const row of rows) row.hidden = !wanted.every((word) => words.get(row).includes(word));
    const shown = rows.filter((row) => !row.hidden).length;
    const all = rows.length === 1 ? "1 document" : `${rows.length.toLocaleString("en")} documents`;
    count.textContent = shown === rows.length ? all : `${shown.toLocaleString("en")} of ${all}`;
  };
  search.addEventListener("input", look);

  // The first click asks whether it is meant, the second removes.
  const remove = async (button) => {
    const body = JSON.stringify({ id: decodeURIComponent(button.dataset.id) });
    const reply = await fetch("/library/remove", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (!reply.ok && reply.status !== 404) throw new Error(await reply.text());
    const row = button.closest("tr");
    rows = rows.filter((each) => each !== row);
    row.remove();
    look();
    search.focus();
  };
  table.tBodies[0].addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (!button.matches(".sure")) {
      button.classList.add("sure");
      button.textContent = "Remove for good";
      button.addEventListener("blur", () => (button.classList.remove("sure"), (button.textContent = "Remove")), { once: true });
      return;
    }
    remove(button).catch((error) => (count.textContent = error.message));
  });

  const heads = [...table.tHead.querySelectorAll("th")];
  const keyOf = (row, column) => row.cells[column].dataset.key ?? row.cells[column].textContent;
  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const isUp = head.ariaSort !== "ascending";
      for (const each of heads) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const order = [...rows].sort((one, other) => keyOf(one, column).localeCompare(keyOf(other, column), undefined, { numeric: true }));
      table.tBodies[0].append(...(isUp ? order : order.reverse()));
    });
  });
})();
