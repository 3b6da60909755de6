// Tables: sorted by a column's button (rising, falling, as written), chosen by filters, a page at a time.
"use strict";
(function (voxplain) {
  const ROWS = 50;
  const SORTED = 4; // fewer rows are in order as they are

  function cell(row, place) {
    return row.cells[place] ? row.cells[place].textContent.trim() : "";
  }

  function sorting(table, rows, list) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach(function (head, place) {
      const text = head.textContent;
      if (!text) return;
      const button = voxplain.element("button", { type: "button", textContent: text });
      head.replaceChildren(button);
      button.addEventListener("click", function () {
        const turn = { none: "ascending", ascending: "descending", descending: "none" };
        const next = turn[head.getAttribute("aria-sort") || "none"];
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        if (next === "none") return list.order(null);
        head.setAttribute("aria-sort", next);
        const known = rows.filter(function (row) { return cell(row, place) !== ""; });
        const unknown = rows.filter(function (row) { return cell(row, place) === ""; });
        const sign = next === "ascending" ? 1 : -1;
        known.sort(function (a, b) { return sign * voxplain.compare(cell(a, place), cell(b, place)); });
        return list.order(known.concat(unknown));
      });
    });
  }

  document.querySelectorAll(".listing > .wide > table").forEach(function (table) {
    const container = table.closest(".listing"), rows = [...table.tBodies[0].rows];
    const names = [...table.tHead.rows[0].cells].map(function (head) { return head.textContent; });
    const filters = JSON.parse(container.dataset.filters).map(function (name) {
      return [name, function (row) { return cell(row, names.indexOf(name)); }];
    });
    if (!rows.length) return;
    const list = voxplain.listing(container, rows, { name: "rows", length: ROWS, filters: filters });
    if (rows.length >= SORTED) sorting(table, rows, list);
  });
})(window.voxplain);
