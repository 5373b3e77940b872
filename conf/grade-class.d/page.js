"use strict";

/* Sort by a column: names upwards first, points downwards. */
function keyOf(row, column) {
  const cell = row.cells[column];
  return "sort" in cell.dataset ? Number(cell.dataset.sort)
                                : cell.textContent.trim().toLowerCase();
}

function sortBy(header) {
  const column = header.cellIndex;
  const body = header.closest("table").tBodies[0];
  const first = column === 0 ? "ascending" : "descending";
  const second = column === 0 ? "descending" : "ascending";
  const order = header.ariaSort === first ? second : first;
  const sign = order === "ascending" ? 1 : -1;
  const rows = [...body.rows].map(row => [keyOf(row, column), row]);
  rows.sort(([a], [b]) => sign * (a < b ? -1 : a > b ? 1 : 0));
  body.append(...rows.map(([, row]) => row));
  for (const other of header.parentNode.cells)
    other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);
}

for (const button of document.querySelectorAll("thead button"))
  button.addEventListener("click", () => sortBy(button.closest("th")));

/* A link to a failure opens it. */
function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement)
    target.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();
