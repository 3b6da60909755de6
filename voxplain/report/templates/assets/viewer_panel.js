// One canvas of a viewer: the background and a map over it, the map's colour bar and the value under the cross-hair.
"use strict";
(function (voxplain) {
  const GREEN = [0.35, 1, 0.35, 0.9];
  const VIEWS = {
    all: ["multiplanar", "ALWAYS"], slices: ["multiplanar", "NEVER"],
    axial: ["axial"], coronal: ["coronal"], sagittal: ["sagittal"], rendering: ["render"],
  };
  const CLEAR_BELOW = 2; // NiiVue's number for colours from zero on that are transparent below the threshold
  const CUT_FROM = [0, 90]; // azimuth and elevation in degrees: from above

  voxplain.told = function (value) {
    if (value === null || !Number.isFinite(value)) return "no value";
    const short = Number(value.toPrecision(4)), small = short !== 0 && Math.abs(short) < 1e-3;
    return (small ? short.toExponential() : short.toString()).replaceAll("-", "−");
  };

  // NiiVue's form of a scale of colours; zero itself is clear
  function colourMap(stops) {
    const places = stops.map(function (_, place) { return Math.round(255 * place / (stops.length - 1)); });
    const doubled = [stops[0]].concat(stops);
    const channel = function (from) {
      return doubled.map(function (stop) { return parseInt(stop.slice(from, from + 2), 16); });
    };
    return {
      R: channel(1), G: channel(3), B: channel(5), A: doubled.map(function (_, place) { return place ? 255 : 0; }),
      I: [0, 1].concat(places.slice(1)),
    };
  }

  // A panel in `container`; moved(place, panel) is called with mm when a reader moves the cross-hair here
  voxplain.panel = async function (container, about, moved) {
    const library = await voxplain.library();
    const element = voxplain.element;
    const title = element("strong"), value = element("output", { className: "value" });
    const strongest = element("button", { type: "button", textContent: "Strongest point" });
    const canvas = element("canvas", { tabIndex: 0 });
    const bar = element("div", { className: "colours" });
    const figure = element("figure", { className: "panel" }, [
      element("figcaption", {}, [title, " ", value, " ", strongest]),
      element("div", { className: "stage" }, [canvas]), bar,
    ]);
    canvas.setAttribute("role", "img");
    container.append(figure);
    const scene = new library.Niivue({
      logLevel: "error", backColor: [0, 0, 0, 1], dragAndDropEnabled: false, show3Dcrosshair: true,
      crosshairColor: GREEN, crosshairWidthUnit: "mm", crosshairWidth: 0.8, crosshairGap: 5,
      isRadiologicalConvention: about.radiological, scrollRequiresFocus: true, sagittalNoseLeft: false, dragMode: 0,
      multiplanarForceRender: true, fontColor: [1, 1, 1, 1], fontMinPx: 15, isColorbar: false, loadingText: "",
      multiplanarLayout: library.MULTIPLANAR_TYPE.GRID, multiplanarShowRender: library.SHOW_RENDER.NEVER,
      showAllOrientationMarkers: true,
    });
    await scene.attachToCanvas(canvas, false);
    if (!scene.gl) throw new Error("no WebGL 2");
    const colours = window.voxplainColours;
    Object.keys(colours).forEach(function (name) { scene.addColormap("voxplain-" + name, colourMap(colours[name])); });
    const background = await voxplain.volumeOf(about.background);
    background.colormap = "gray";
    Object.assign(background, { cal_min: 0, cal_max: about.background.limit });
    scene.addVolume(background);
    let shown = null, layer = null, dressed = {};
    const panel = { figure: figure, scene: scene, canvas: canvas, place: [0, 0, 0] };
    scene.onLocationChange = function (found) { moved([...found.mm].slice(0, 3), panel); };

    function dressLayer() {
      const threshold = Math.max(dressed.threshold * shown.limit, shown.limit * 1e-6);
      Object.assign(layer, { opacity: dressed.opacity, cal_min: threshold, cal_max: shown.limit });
      if (shown.signed) Object.assign(layer, { cal_minNeg: -threshold, cal_maxNeg: -shown.limit });
      drawBar();
    }

    function drawBar() {
      const end = shown.limit, start = dressed.threshold * 100;
      const half = function (stops) {
        const coloured = stops.map(function (stop, place) { return [stop, 100 * place / (stops.length - 1)]; })
          .filter(function (one) { return one[1] >= start; });
        const first = coloured.length ? [[coloured[0][0], start]] : [];
        const stopsFrom = [["transparent", start]].concat(first, coloured);
        return stopsFrom.map(function (one) { return one[0] + " " + one[1] + "%"; });
      };
      const ramp = function (direction, stops) {
        const piece = element("span", { className: "ramp" });
        piece.style.background = "linear-gradient(" + direction + "," + half(stops).join(",") + ")";
        return piece;
      };
      const ramps = element("span", { className: "ramps" }, shown.signed
        ? [ramp("to left", colours.below), ramp("to right", colours.above)] : [ramp("to right", colours.unsigned)]);
      const numbers = shown.signed ? [-end, 0, end] : [0, end];
      const ticks = numbers.map(function (number) {
        return element("span", { textContent: voxplain.told(Number(number.toPrecision(2))) });
      });
      bar.replaceChildren(ramps, element("span", { className: "ticks" }, ticks));
      bar.setAttribute("role", "img");
      const ends = ticks[0].textContent + " to " + ticks[ticks.length - 1].textContent;
      bar.setAttribute("aria-label", "Colours from " + ends);
    }

    // The map `wanted` instead of the one before; nothing but the background where it is null
    panel.show = async function (wanted) {
      if (wanted === shown) return;
      shown = wanted;
      const next = wanted && await voxplain.volumeOf(wanted);
      if (shown !== wanted) return; // another was asked for meanwhile
      if (layer) scene.removeVolume(layer);
      layer = next;
      strongest.hidden = !wanted;
      title.textContent = wanted ? (wanted.group ? wanted.group + ", " : "") + wanted.title : about.background.title;
      canvas.setAttribute("aria-label", "Slices of " + title.textContent + " over " + about.background.title);
      if (!layer) return bar.replaceChildren();
      // before the limits, which NiiVue forgets when a colour map is set
      layer.colormap = wanted.signed ? "voxplain-above" : "voxplain-unsigned";
      Object.assign(layer, { colormapType: CLEAR_BELOW, colormapNegative: wanted.signed ? "voxplain-below" : "" });
      dressLayer();
      scene.addVolume(layer);
    };

    // threshold, opacity and cut from 0 to 1, and a view; to be said before the first map
    panel.dress = function (choice) {
      const before = dressed;
      dressed = choice;
      if (layer && (choice.threshold !== before.threshold || choice.opacity !== before.opacity)) {
        dressLayer();
        scene.updateGLVolume();
      }
      if (choice.view !== before.view) {
        const [type, rendering] = VIEWS[choice.view];
        if (rendering) scene.opts.multiplanarShowRender = library.SHOW_RENDER[rendering];
        scene.setSliceType(library.SLICE_TYPE[type.toUpperCase()]);
      }
      if (choice.cut !== before.cut) scene.setClipPlane([choice.cut > 0 ? 0.6 - 1.2 * choice.cut : 2, ...CUT_FROM]);
    };

    panel.moveTo = function (place) {
      panel.place = place;
      scene.scene.crosshairPos = scene.mm2frac(place);
      scene.drawScene();
    };

    panel.tell = function (place) {
      value.textContent = voxplain.told(voxplain.valueAt(layer || background, place));
    };

    // One voxel of the background further along an axis
    panel.step = function (axis, sign) {
      const place = panel.place.slice();
      place[axis] += sign * background.pixDimsRAS[axis + 1];
      return place;
    };

    strongest.addEventListener("click", function () { if (layer) moved(voxplain.strongest(layer), null); });
    return panel;
  };
})(window.voxplain);
