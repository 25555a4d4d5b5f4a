// Joints are immutable rows [x, y, score, seen] in the photo's pixels; every function returns new rows.
const X = 0;
const Y = 1;
const SCORE = 2;
const SEEN = 3;
const UNSURE_BELOW = 0.5;

const round2 = (value) => Math.round(value * 100) / 100;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function replaced(joints, index, row) {
  return joints.map((joint, other) => (other === index ? row : joint));
}

// A joint that the user put somewhere is certain.
function placed(joints, index, x, y) {
  return replaced(joints, index, [round2(x), round2(y), 1, 1]);
}

// Showing a joint again makes it certain: its score was lost when it was hidden.
function shown(joints, index, seen) {
  const [x, y, score] = joints[index];
  return replaced(joints, index, [x, y, seen ? score || 1 : score, seen ? 1 : 0]);
}

// The figure turned about its own middle, not the photo's: it stays where it stands. Left and right swap.
function mirroredInPlace(joints, mirrored) {
  const xs = joints.filter((joint) => joint[SEEN]).map((joint) => joint[X]);
  if (!xs.length) return joints;
  const sum = Math.min(...xs) + Math.max(...xs);
  return mirrored.map((other) => [round2(sum - joints[other][X]), ...joints[other].slice(1)]);
}

// Where to put a joint that has no place: a little below the nearest joint that has one.
function firstPlace(joints, index, limbs, width, height) {
  const ends = limbs.find(([a, b]) => (a === index && joints[b][SEEN]) || (b === index && joints[a][SEEN]));
  if (!ends) return [width / 2, height / 2];
  const [x, y] = joints[ends[0] === index ? ends[1] : ends[0]];
  return [clamp(x, 0, width - 1), clamp(y + 0.08 * height, 0, height - 1)];
}

const sameJoints = (a, b) => JSON.stringify(a) === JSON.stringify(b);
