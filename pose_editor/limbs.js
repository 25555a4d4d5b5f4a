// How a body moves when one of its joints or limbs is pulled. Every function takes rows and gives new rows.
const BELOW = { 2: [3, 4], 3: [4], 5: [6, 7], 6: [7], 8: [9, 10], 9: [10], 11: [12, 13], 12: [13] };
const PARENT = { 0: 1, 2: 1, 3: 2, 4: 3, 5: 1, 6: 5, 7: 6, 8: 1, 9: 8, 10: 9, 11: 1, 12: 11, 13: 12 };
const HEAD = [0, 14, 15, 16, 17];
const ABOVE_HIPS = [0, 1, 2, 3, 4, 5, 6, 7, 14, 15, 16, 17];
const ENDS = [4, 7, 10, 13];

const at = (joint) => [joint[X], joint[Y]];
const put = (joint, [x, y]) => [round2(x), round2(y), joint[SCORE], joint[SEEN]];

function turnedAbout(joints, which, pivot, angle) {
  return joints.map((joint, i) => (which.includes(i) ? put(joint, plus(pivot, turned(minus(at(joint), pivot), angle))) : joint));
}

function shifted(joints, which, by) {
  return joints.map((joint, i) => (which.includes(i) ? put(joint, plus(at(joint), by)) : joint));
}

const hipMiddle = (joints) => (HIPS.every((k) => joints[k][SEEN]) ? mean(HIPS.map((k) => at(joints[k]))) : null);
const angleBetween = (pivot, from, to) => angleOf(minus(to, pivot)) - angleOf(minus(from, pivot));

// A hand or foot reaches for its place; the elbow or knee bends to the side it was bent to.
function reached(joints, end, place) {
  const [root, middle] = [PARENT[PARENT[end]], PARENT[end]];
  const [r, m, e] = [root, middle, end].map((k) => at(joints[k]));
  const [upper, lower] = [norm(minus(m, r)), norm(minus(e, m))];
  const far = within(norm(minus(place, r)), Math.abs(upper - lower) + 1e-3, upper + lower);
  const direction = angleOf(minus(place, r));
  const bend = Math.acos(within((upper ** 2 + far ** 2 - lower ** 2) / (2 * upper * far || 1), -1, 1));
  const side = minus(e, r);
  const isLeft = side[0] * (m[1] - r[1]) - side[1] * (m[0] - r[0]) >= 0;
  const elbow = plus(r, turned([upper, 0], direction + (isLeft ? bend : -bend)));
  const hand = plus(r, turned([far, 0], direction));
  return joints.map((joint, i) => (i === middle ? put(joint, elbow) : i === end ? put(joint, hand) : joint));
}

// One joint pulled to a place while every bone keeps its length, where what it hangs on is seen.
function pulled(joints, index, place) {
  const isSeen = (k) => k !== undefined && joints[k][SEEN];
  const parent = PARENT[index];
  const here = at(joints[index]);
  if (ENDS.includes(index) && isSeen(parent) && isSeen(PARENT[parent])) return reached(joints, index, place);
  if (index === 1) {
    const middle = hipMiddle(joints);
    return middle ? turnedAbout(joints, ABOVE_HIPS, middle, angleBetween(middle, here, place)) : placed(joints, 1, ...place);
  }
  if (!isSeen(parent) || !joints[index][SEEN]) return placed(joints, index, ...place);
  const pivot = at(joints[parent]);
  const angle = angleBetween(pivot, here, place);
  if (index === 0) return turnedAbout(joints, HEAD, pivot, angle);
  const below = BELOW[index] || [];
  if (parent !== 1) return turnedAbout(joints, [index, ...below], pivot, angle);
  // Shoulders and hips take their limb along without turning it.
  const next = plus(pivot, turned(minus(here, pivot), angle));
  return shifted(joints, [index, ...below], minus(next, here));
}

// A limb held between its joints turns about the upper one, with all below it; the spine and the head about their foot.
function swung(joints, [a, b], from, to) {
  if (b === 8 || b === 11) {
    const middle = hipMiddle(joints) || at(joints[b]);
    return turnedAbout(joints, ABOVE_HIPS, middle, angleBetween(middle, from, to));
  }
  if (HEAD.includes(b)) return turnedAbout(joints, HEAD, at(joints[1]), angleBetween(at(joints[1]), from, to));
  return turnedAbout(joints, [b, ...(BELOW[b] || [])], at(joints[a]), angleBetween(at(joints[a]), from, to));
}

// The box around what has a place: [x0, y0, x1, y1].
function boxOf(joints) {
  const seen = joints.filter((joint) => joint[SEEN]);
  const [xs, ys] = [seen.map((joint) => joint[X]), seen.map((joint) => joint[Y])];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function bodyScaled(joints, factor, pivot) {
  return joints.map((joint) => put(joint, plus(pivot, times(factor, minus(at(joint), pivot)))));
}
const everyJoint = (joints) => joints.map((_, i) => i);
const bodyMoved = (joints, by) => shifted(joints, everyJoint(joints), by);
const bodyTurned = (joints, angle, pivot) => turnedAbout(joints, everyJoint(joints), pivot, angle);
