// ---- masks as files; what Python writes ----

// The mask as a grey picture: white is painted.
function greyMask(width, height) {
  const [columns, rows] = grid();
  const grey = document.createElement('canvas');
  [grey.width, grey.height] = [columns, rows];
  const pen = grey.getContext('2d');
  const image = pen.createImageData(columns, rows);
  readMask().forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  pen.putImageData(image, 0, 0);
  if (width === columns && height === rows) return grey;
  const full = document.createElement('canvas');
  [full.width, full.height] = [width, height];
  full.getContext('2d').drawImage(grey, 0, 0, width, height);
  return full;
}

const pngOf = (picture) => new Promise((resolve) => picture.toBlob(resolve, 'image/png'));

async function saveMask() {
  download(await pngOf(greyMask(props.value.width, props.value.height)), 'mask.png');
}

// The mask that a picture of the grid's shape says: white is painted, black and transparent are not.
function maskOf(picture) {
  const [width, height] = grid();
  const small = document.createElement('canvas');
  [small.width, small.height] = [width, height];
  const pen = small.getContext('2d');
  pen.drawImage(picture, 0, 0, width, height);
  const pixels = pen.getImageData(0, 0, width, height).data;
  const mask = new Uint8ClampedArray(width * height);
  for (let i = 0; i < mask.length; i += 1) mask[i] = (pixels[4 * i] * pixels[4 * i + 3]) / 255;
  return mask;
}

// What Python painted before the photo was shown.
async function showGivenMask({ key, mask }) {
  const image = new Image();
  image.crossOrigin = 'anonymous';
  image.src = mask.url;
  await image.decode();
  if (key === scene && !history.canUndo) writeMask(maskOf(image));
}

async function loadMask(file) {
  if (!file || !isOpen()) return;
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch (error) {
    return say('This file is no picture that can be a mask: use a PNG.');
  }
  const [width, height] = grid();
  const apart = Math.abs(Math.log((picture.width * height) / (picture.height * width)));
  if (apart > 0.03) return say('This mask has another shape than the photo: use one saved from it.');
  commit(maskOf(picture));
}
onFile(part('mask-file'), loadMask);

// Asked for before Generate: the mask is uploaded then, not after every stroke.
painter.flushMask = async () => {
  endStroke();
  if (isOpen() && !props.value.mask) {
    const mask = readMask();
    if (!isEmpty(mask)) {
      const file = new File([await pngOf(greyMask(...grid()))], 'mask.png', { type: 'image/png' });
      const sent = await uploaded(file);
      props.value = { ...props.value, mask: sent, upload: null };
    }
  }
  return props.value;
};

function adopt() {
  const value = props.value || {};
  if (value.key === scene) return;
  wait('');
  say('');
  scene = value.key;
  stroke = null;
  history.clear();
  painter.dataset.empty = value.photo ? '0' : '1';
  if (value.photo) {
    part('photo').src = value.photo.url;
    [canvas.width, canvas.height] = value.grid;
    if (value.mask) showGivenMask(value);
    labels.load(value.labels && value.labels.url).then(() => (painter.dataset.labels = scene));
  }
  part('presets').replaceChildren(...(value.names || []).filter((each) => each.is_garment).map(presetChip));
  showPeople(part('people'), value);
  drawTools();
  drawRing();
}

acceptPhotos(stage);
new ResizeObserver(drawRing).observe(stage);
watch('value', adopt);
watch('picked', takeObject);
// Python answers every upload, also one that changes nothing.
watch('answer', () => wait(''));
choose('brush');
adopt();
painter.dataset.ready = '1';
