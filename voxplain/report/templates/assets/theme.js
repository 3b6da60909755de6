// Light or dark as the reader chose, before the page is drawn; without a choice as the system says.
"use strict";
(function () {
  const KEY = "voxplain-colours";

  function remembered() {
    try { return window.localStorage.getItem(KEY) || ""; } catch (refused) { return ""; }
  }

  function remember(choice) {
    try { window.localStorage.setItem(KEY, choice); } catch (refused) { /* the choice then holds for this page */ }
  }

  function paint(choice) {
    if (choice) document.documentElement.dataset.theme = choice;
    else delete document.documentElement.dataset.theme;
  }

  paint(remembered());
  document.addEventListener("DOMContentLoaded", function () {
    const label = document.querySelector(".theme");
    const select = label.querySelector("select");
    select.value = remembered();
    label.hidden = false;
    select.addEventListener("change", function () {
      remember(select.value);
      paint(select.value);
    });
  });
  window.addEventListener("storage", function (event) {
    if (event.key === KEY) paint(event.newValue || "");
  });
})();
