// ---- the person follows the hand: the puppet drawn in the browser under the joints ----

const puppetStage = createPuppetStage(part('live'));
let puppet = null; // {key, mesh, moved} of the photo shown, once it is here
let isPhotoKept = false; // the user wants to see the photo instead
let isFrameAsked = false;

const picture = (file) =>
  new Promise((resolve, reject) => {
    const image = new Image();
    image.crossOrigin = 'anonymous';
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error(file.url));
    image.src = file.url;
  });

async function adoptPuppet(value) {
  if (!puppetStage || !value || !value.mesh || value.key !== scene) return;
  try {
    const [plate, atlas, mesh] = await Promise.all([
      picture(value.plate), picture(value.atlas), fetch(value.mesh.url).then((answer) => answer.json()),
    ]);
    if (value.key !== scene) return;
    puppetStage.load(plate, atlas, mesh.layers);
    puppet = { key: value.key, mesh, moved: mesh.layers.map((layer) => new Float32Array(layer.points.length)) };
    editor.dataset.live = '1';
    draw();
  } catch (error) {
    puppet = null; // the server's previews are shown all the same
  }
}

function movedLayers({ mesh, moved }) {
  const m = mesh.to_puppet.flat();
  const points = joints.map((joint) => applied(m, joint));
  const seen = joints.map((joint) => joint[SEEN] > 0);
  const motion = planMotion(mesh.body, points, seen);
  const unit = motion.scale * mesh.body.unit;
  const drawn = mesh.layers.map((layer, i) => {
    deformLayer(layer, mesh.body, motion, moved[i]);
    return { layer, places: moved[i], height: heightOf(layer.depth, mesh.heights, motion.xy, unit) };
  });
  return drawn.sort((a, b) => a.height - b.height);
}

// From the puppet's pixels to clip space, by way of the photo as it lies on the screen.
function toClip({ mesh }) {
  const screen = canvas.getScreenCTM();
  const box = part('live').getBoundingClientRect();
  const [sx, sy] = [size()[0] / mesh.size[0], size()[1] / mesh.size[1]];
  const x = [screen.a * sx, 0, screen.a * sx * 0.5 + screen.e - box.left];
  const y = [0, screen.d * sy, screen.d * sy * 0.5 + screen.f - box.top];
  return [x.map((value, i) => (2 * value) / box.width - (i === 2 ? 1 : 0)), y.map((value, i) => (-2 * value) / box.height + (i === 2 ? 1 : 0))];
}

function drawPuppet() {
  isFrameAsked = false;
  const isShown = isPuppetShown();
  part('live').style.visibility = isShown ? 'visible' : 'hidden';
  part('photo').style.visibility = isShown ? 'hidden' : 'visible';
  if (!isShown) return;
  const box = stage.getBoundingClientRect();
  const pixels = Math.min(window.devicePixelRatio || 1, 2);
  const [width, height] = [Math.round(box.width * pixels), Math.round(box.height * pixels)];
  if (part('live').width !== width) part('live').width = width;
  if (part('live').height !== height) part('live').height = height;
  puppetStage.draw(movedLayers(puppet), toClip(puppet), puppet.mesh.size);
  editor.dataset.frames = Number(editor.dataset.frames || 0) + 1;
}

function isPuppetShown() {
  const isOurs = puppet !== null && puppet.key === scene && joints.some((joint) => joint[SEEN]);
  return isOurs && !isPhotoKept && !sameJoints(joints, photoPose);
}

function askFrame() {
  if (isFrameAsked) return;
  isFrameAsked = true;
  requestAnimationFrame(drawPuppet);
}

function onPuppet(event) {
  if (!element.isConnected) return document.removeEventListener('truepose:puppet', onPuppet);
  adoptPuppet(event.detail);
}
document.addEventListener('truepose:puppet', onPuppet);
