// What is drawn over a photo of its labels. A map is {values, width, height}: a label's number for every pixel, row by row.

function sizedContext(canvas, { width, height }) {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  return canvas.getContext('2d', { willReadFrequently: true });
}

// Every label in its colour; the background stays clear.
function drawLabels(canvas, map, colors) {
  const context = sizedContext(canvas, map);
  const image = context.createImageData(map.width, map.height);
  const paints = new Uint32Array(256);
  for (const [number, [r, g, b]] of colors) paints[number] = (255 << 24) | (b << 16) | (g << 8) | r;
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i += 1) pixels[i] = paints[map.values[i]];
  context.putImageData(image, 0, 0);
}

// Which marks a label gets: bits of these.
const OUTLINED = 1;
const HATCHED = 2;
const LIT = 4;

function marksOf({ selected, locked, hovered }) {
  const table = new Uint8Array(256);
  for (const number of selected) table[number] |= OUTLINED;
  for (const number of locked) table[number] |= HATCHED;
  if (hovered) table[hovered] |= LIT;
  return table;
}

// Outlines around what is selected, hatching over what is locked, light over what the pointer is on. `thick` is the
// width of a line in pixels of the map.
function drawMarks(canvas, map, states, thick) {
  const { values, width, height } = map;
  const table = marksOf(states);
  const context = sizedContext(canvas, map);
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const isOutlined = (x, y) => x >= 0 && y >= 0 && x < width && y < height && table[values[y * width + x]] & OUTLINED;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const mark = table[values[y * width + x]];
      if (!mark) continue;
      let color = mark & LIT ? 0x50ffffff : 0;
      if (mark & HATCHED && Math.floor((x + y) / thick) % 5 === 0) color = 0xc0ffffff;
      const isInner = isOutlined(x - thick, y) && isOutlined(x + thick, y) && isOutlined(x, y - thick) && isOutlined(x, y + thick);
      if (mark & OUTLINED && !isInner) color = 0xffffffff;
      pixels[y * width + x] = color;
    }
  }
  context.putImageData(image, 0, 0);
}

function countLabels(values) {
  const counts = new Uint32Array(256);
  for (let i = 0; i < values.length; i += 1) counts[values[i]] += 1;
  return counts;
}

// The map as a PNG with the label's number in the red channel, as Python reads it.
function labelPng({ values, width, height }) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i += 1) pixels[i] = 0xff000000 | values[i];
  context.putImageData(image, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}
