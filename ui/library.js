// Searches and sorts the list of documents.
(() => {
  const table = document.querySelector(".library table");
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const words = rows.map((row) => row.textContent.toLowerCase());
  const count = document.getElementById("count");
  const all = count.textContent;

  document.getElementById("search").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase().split(/\s+/);
    let shown = 0;
    rows.forEach((row, at) => {
      row.hidden = !wanted.every((word) => words[at].includes(word));
      shown += !row.hidden;
    });
    count.textContent = shown === rows.length ? all : `${shown} of ${all}`;
  });

  const heads = [...table.tHead.rows[0].cells];
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
