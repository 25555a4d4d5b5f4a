// Draws the puppet with WebGL: the background, then the layers from back to front.
const VERTEX_SHADER =
  'attribute vec2 place; attribute vec2 texel; uniform vec3 rowX; uniform vec3 rowY; uniform vec2 size; varying vec2 uv;' +
  'void main() { uv = texel / size; vec3 p = vec3(place, 1.0); gl_Position = vec4(dot(rowX, p), dot(rowY, p), 0.0, 1.0); }';
const FRAGMENT_SHADER =
  'precision mediump float; uniform sampler2D image; varying vec2 uv; void main() { gl_FragColor = texture2D(image, uv); }';

function compiled(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX_SHADER], [gl.FRAGMENT_SHADER, FRAGMENT_SHADER]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  return program;
}

function textured(gl, image) {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, image);
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
  for (const size of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, size, gl.LINEAR);
  return { texture, size: [image.width, image.height] };
}

// A stage on a canvas, or null where the browser has no WebGL: then only the server's previews are shown.
function createPuppetStage(canvas) {
  const gl = canvas.getContext('webgl', { alpha: true, premultipliedAlpha: true, antialias: false });
  if (!gl) return null;
  const program = compiled(gl);
  const uniform = (name) => gl.getUniformLocation(program, name);
  const attribute = (name, buffer, data, use) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    if (data) gl.bufferData(gl.ARRAY_BUFFER, data, use);
    const location = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, 2, gl.FLOAT, false, 0, 0);
  };
  const places = gl.createBuffer();
  const corners = gl.createBuffer();
  const quad = gl.createBuffer();
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, quad);
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, new Uint16Array([0, 1, 2, 1, 3, 2]), gl.STATIC_DRAW);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  let plate = null;
  let atlas = null;
  let buffers = new Map();

  function load(plateImage, atlasImage, layers) {
    for (const old of [plate, atlas]) if (old) gl.deleteTexture(old.texture);
    for (const { texels, triangles } of buffers.values()) [texels, triangles].forEach((each) => gl.deleteBuffer(each));
    plate = textured(gl, plateImage);
    atlas = textured(gl, atlasImage);
    buffers = new Map();
    for (const layer of layers) {
      const [texels, triangles] = [gl.createBuffer(), gl.createBuffer()];
      gl.bindBuffer(gl.ARRAY_BUFFER, texels);
      gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(layer.texels).map((value) => value + 0.5), gl.STATIC_DRAW);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, triangles);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, new Uint16Array(layer.triangles), gl.STATIC_DRAW);
      buffers.set(layer, { texels, triangles, count: layer.triangles.length });
    }
  }

  // drawn: [{layer, places: Float32Array}] back to front; toClip: (2, 3) rows from the puppet's pixels to clip space.
  function draw(drawn, toClip, extent) {
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform3fv(uniform('rowX'), toClip[0]);
    gl.uniform3fv(uniform('rowY'), toClip[1]);
    const [w, h] = plate.size;
    gl.bindTexture(gl.TEXTURE_2D, plate.texture);
    gl.uniform2fv(uniform('size'), plate.size);
    const [right, bottom] = [extent[0] - 0.5, extent[1] - 0.5];
    attribute('place', places, new Float32Array([-0.5, -0.5, right, -0.5, -0.5, bottom, right, bottom]), gl.STREAM_DRAW);
    attribute('texel', corners, new Float32Array([0, 0, w, 0, 0, h, w, h]), gl.STREAM_DRAW);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, quad);
    gl.drawElements(gl.TRIANGLES, 6, gl.UNSIGNED_SHORT, 0);
    gl.bindTexture(gl.TEXTURE_2D, atlas.texture);
    gl.uniform2fv(uniform('size'), atlas.size);
    for (const { layer, places: moved } of drawn) {
      const { texels, triangles, count } = buffers.get(layer);
      attribute('place', places, moved, gl.STREAM_DRAW);
      attribute('texel', texels);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, triangles);
      gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_SHORT, 0);
    }
  }
  return { load, draw };
}
