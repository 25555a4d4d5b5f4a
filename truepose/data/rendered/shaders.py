"""The shaders. A frame is drawn thrice: into one shadow map a light, into the photo, and into the label map."""

COMMON = """
#version 330
"""

# Each stage of each pass has the names it needs alone: a software driver pays for every value that it interpolates.
MASK_VERTEX = (
    COMMON
    + """
uniform mat4 clip;
uniform mat4 view;
in vec3 position; in vec2 uv; in float cut; in float label;
out vec2 v_uv; out float v_cut; out float v_depth; flat out float v_label;
void main() {
    v_uv = uv; v_cut = cut; v_label = label; v_depth = -(view * vec4(position, 1.0)).z;
    gl_Position = clip * vec4(position, 1.0);
}
"""
)

SHADOW = (
    COMMON
    + """
uniform sampler2D albedo_map;
in vec2 v_uv; in float v_cut;
void main() {
    if (v_cut > 0.0) discard;
    if (%(see_through)d == 1 && texture(albedo_map, v_uv).a < 0.5) discard;
}
"""
)

LABEL = (
    COMMON
    + """
uniform sampler2D albedo_map;
in vec2 v_uv; in float v_cut; in float v_depth; flat in float v_label;
out vec2 result;
void main() {
    if (v_cut > 0.0) discard;
    if (%(see_through)d == 1 && texture(albedo_map, v_uv).a < 0.5) discard;
    result = vec2(v_label, v_depth);
}
"""
)

VERTEX = (
    COMMON
    + """
uniform mat4 clip;
in vec3 position; in vec3 normal; in vec2 uv; in vec2 decal_uv; in vec2 fold_uv; in float cut;
out vec3 v_position; out vec3 v_normal; out vec2 v_uv; out vec2 v_decal; out vec2 v_fold; out float v_cut;
void main() {
    v_position = position; v_normal = normal; v_uv = uv; v_decal = decal_uv; v_fold = fold_uv; v_cut = cut;
    gl_Position = clip * vec4(position, 1.0);
}
"""
)

LIGHTS = (
    COMMON
    + """
const int LIGHTS = %(lights)d;
const int COLUMNS = %(columns)d;
uniform sampler2DShadow shadow_map; uniform float texel;
uniform vec3 light_direction[LIGHTS]; uniform vec3 light_color[LIGHTS]; uniform mat4 light_clip[LIGHTS];

float dither() { return fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715)))); }

// A direction for the first light's look-up, and its way on to the next light's: 0.618 of a turn.
vec2 first(float jitter) { return vec2(cos(6.2832 * jitter), sin(6.2832 * jitter)); }
const mat2 NEXT = mat2(-0.73751, -0.67533, 0.67533, -0.73751);

// Whether light i reaches a point, 0-1, looked up around it: `blur` is a share of the shadow map's side.
float lit(int i, vec3 point, float blur, float jitter, vec2 aside) {
    vec4 p = light_clip[i] * vec4(point, 1.0);
    vec2 cell = vec2(i %% COLUMNS, i / COLUMNS);
    vec2 at = p.xy * 0.5 + 0.5 + blur * sqrt(fract(jitter * 7.13)) * aside;
    if (any(lessThan(at, vec2(0.002))) || any(greaterThan(at, vec2(0.998)))) return 1.0;
    return texture(shadow_map, vec3((cell + at) / float(COLUMNS), p.z * 0.5 + 0.5 - 0.0015));
}
"""
)

# The floor: nothing but the shadow on it, as black of some strength.
FLOOR_VERTEX = (
    COMMON
    + """
uniform mat4 clip;
in vec3 position;
out vec3 v_position;
void main() { v_position = position; gl_Position = clip * vec4(position, 1.0); }
"""
)

FLOOR = (
    LIGHTS
    + """
uniform vec3 ambient;
in vec3 v_position;
out vec4 color;
void main() {
    // Shadows blur with the way from the feet, as a soft box's do, and end.
    float far = length(v_position.xy), jitter = dither();
    float keep = smoothstep(0.5, 2.0, far);
    vec3 all = ambient, reached = ambient;
    vec2 aside = first(jitter);
    for (int i = 0; i < LIGHTS; i++, aside = NEXT * aside) {
        vec3 power = light_color[i] * max(dot(vec3(0.0, -0.4, 0.916), light_direction[i]), 0.0);
        all += power;
        float seen = lit(i, v_position, 0.0025 + 0.053 * far, fract(jitter + 0.618 * float(i)), aside);
        reached += power * mix(seen, 1.0, keep);
    }
    float ratio = dot(reached, vec3(1.0)) / max(dot(all, vec3(1.0)), 1e-6);
    color = vec4(vec3(0.0), 1.0 - pow(ratio, 1.0 / 2.2));
}
"""
)

