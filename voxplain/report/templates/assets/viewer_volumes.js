// NiiVue and volumes, from scripts that run when they are asked for: a page from disk may read no other files.
"use strict";
window.voxplain = window.voxplain || {};
(function (voxplain) {
  const assets = new URL(".", document.currentScript.src);
  const asked = new Map();
  voxplain.volumes = {};

  function run(url) {
    if (!asked.has(url.href)) {
      asked.set(url.href, new Promise(function (resolve, reject) {
        const script = document.createElement("script");
        script.addEventListener("load", resolve);
        script.addEventListener("error", function () { reject(new Error("there is no file " + url.pathname)); });
        script.src = url.href;
        document.head.append(script);
      }));
    }
    return asked.get(url.href);
  }

  // The namespace of NiiVue
  voxplain.library = async function () {
    await run(new URL("niivue.js", assets));
    return window.niivue;
  };

  // A volume as NiiVue has it; its values are read by voxplain.valueAt
  voxplain.volumeOf = async function (about) {
    const library = await voxplain.library();
    await run(new URL("../" + about.path, assets));
    return library.NVImage.loadFromBase64({ base64: voxplain.volumes[about.path], name: about.title + ".nii.gz" });
  };

  // The value of the voxel at a place in mm, or null outside the volume
  voxplain.valueAt = function (volume, place) {
    const voxel = volume.mm2vox(place);
    const inside = [0, 1, 2].every(function (axis) {
      return voxel[axis] >= 0 && voxel[axis] < volume.dimsRAS[axis + 1];
    });
    return inside ? volume.getValue(voxel[0], voxel[1], voxel[2]) : null;
  };

  // Where the largest absolute value lies, in mm
  voxplain.strongest = function (volume) {
    let best = 0;
    volume.img.forEach(function (value, at) { if (Math.abs(value) > Math.abs(volume.img[best])) best = at; });
    const across = volume.dimsRAS[1], deep = across * volume.dimsRAS[2];
    const voxel = [best % across, Math.floor(best / across) % volume.dimsRAS[2], Math.floor(best / deep)];
    const rows = volume.hdr.affine;
    return [0, 1, 2].map(function (axis) {
      return rows[axis][0] * voxel[0] + rows[axis][1] * voxel[1] + rows[axis][2] * voxel[2] + rows[axis][3];
    });
  };
})(window.voxplain);
