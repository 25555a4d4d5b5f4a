// The motion of every bone from the photo's pose to another: truepose/warp/rig.py, and tested against it.
// Points are [x, y]; matrices are rows [a, b, c, d, e, f]: x' = a x + b y + c, y' = d x + e y + f.
const NECK = 1;
const SHOULDERS = [2, 5];
const HIPS = [8, 11];
const FACE_JOINTS = [0, 14, 15, 16, 17];
const TRUNK_JOINTS = [1, 2, 5, 8, 11];
const CHAINS = [[2, 3, 4], [5, 6, 7], [8, 9, 10], [11, 12, 13]];
const MEASURED = [[1, 8], [1, 11], [2, 5], [8, 11]].concat(CHAINS.flatMap(([a, b, c]) => [[a, b], [b, c]]));

const plus = (p, q) => [p[0] + q[0], p[1] + q[1]];
const minus = (p, q) => [p[0] - q[0], p[1] - q[1]];
const times = (s, p) => [s * p[0], s * p[1]];
const dot = (p, q) => p[0] * q[0] + p[1] * q[1];
const norm = (p) => Math.hypot(p[0], p[1]);
const angleOf = (p) => Math.atan2(p[1], p[0]);
const within = (value, low, high) => Math.min(Math.max(value, low), high);
const wrapped = (angle) => Math.PI - ((((Math.PI - angle) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI));
const turned = (p, angle) => {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [c * p[0] - s * p[1], s * p[0] + c * p[1]];
};
const mean = (points) => times(1 / points.length, points.reduce(plus, [0, 0]));
const linear = (m, [x, y]) => [m[0] * x + m[1] * y, m[3] * x + m[4] * y];
const applied = (m, p) => plus(linear(m, p), [m[2], m[5]]);
// The affine with the given 2x2 part (rows) that takes `origin` to `image`.
function affine([a, b, d, e], origin, image) {
  const [x, y] = linear([a, b, 0, d, e, 0], origin);
  return [a, b, image[0] - x, d, e, image[1] - y];
}
function turning(scale, angle) {
  const [c, s] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  return [c, -s, s, c];
}
const down = (m) => Math.atan2(m[4], m[1]) - Math.PI / 2; // by how much a matrix turns what hangs

// Least-squares turn (a complex number) between points about their centroids, and what distance remains.
function similarity(source, target, weights = source.map(() => 1)) {
  const total = weights.reduce((sum, w) => sum + w, 0);
  const center = (points) => times(1 / total, points.map((p, i) => times(weights[i], p)).reduce(plus, [0, 0]));
  const [here, there] = [center(source), center(target)];
  const p = source.map((point) => minus(point, here));
  const q = target.map((point) => minus(point, there));
  const sum = (term) => p.reduce((value, _, i) => value + weights[i] * term(i), 0);
  const spread = sum((i) => dot(p[i], p[i]));
  if (spread <= 1e-6) return { scale: 1, angle: 0, residual: sum((i) => dot(q[i], q[i])) };
  const re = sum((i) => dot(p[i], q[i])) / spread;
  const im = sum((i) => p[i][0] * q[i][1] - p[i][1] * q[i][0]) / spread;
  const left = (i) => minus(q[i], [re * p[i][0] - im * p[i][1], im * p[i][0] + re * p[i][1]]);
  return { scale: Math.hypot(re, im), angle: Math.atan2(im, re), residual: sum((i) => dot(left(i), left(i))) };
}

const spineOf = (xy) => minus(mean(HIPS.map((k) => xy[k])), mean(SHOULDERS.map((k) => xy[k])));

function globalScale(source, target, common) {
  const pairs = MEASURED.filter(([a, b]) => common[a] && common[b])
    .map(([a, b]) => [norm(minus(source[a], source[b])), norm(minus(target[a], target[b]))])
    .filter(([length]) => length > 1);
  if (!pairs.length) {
    const seen = source.map((_, k) => k).filter((k) => common[k]);
    return within(similarity(seen.map((k) => source[k]), seen.map((k) => target[k])).scale, 0.02, 50);
  }
  const ratios = pairs.map(([length, image]) => [image / length, length]).sort((a, b) => a[0] - b[0]);
  const half = ratios.reduce((sum, [, length]) => sum + length, 0) / 2;
  let sum = 0;
  const middle = ratios.find(([, length]) => (sum += length) >= half - 1e-9);
  return within(middle[0], 0.02, 50);
}

function completeTarget(body, target, common, scale) {
  const xy = target.map((p, k) => (common[k] ? p : [0, 0]));
  const trunk = TRUNK_JOINTS.filter((k) => common[k]);
  const used = trunk.length ? trunk : xy.map((_, k) => k).filter((k) => common[k]);
  const [from, to] = [used.map((k) => body.xy[k]), used.map((k) => xy[k])];
  const angle = used.length >= 2 ? similarity(from, to).angle : 0;
  const rigid = affine(turning(scale, angle), mean(from), mean(to));
  for (const k of [...TRUNK_JOINTS, ...FACE_JOINTS]) if (!common[k]) xy[k] = applied(rigid, body.xy[k]);
  for (const [root, middle, end] of CHAINS) {
    const bone = (a, b, turn) => turned(times(scale, minus(body.xy[b], body.xy[a])), turn);
    if (!common[middle]) xy[middle] = plus(xy[root], bone(root, middle, angle));
    const turn = angleOf(minus(xy[middle], xy[root])) - angleOf(minus(body.xy[middle], body.xy[root]));
    if (!common[end]) xy[end] = plus(xy[middle], bone(middle, end, turn));
  }
  return xy;
}

function torsoFrame(spine, image, width, widthImage, scale, unit) {
  const axis = times(1 / Math.max(norm(spine), 1e-6), spine);
  const axisImage = times(1 / norm(image), image);
  const [side, sideImage] = [[axis[1], -axis[0]], [axisImage[1], -axisImage[0]]];
  const along = within(norm(image) / Math.max(norm(spine), 0.1 * unit), 0.3 * scale, 3 * scale);
  const [across, acrossImage] = [dot(width, side), dot(widthImage, sideImage)];
  let [lateral, shear] = [scale, 0];
  if (Math.abs(across) > 0.12 * unit) {
    const ratio = acrossImage / across;
    lateral = within(Math.abs(ratio), 0.55 * scale, 1.8 * scale) * (ratio < -0.15 * scale ? -1 : 1);
    shear = within((dot(widthImage, axisImage) - along * dot(width, axis)) / across, -0.5 * scale, 0.5 * scale);
  } else if (across * acrossImage < 0 && Math.abs(acrossImage) > 0.3 * unit * scale) {
    lateral = -scale;
  }
  const first = times(along, axisImage);
  const second = plus(times(lateral, sideImage), times(shear, axisImage));
  return [
    first[0] * axis[0] + second[0] * side[0], first[0] * axis[1] + second[0] * side[1],
    first[1] * axis[0] + second[1] * side[0], first[1] * axis[1] + second[1] * side[1],
  ];
}

function torso(body, xy, scale) {
  const spine = spineOf(body.xy);
  let image = spineOf(xy);
  if (norm(image) < 0.05 * scale * norm(spine)) image = times(scale, spine);
  return [SHOULDERS, HIPS].map(([right, left]) => {
    const width = (joints) => minus(joints[left], joints[right]);
    const middle = (joints) => mean([joints[right], joints[left]]);
    return affine(torsoFrame(spine, image, width(body.xy), width(xy), scale, body.unit), middle(body.xy), middle(xy));
  });
}

function headMatrix(body, xy, common, scale, chest) {
  const face = FACE_JOINTS.filter((k) => common[k]);
  const upright = wrapped(down(chest));
  if (!face.length) return affine(turning(scale, upright), body.xy[NECK], applied(chest, body.xy[NECK]));
  const at = (joints, which) => which.map((k) => joints[k]);
  const points = [...face, NECK];
  const turn = similarity(at(body.xy, points), at(xy, points), [...face.map(() => 1), 0.5]);
  let likeness = 1;
  if (face.length >= 3) {
    const center = mean(at(xy, face));
    const spread = at(xy, face).reduce((sum, p) => sum + norm(minus(p, center)) ** 2, 0);
    likeness = 1 - similarity(at(body.xy, face), at(xy, face)).residual / Math.max(spread, 1e-6);
  }
  const agreement = within((likeness - 0.55) / 0.3, 0, 1);
  const angle = upright + agreement * wrapped(turn.angle - upright);
  return affine(turning(within(turn.scale, 0.88 * scale, 1.14 * scale), angle), mean(at(body.xy, face)), mean(at(xy, face)));
}

// A bone takes p to image + R(angle) stretch (p - origin).
function limbBones(body, xy, chain, rootAngle, scale) {
  let parent = wrapped(rootAngle);
  return [0, 1].map((level) => {
    const [start, end] = [chain[level], chain[level + 1]];
    const bone = minus(body.xy[end], body.xy[start]);
    const image = minus(xy[end], xy[start]);
    const [length, imageLength] = [norm(bone), norm(image)];
    let stretch = [scale, 0, 0, scale];
    if (length > 0.08 * body.unit) {
      const more = Math.max(imageLength / length, 0.05 * scale) - scale;
      if (imageLength > 0.05 * scale * length) parent = wrapped(angleOf(image) - angleOf(bone));
      const [x, y] = times(1 / length, bone);
      stretch = [scale + more * x * x, more * x * y, more * x * y, scale + more * y * y];
    }
    return { origin: body.xy[start], image: xy[start], angle: parent, stretch };
  });
}

// body: {xy, known, unit}; target: 18 points; seen: 18 flags, at least one true.
function planMotion(body, target, seen) {
  let common = seen.map((flag, k) => flag && body.known[k]);
  if (!common.some(Boolean)) common = seen;
  const scale = globalScale(body.xy, target, common);
  const xy = completeTarget(body, target, common, scale);
  const [chest, pelvis] = torso(body, xy, scale);
  const head = headMatrix(body, xy, common, scale, chest);
  const limbs = CHAINS.map((chain, i) => limbBones(body, xy, chain, down(i < 2 ? chest : pelvis), scale));
  return { xy, scale, chest, pelvis, head, limbs };
}
