// Masks are Uint8ClampedArrays, row by row, 0 to 255; every function returns a new one.

const united = (a, b) => a.map((value, i) => Math.max(value, b[i]));
const without = (a, b) => a.map((value, i) => Math.min(value, 255 - b[i]));
const inverted = (a) => a.map((value) => 255 - value);
const sameMask = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);
const isEmpty = (a) => a.every((value) => value === 0);

// The largest (or smallest) value within a radius along a line of `count` values `step` apart from `start`.
function spreadLine(from, to, start, step, count, radius, better) {
  for (let i = 0; i < count; i += 1) {
    let best = from[start + i * step];
    const last = Math.min(count - 1, i + radius);
    for (let j = Math.max(0, i - radius); j <= last; j += 1) best = better(best, from[start + j * step]);
    to[start + i * step] = best;
  }
}

function spread(mask, width, height, radius, better) {
  const rows = new Uint8ClampedArray(mask.length);
  const out = new Uint8ClampedArray(mask.length);
  for (let y = 0; y < height; y += 1) spreadLine(mask, rows, y * width, 1, width, radius, better);
  for (let x = 0; x < width; x += 1) spreadLine(rows, out, x, width, height, radius, better);
  return out;
}

const grown = (mask, width, height, radius) => spread(mask, width, height, radius, Math.max);
const shrunken = (mask, width, height, radius) => spread(mask, width, height, radius, Math.min);

// A running mean along one line; beyond its ends the last values go on.
function blurLine(from, to, start, step, count, radius) {
  const at = (i) => from[start + Math.min(Math.max(i, 0), count - 1) * step];
  let sum = 0;
  for (let i = -radius; i <= radius; i += 1) sum += at(i);
  for (let i = 0; i < count; i += 1) {
    to[start + i * step] = sum / (2 * radius + 1);
    sum += at(i + radius + 1) - at(i - radius);
  }
}

// Two running means each way: close to a Gaussian.
function feathered(mask, width, height, radius) {
  let [from, to] = [Float32Array.from(mask), new Float32Array(mask.length)];
  for (let pass = 0; pass < 2; pass += 1) {
    for (let y = 0; y < height; y += 1) blurLine(from, to, y * width, 1, width, radius);
    for (let x = 0; x < width; x += 1) blurLine(to, from, x, width, height, radius);
  }
  return Uint8ClampedArray.from(from);
}

// What Python sends of a found object: lengths of runs, alternately outside and inside, row by row.
function fromRuns(runs, length) {
  const out = new Uint8ClampedArray(length);
  let place = 0;
  runs.forEach((run, index) => {
    if (index % 2) out.fill(255, place, place + run);
    place += run;
  });
  return out;
}