LIT = (
    LIGHTS
    + """
const int surface = %(surface)d;
uniform sampler2D albedo_map; uniform sampler2D decal_map; uniform sampler2D fold_map;
uniform vec3 eye; uniform float folds; uniform float grain; uniform vec4 trim;
uniform int blended; uniform vec3 sky; uniform vec3 ground;
in vec3 v_position; in vec3 v_normal; in vec2 v_uv; in vec2 v_decal; in vec2 v_fold; in float v_cut;
out vec4 color;

vec3 linear(vec3 c) { return pow(c, vec3(2.2)); }

// Film-like: a soft shoulder, so that white cloth keeps its folds.
vec3 tone(vec3 c) {
    vec3 over = 0.6 + 0.4 * (1.0 - exp((0.6 - c) / 0.4));
    return pow(mix(c, over, step(0.6, c)), vec3(1.0 / 2.2));
}

float relief() {
    vec3 wide = texture(fold_map, v_fold * vec2(1.6, 1.1)).rgb;
    float fine = texture(fold_map, v_fold * 14.0).g;
    return folds * (wide.r - 0.5 + 0.5 * (wide.b - 0.5)) * 2.0 + grain * 0.0006 * fine;
}

// Mikkelsen's bump mapping: no tangents needed.
vec3 bumped(vec3 n) {
    float height = relief();
    vec3 dx = dFdx(v_position), dy = dFdy(v_position);
    vec3 r1 = cross(dy, n), r2 = cross(n, dx);
    float det = dot(dx, r1);
    vec3 slope = sign(det) * (dFdx(height) * r1 + dFdy(height) * r2);
    return normalize(abs(det) * n - slope);
}

void main() {
    vec4 base = texture(albedo_map, v_uv);
    if (v_cut > 0.0) discard;
    if (blended == 0 && base.a < 0.62) discard;
    if (blended == 1 && (base.a < 0.3 || base.a >= 0.62)) discard;
    vec3 n = normalize(v_normal);
    bool inside = !gl_FrontFacing;
    if (inside && surface != 2) n = -n;
    vec3 to_eye = normalize(eye - v_position);
    if (surface == 1 && folds > 0.0) n = bumped(n);
    vec3 albedo = linear(base.rgb);
    if (surface == 1) {
        vec4 decal = texture(decal_map, clamp(v_decal, 0.0, 1.0));
        bool on = all(greaterThan(v_decal, vec2(0.0))) && all(lessThan(v_decal, vec2(1.0)));
        if (on && !inside) albedo = mix(albedo, linear(decal.rgb), decal.a);
        if (trim.a > 0.0 && v_cut > -trim.a) albedo = linear(trim.rgb);
        // The hem: a seam where the edge is turned in, and the fold at the very edge.
        float seam = trim.a > 0.0 ? trim.a : 0.022;
        albedo *= 1.0 - 0.28 * smoothstep(0.0016, 0.0004, abs(v_cut + seam)) - 0.3 * smoothstep(-0.004, 0.0, v_cut);
        if (inside) albedo *= 0.5;
    }
    float jitter = dither();
    vec3 diffuse = mix(ground, sky, n.z * 0.5 + 0.5);
    vec3 gloss = vec3(0.0);
    vec2 aside = first(jitter);
    for (int i = 0; i < LIGHTS; i++, aside = NEXT * aside) {
        vec3 l = light_direction[i];
        float facing = dot(n, l);
        float shade = lit(i, v_position + 0.004 * v_normal, 1.6 * texel, fract(jitter + 0.618 * float(i)), aside);
        if (surface == 0) {
            // Light bleeds past the shadow's edge in skin, the red furthest.
            vec3 wrap = vec3(0.30, 0.16, 0.12);
            diffuse += light_color[i] * shade * max((vec3(facing) + wrap) / ((1.0 + wrap) * (1.0 + wrap)), 0.0);
        } else if (surface == 2) {
            diffuse += light_color[i] * shade * (0.35 + 0.65 * max(facing, 0.0)) * 0.8;
        } else {
            diffuse += light_color[i] * shade * max(facing, 0.0);
        }
        vec3 h = normalize(l + to_eye);
        float sheen = max(dot(n, h), 0.0);
        if (surface == 0) gloss += light_color[i] * shade * step(0.0, facing) * 0.05 * pow(sheen, 18.0);
        if (surface == 2) {
            float across = abs(dot(normalize(cross(n, vec3(1.0, 0.0, 0.0))), h));
            gloss += light_color[i] * shade * 0.10 * pow(1.0 - across, 6.0) * base.g;
        }
        if (surface == 3) gloss += light_color[i] * shade * step(0.0, facing) * 0.22 * pow(sheen, 30.0);
        if (surface == 4) gloss += light_color[i] * shade * 1.2 * pow(sheen, 160.0);
    }
    if (surface == 1) diffuse += 0.10 * pow(1.0 - max(dot(n, to_eye), 0.0), 3.0) * sky * 3.0;
    color = vec4(tone(albedo * diffuse + gloss), blended == 1 ? base.a : 1.0);
}
"""
)
