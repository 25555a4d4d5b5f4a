// Where the points of a layer go when the bones move: truepose/warp/deform.py, and tested against it.

function boneApplied(bone, p) {
  const [x, y] = minus(p, bone.origin);
  const [a, b, c, d] = bone.stretch;
  return plus(turned([a * x + b * y, c * x + d * y], bone.angle), bone.image);
}

// Bend about b's joint: angles and stretches blend, so the limb keeps its thickness in the bend.
function bending(a, b) {
  const joint = boneApplied(a, b.origin);
  const more = wrapped(b.angle - a.angle);
  return (x, y, share, out) => {
    const [dx, dy] = [x - b.origin[0], y - b.origin[1]];
    const rest = 1 - share;
    const s = [0, 1, 2, 3].map((i) => rest * a.stretch[i] + share * b.stretch[i]);
    const [u, v] = [s[0] * dx + s[1] * dy, s[2] * dx + s[3] * dy];
    const turn = a.angle + share * more;
    const [c, n] = [Math.cos(turn), Math.sin(turn)];
    out[0] = c * u - n * v + rest * joint[0] + share * b.image[0];
    out[1] = n * u + c * v + rest * joint[1] + share * b.image[1];
  };
}

function chestBone(chest, upper) {
  const angle = down(chest);
  const columns = [turned([chest[0], chest[3]], -angle), turned([chest[1], chest[4]], -angle)];
  const stretch = [columns[0][0], columns[1][0], columns[0][1], columns[1][1]];
  return { origin: upper.origin, image: applied(chest, upper.origin), angle: wrapped(angle), stretch };
}

// The legs as cloth between them follows: legs that cross do not fold the sheet over itself.
function skirtBones(body, motion) {
  const root = wrapped(down(motion.pelvis));
  const legs = motion.limbs.slice(2);
  const outward = body.xy[11][0] >= body.xy[8][0] ? 1 : -1;
  const angles = [0, 1].map((level) => {
    const turns = legs.map((leg) => wrapped(leg[level].angle - root));
    const middle = (turns[0] + turns[1]) / 2;
    const spread = Math.max(((turns[0] - turns[1]) / 2) * outward, -0.08) * outward;
    return [root + middle + spread, root + middle - spread];
  });
  return legs.map(([thigh, shin], index) => {
    const knee = { ...thigh, angle: angles[0][index] };
    return [knee, { ...shin, image: boneApplied(knee, shin.origin), angle: angles[1][index] }];
  });
}

function carriedMatrix(role, body, motion) {
  if (role.joint === null) {
    const middle = mean([8, 11, 1].map((k) => body.xy[k]));
    const image = mean([applied(motion.chest, middle), applied(motion.pelvis, middle)]);
    return affine(turning(motion.scale, down(motion.chest)), middle, image);
  }
  const angle = role.hanging ? 0 : motion.limbs[role.limb][1].angle;
  return affine(turning(motion.scale, angle), body.xy[role.joint], motion.xy[role.joint]);
}

// layer: {role, points (flat), head, chest, pelvis, hinges}; writes x, y of every point into `out`.
function deformLayer(layer, body, motion, out) {
  const { role, points, head, chest, pelvis } = layer;
  const count = points.length / 2;
  if (role.kind === 'carried') {
    const m = carriedMatrix(role, body, motion);
    for (let i = 0; i < count; i++) [out[2 * i], out[2 * i + 1]] = applied(m, [points[2 * i], points[2 * i + 1]]);
    return;
  }
  const [h, c, p] = [motion.head, motion.chest, motion.pelvis];
  for (let i = 0; i < count; i++) {
    const m = [0, 1, 2, 3, 4, 5].map((n) => head[i] * h[n] + chest[i] * c[n] + pelvis[i] * p[n]);
    [out[2 * i], out[2 * i + 1]] = applied(m, [points[2 * i], points[2 * i + 1]]);
  }
  const isSheet = role.kind === 'trunk' && !role.divided;
  const limbs = isSheet ? [...motion.limbs.slice(0, 2), ...skirtBones(body, motion)] : motion.limbs;
  const place = [0, 0];
  for (const { limb, weight, bend, root } of layer.hinges) {
    const [upper, lower] = limbs[limb];
    const middle = bending(upper, lower);
    const shoulder = bending(chestBone(motion.chest, upper), upper);
    for (let i = 0; i < count; i++) {
      if (weight[i] <= 0) continue;
      if (root[i] < 1) shoulder(points[2 * i], points[2 * i + 1], root[i], place);
      else middle(points[2 * i], points[2 * i + 1], bend[i], place);
      out[2 * i] += weight[i] * place[0];
      out[2 * i + 1] += weight[i] * place[1];
    }
  }
}

// ---- which layer lies over which: truepose/warp/order.py ----

function distanceToSegment(p, a, b) {
  const side = minus(b, a);
  const t = within(dot(minus(p, a), side) / Math.max(dot(side, side), 1e-9), 0, 1);
  return norm(minus(minus(p, a), times(t, side)));
}

function overTrunk(wrist, xy, unit) {
  const hull = convexHull([2, 5, 11, 8].map((k) => xy[k]));
  const edges = hull.map((a, i) => [a, hull[(i + 1) % hull.length]]);
  const sides = edges.map(([a, b]) => (b[0] - a[0]) * (wrist[1] - a[1]) - (b[1] - a[1]) * (wrist[0] - a[0]));
  const inside = sides.every((s) => s >= 0) || sides.every((s) => s <= 0);
  return inside || Math.min(...edges.map(([a, b]) => distanceToSegment(wrist, a, b))) < 0.15 * unit;
}

function convexHull(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (list) => {
    const out = [];
    for (const p of list) {
      while (out.length > 1) {
        const [a, b] = out.slice(-2);
        if ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0) break;
        out.pop();
      }
      out.push(p);
    }
    return out.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

// depth: {base, arm, covered}; heights: what the pose decides, from Python.
function heightOf({ base, arm, behind }, heights, xy, unit) {
  if (arm === null) return base;
  const [, elbow, wrist] = CHAINS[arm].map((k) => xy[k]);
  if (behind && overTrunk(wrist, xy, unit)) return heights.behind + arm;
  const tip = plus(wrist, times(0.25, minus(wrist, elbow)));
  const head = plus(xy[0], times(0.15, minus(xy[0], xy[1])));
  const near = distanceToSegment(head, elbow, tip) < 0.42 * unit;
  return base + (near ? heights.before_face : heights.arm) + 3 * arm;
}
