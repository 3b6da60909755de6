// Ratings of scans: pass or exclude and a comment, kept in localStorage by study, saved as the table that
// cohort.ratings reads. <div class="ratings" data-study data-given data-file [data-scan]> is where they are given;
// every element with data-rate gets a choice and a comment for the scan that it names.
"use strict";
(function (voxplain) {
  const RATINGS = [["", "not rated"], ["pass", "pass"], ["exclude", "exclude"]];
  const LONGEST = 300; // characters of a comment that the ledger keeps

  const panel = document.querySelector(".ratings");
  if (!panel) return;
  const key = "voxplain-ratings:" + panel.dataset.study;
  const given = JSON.parse(panel.dataset.given);
  const controls = new Map(); // scan: [{choice, comment, holder}]

  function kept() {
    try { return JSON.parse(window.localStorage.getItem(key)) || {}; } catch (refused) { return {}; }
  }

  let changed = kept();

  function rating(scan) {
    return changed[scan] || given[scan] || ["", ""];
  }

  function all() {
    const scans = [...new Set(Object.keys(given).concat(Object.keys(changed)))];
    scans.sort(function (a, b) { return a.localeCompare(b, "en", { numeric: true }); });
    return scans.map(function (scan) { return [scan].concat(rating(scan)); })
      .filter(function (row) { return row[1] || row[2]; });
  }

  function remember() {
    try { window.localStorage.setItem(key, JSON.stringify(changed)); } catch (refused) {
      tell("This browser keeps nothing for this page: save the ratings before it is closed.");
    }
  }

  function rate(scan, value, comment) {
    changed = kept();
    changed[scan] = [value, comment];
    remember();
    show();
  }

  // Whatever is typed stays in one line of the table and in one cell
  function cell(text) {
    const line = text.replace(/\s+/g, " ").trim();
    return /["]/.test(line) ? '"' + line.replace(/"/g, '""') + '"' : line;
  }

  function table(rows) {
    return [["scan", "rating", "comment"]].concat(rows)
      .map(function (row) { return row.map(cell).join("\t") + "\n"; }).join("");
  }

  function cells(line, mark) {
    const found = [];
    const pattern = new RegExp('(?:^|' + mark + ')(?:"((?:[^"]|"")*)"|([^' + mark + ']*))', "g");
    for (const match of line.matchAll(pattern)) found.push((match[1] ?? match[2] ?? "").replace(/""/g, '"').trim());
    return found;
  }

  function read(text) {
    const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/).filter(function (line) { return line.trim(); });
    const mark = ["\t", ";", ","].find(function (one) { return lines.length && lines[0].includes(one); }) || "\t";
    const names = cells(lines[0] || "", mark).map(function (name) { return name.toLowerCase(); });
    const places = ["scan", "rating", "comment"].map(function (name) { return names.indexOf(name); });
    if (places[0] < 0 || places[1] < 0) return null;
    return lines.slice(1).map(function (line) {
      const row = cells(line, mark);
      return places.map(function (place) { return row[place] || ""; });
    }).filter(function (row) { return row[0]; });
  }

  function add(scan, holder, large) {
    const choice = voxplain.element("select", {}, RATINGS.map(function (one) {
      return voxplain.element("option", { value: one[0], textContent: one[1] });
    }));
    const comment = voxplain.element("input", { type: "text", maxLength: LONGEST, placeholder: "comment" });
    choice.setAttribute("aria-label", "Rating of " + scan);
    comment.setAttribute("aria-label", "Comment on " + scan);
    [choice, comment].forEach(function (control) {
      control.addEventListener("change", function () { rate(scan, choice.value, comment.value); });
    });
    const row = voxplain.element("div", { className: "rate" }, large ?
      [voxplain.labelled("Rating", choice), voxplain.labelled("Comment", comment)] : [choice, comment]);
    holder.append(row);
    if (!controls.has(scan)) controls.set(scan, []);
    controls.get(scan).push({ choice: choice, comment: comment, holder: holder });
  }

  const status = voxplain.element("span", { className: "status" });
  status.setAttribute("role", "status");
  const save = voxplain.element("button", { type: "button", textContent: "Save " + panel.dataset.file });

  function tell(text) { status.textContent = text; }

  function show() {
    controls.forEach(function (places, scan) {
      const [value, comment] = rating(scan);
      places.forEach(function (place) {
        if (value && ![...place.choice.options].some(function (option) { return option.value === value; })) {
          place.choice.append(voxplain.element("option", { value: value, textContent: value }));
        }
        place.choice.value = value;
        if (document.activeElement !== place.comment) place.comment.value = comment;
        if (value) place.holder.dataset.rated = value;
        else delete place.holder.dataset.rated;
      });
    });
    const rows = all(), counts = new Map();
    rows.forEach(function (row) { if (row[1]) counts.set(row[1], (counts.get(row[1]) || 0) + 1); });
    const parts = [...counts].map(function (one) { return one[1] + " " + one[0]; });
    tell(parts.length ? "Rated: " + parts.join(", ") + "." : "No scan is rated yet.");
    save.disabled = !rows.length;
  }

  save.addEventListener("click", function () {
    const address = URL.createObjectURL(new Blob([table(all())], { type: "text/tab-separated-values" }));
    voxplain.element("a", { href: address, download: panel.dataset.file }).click();
    window.setTimeout(function () { URL.revokeObjectURL(address); }, 10000);
  });

  if (panel.dataset.scan) add(panel.dataset.scan, panel, true);
  else {
    const file = voxplain.element("input", { type: "file", accept: ".tsv,.csv,.txt" });
    file.addEventListener("change", function () {
      if (file.files.length) file.files[0].text().then(function (text) {
        const rows = read(text);
        if (!rows) return tell("That file has no columns scan and rating; choose a table of ratings.");
        changed = kept();
        rows.forEach(function (row) { changed[row[0]] = [row[1], row[2]]; });
        remember();
        show();
      });
    });
    const forget = voxplain.element("button", { type: "button", textContent: "Forget what was rated here" });
    forget.addEventListener("click", function () {
      if (!window.confirm("Forget all ratings of this study that this browser keeps?")) return;
      changed = {};
      remember();
      show();
    });
    panel.append(voxplain.element("div", { className: "tools" }, [save, voxplain.labelled("Read a file", file), forget]));
  }
  panel.append(status);
  document.querySelectorAll("[data-rate]").forEach(function (holder) { add(holder.dataset.rate, holder, false); });
  window.addEventListener("storage", function (event) {
    if (event.key === key) { changed = kept(); show(); }
  });
  show();
})(window.voxplain);
