// ---- what Python writes ----

function adopt() {
  const value = props.value || {};
  const rows = value.keypoints || [];
  wait('');
  if (value.key !== scene) openScene(value, rows);
  else if (!sameJoints(rows, joints) && !isCorrecting()) {
    history.push(joints);
    joints = rows;
  }
  if (!isCorrecting()) photoPose = value.source && value.source.length ? value.source : photoPose;
  showPresets(value);
  draw();
}

function openScene(value, rows) {
  scene = value.key;
  history.clear();
  selected = hovered = -1;
  kept = puppet = null;
  isPhotoKept = false;
  part('correcting').hidden = true;
  closePanels();
  joints = photoPose = rows;
  editor.dataset.empty = value.photo ? '0' : '1';
  editor.dataset.live = '0';
  if (value.photo) showPhoto(value);
}

function showPhoto({ photo, width, height }) {
  say('');
  part('photo').setAttribute('href', photo.url);
  part('photo').setAttribute('width', width);
  part('photo').setAttribute('height', height);
  show(wholeView());
  adoptPuppet(document.truePosePuppet);
}

new ResizeObserver(draw).observe(stage);
watch('value', adopt);
// Python answers every upload, also one that changes nothing.
watch('answer', () => wait(''));
adopt();
editor.dataset.ready = '1';
