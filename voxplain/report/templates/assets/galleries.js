// Galleries: sorted by any measure of their pictures, chosen by their tags, a page at a time.
"use strict";
(function (voxplain) {
  const TILES = 48;

  function read(item, name) {
    return item.dataset[name] ? JSON.parse(item.dataset[name]) : {};
  }

  function keys(records) {
    return [...new Set(records.flatMap(Object.keys))];
  }

  document.querySelectorAll(".listing > .gallery").forEach(function (gallery) {
    const items = [...gallery.children];
    if (!items.length) return;
    const tags = new Map(items.map(function (item) { return [item, read(item, "tags")]; }));
    const measures = new Map(items.map(function (item) { return [item, read(item, "measures")]; }));
    const filters = keys([...tags.values()]).map(function (name) {
      return [name, function (item) { return String(tags.get(item)[name] ?? ""); }];
    });
    const tools = [];
    const names = keys([...measures.values()]);
    let list = null;
    if (names.length) {
      const choices = [["", "as written"]].concat(names.flatMap(function (name) {
        return [["+" + name, name + ", lowest first"], ["-" + name, name + ", highest first"]];
      }));
      const select = voxplain.element("select", {}, choices.map(function (choice) {
        return voxplain.element("option", { value: choice[0], textContent: choice[1] });
      }));
      select.addEventListener("change", function () {
        if (!select.value) return list.order(null);
        const name = select.value.slice(1), sign = select.value[0] === "+" ? 1 : -1;
        const known = items.filter(function (item) { return name in measures.get(item); });
        const unknown = items.filter(function (item) { return !(name in measures.get(item)); });
        known.sort(function (a, b) { return sign * (measures.get(a)[name] - measures.get(b)[name]); });
        return list.order(known.concat(unknown));
      });
      tools.push(voxplain.labelled("Sort by", select));
    }
    list = voxplain.listing(gallery.parentNode, items, { name: "pictures", length: TILES, filters: filters, tools: tools });
  });
})(window.voxplain);
