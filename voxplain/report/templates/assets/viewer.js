// Viewers: which maps are shown, what all of their panels share, and what is under the cross-hair.
"use strict";
(function (voxplain) {
  const MOST = 8; // browsers keep sixteen WebGL contexts, and a page may have two viewers
  const KEYS = {
    ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, -1], ArrowUp: [1, 1], PageDown: [2, -1], PageUp: [2, 1],
  };
  const AXES = ["x", "y", "z"];

  function viewer(container) {
    const about = JSON.parse(container.dataset.viewer);
    const part = function (name) { return container.querySelector("." + name); };
    const control = function (name) { return container.querySelector("[name=" + name + "]"); };
    const boxes = [...container.querySelectorAll("[name=map]")];
    const panels = [], atlases = [];
    let place = [0, 0, 0], placed = false, moving = false;

    function choice() {
      const share = function (name) { return control(name).value / 100; };
      const view = control("view").value;
      return { view: view, threshold: share("threshold"), opacity: share("opacity"), cut: share("cut") };
    }

    function dress() {
      container.querySelectorAll("[type=range]").forEach(function (range) {
        range.nextElementSibling.textContent = range.value + " %";
      });
      panels.forEach(function (panel) { if (!panel.figure.hidden) panel.dress(choice()); });
    }

    // A panel that follows says that it moved, which must not move the others again
    function move(to, from) {
      if (moving) return;
      moving = true;
      place = to;
      try {
        panels.forEach(function (panel) {
          if (panel === from) panel.place = to;
          else if (!panel.figure.hidden) panel.moveTo(to);
          panel.tell(to);
        });
      } finally {
        moving = false;
      }
      AXES.forEach(function (axis, number) {
        if (document.activeElement !== control(axis)) control(axis).value = Math.round(10 * to[number]) / 10;
      });
      tell();
    }

    function regionAt(atlas) {
      const label = voxplain.valueAt(atlas.volume, place);
      return (label && atlas.about.names[label]) || "none";
    }

    function tell() {
      const side = Math.abs(place[0]) < 0.05 ? "midline" : place[0] < 0 ? "left" : "right";
      const position = AXES.map(function (axis, number) {
        return axis + " " + voxplain.told(Math.round(10 * place[number]) / 10);
      });
      const regions = atlases.map(function (atlas) {
        return "region of " + atlas.about.title + ": " + regionAt(atlas);
      });
      part("told").textContent = [position.join(", ") + " mm (" + side + ")"].concat(regions).join("; ");
    }

    async function panelNumber(number) {
      if (!panels[number]) {
        const made = await voxplain.panel(part("panels"), about, move);
        made.canvas.addEventListener("keydown", function (event) { pressed(event, made); }, { capture: true });
        panels[number] = made;
      }
      return panels[number];
    }

    function pressed(event, panel) {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (KEYS[event.key]) move(panel.step(...KEYS[event.key]), null);
      else if (event.key === "+" || event.key === "-") {
        control("threshold").value = Number(control("threshold").value) + (event.key === "+" ? 1 : -1);
        dress();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    }

    async function show() {
      const chosen = boxes.filter(function (box) { return box.checked; });
      boxes.forEach(function (box) { box.disabled = !box.checked && chosen.length >= MOST; });
      const wanted = chosen.length ? chosen.map(function (box) { return about.maps[box.value]; }) : [null];
      part("panels").dataset.amount = wanted.length;
      for (let number = 0; number < wanted.length; number += 1) {
        const panel = await panelNumber(number);
        panel.figure.hidden = false;
        panel.dress(choice());
        await panel.show(wanted[number]);
        panel.scene.resizeListener();
      }
      panels.forEach(function (panel, number) { panel.figure.hidden = number >= wanted.length; });
      panels.forEach(function (panel) {
        const others = panels.filter(function (other) { return other !== panel && !other.figure.hidden; });
        panel.scene.broadcastTo(others.map(function (other) { return other.scene; }), { "2d": true, "3d": true });
      });
      if (!placed && wanted[0]) place = voxplain.strongest(await voxplain.volumeOf(wanted[0]));
      placed = true;
      container.scenes = panels.map(function (panel) { return panel.scene; });
      move(place, null);
    }

    let turn = Promise.resolve();
    function queued(work) {
      turn = turn.then(work).catch(failed);
      return turn;
    }

    function failed(error) {
      const unable = part("unable");
      unable.hidden = false;
      unable.textContent = "The viewer could not open: " + error.message + ". The page on relevance has pictures.";
      container.dataset.state = "failed";
    }

    async function open() {
      part("open").hidden = true;
      part("unable").hidden = false;
      part("unable").textContent = "Opening …";
      if (!document.createElement("canvas").getContext("webgl2")) throw new Error("this browser offers no WebGL 2");
      ["controls", "panels", "help"].forEach(function (name) { part(name).hidden = false; });
      for (const one of about.atlases) atlases.push({ about: one, volume: await voxplain.volumeOf(one) });
      await show();
      part("unable").hidden = true;
      container.dataset.state = "open";
    }

    container.addEventListener("change", function (event) {
      if (event.target.name === "map") queued(show);
      if (event.target.name === "view") dress();
      if (AXES.includes(event.target.name)) {
        const to = AXES.map(function (axis) { return Number(control(axis).value); });
        if (to.every(Number.isFinite)) move(to, null);
      }
    });
    container.addEventListener("input", function (event) { if (event.target.type === "range") dress(); });
    part("unable").hidden = true;
    part("open").hidden = false;
    part("open").addEventListener("click", function () { queued(open); });
    if (about.start) queued(open);
  }

  document.querySelectorAll(".viewer").forEach(viewer);
})(window.voxplain);
