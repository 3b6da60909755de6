// Plots of scans: dots chosen by their tags, as rows and pictures are.
"use strict";
(function (voxplain) {
  document.querySelectorAll("[data-dots]").forEach(function (figure) {
    const dots = [...figure.querySelectorAll("[data-tags]")];
    const tags = new Map(dots.map(function (dot) { return [dot, JSON.parse(dot.dataset.tags)]; }));
    const names = [...new Set([...tags.values()].flatMap(Object.keys))];
    const status = voxplain.element("span", { className: "status" });
    status.setAttribute("role", "status");
    const selects = names.map(function (name) {
      const values = [...new Set([...tags.values()].map(function (own) { return own[name]; }))].filter(Boolean);
      if (values.length < 2) return null;
      values.sort(function (a, b) { return a.localeCompare(b, undefined, { numeric: true }); });
      const select = voxplain.element("select", {}, [voxplain.element("option", { value: "", textContent: "all" })].concat(
        values.map(function (value) { return voxplain.element("option", { value: value, textContent: value }); })));
      select.addEventListener("change", refresh);
      return [name, select];
    }).filter(Boolean);

    function refresh() {
      const left = dots.filter(function (dot) {
        const shown = selects.every(function (one) { return !one[1].value || tags.get(dot)[one[0]] === one[1].value; });
        dot.classList.toggle("away", !shown);
        return shown;
      });
      status.textContent = left.length === dots.length ? "" : left.length + " of " + dots.length + " dots";
    }

    if (selects.length) {
      figure.prepend(voxplain.element("div", { className: "tools" }, selects.map(function (one) {
        return voxplain.labelled(one[0], one[1]);
      }).concat([status])));
    }
  });
})(window.voxplain);
