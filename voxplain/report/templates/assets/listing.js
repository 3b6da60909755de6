// Pages, filters and a search over items that the server wrote: rows of a table or pictures of a gallery.
// Without this script all items show. listing(container, items, options) returns {refresh, order}.
"use strict";
window.voxplain = window.voxplain || {};
(function (voxplain) {
  const SEARCHED = 13; // as few items are seen at a glance
  const MOST_CHOICES = 60;

  function element(name, properties, children) {
    const made = Object.assign(document.createElement(name), properties);
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }

  function labelled(text, control) {
    return element("label", {}, [text + " ", control]);
  }


  // options: name ("rows"), length of a page, filters [[label, item => text]], place(order) puts items in order
  voxplain.listing = function (container, items, options) {
    const tools = element("div", { className: "tools" });
    const chosen = [];
    let ordered = items, first = 0, length = options.length, sought = "";

    function choose(label, value) {
      const values = [...new Set(items.map(value))].filter(Boolean);
      if (values.length < 2 || values.length > MOST_CHOICES) return;
      values.sort(function (a, b) { return a.localeCompare(b, undefined, { numeric: true }); });
      const select = element("select", {}, [element("option", { value: "", textContent: "all" })].concat(
        values.map(function (one) { return element("option", { value: one, textContent: one }); })));
      select.addEventListener("change", function () { first = 0; refresh(); });
      chosen.push(function (item) { return !select.value || value(item) === select.value; });
      tools.append(labelled(label, select));
    }

    if (items.length >= SEARCHED) {
      options.filters.forEach(function (filter) { choose(filter[0], filter[1]); });
      const search = element("input", { type: "search" });
      search.addEventListener("input", function () { sought = search.value.trim().toLowerCase(); first = 0; refresh(); });
      tools.append(labelled("Find", search));
    }
    (options.tools || []).forEach(function (tool) { tools.append(tool); });

    const status = element("span", { className: "status", role: "status" });
    const back = element("button", { type: "button", textContent: "Previous" });
    const on = element("button", { type: "button", textContent: "Next" });
    const whole = element("button", { type: "button", textContent: "Show all" });
    back.addEventListener("click", function () { first = Math.max(0, first - length); refresh(); });
    on.addEventListener("click", function () { first += length; refresh(); });
    whole.addEventListener("click", function () {
      length = length === options.length ? Infinity : options.length;
      first = 0;
      refresh();
    });
    const pager = element("div", { className: "pager" }, [status, back, on, whole]);

    function refresh() {
      const left = ordered.filter(function (item) {
        return chosen.every(function (keep) { return keep(item); }) &&
          (!sought || item.textContent.toLowerCase().includes(sought));
      });
      const shown = new Set(left.slice(first, first + length));
      items.forEach(function (item) { item.hidden = !shown.has(item); });
      const last = Math.min(left.length, first + length);
      const range = shown.size === left.length ? String(left.length) : (first + 1) + " to " + last + " of " + left.length;
      const all = left.length === items.length ? "" : ", chosen from " + items.length;
      status.textContent = left.length ? range + " " + options.name + all : "No " + options.name + " are like this.";
      back.disabled = first === 0;
      on.disabled = last >= left.length;
      back.hidden = on.hidden = left.length <= length;
      whole.hidden = left.length <= options.length;
      whole.textContent = length === options.length ? "Show all" : "Show " + options.length + " at a time";
    }

    function order(next) {
      ordered = next || items;
      const parent = items[0].parentNode;
      parent.append.apply(parent, ordered);
      first = 0;
      refresh();
    }

    // An address that ends in an item's id leads to the page of items that holds it
    function reveal() {
      const place = ordered.indexOf(document.getElementById(decodeURIComponent(window.location.hash.slice(1))));
      if (place < 0) return;
      first = length === Infinity ? 0 : place - place % length;
      refresh();
      ordered[place].scrollIntoView({ block: "center" });
    }

    if (tools.childNodes.length) container.prepend(tools);
    if (items.length >= SEARCHED) container.append(pager);
    refresh();
    reveal();
    window.addEventListener("hashchange", reveal);
    return { refresh: refresh, order: order };
  };

  voxplain.element = element;
  voxplain.labelled = labelled;
  voxplain.compare = function (a, b) {
    // Empty values come last in either direction: whoever sorts puts them aside first
    const left = parseFloat(a.replace("−", "-")), right = parseFloat(b.replace("−", "-"));
    if (!Number.isNaN(left) && !Number.isNaN(right) && left !== right) return left - right;
    return a.localeCompare(b, undefined, { numeric: true });
  };
})(window.voxplain);
