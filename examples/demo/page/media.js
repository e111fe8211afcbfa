// What the page does with fonts, images, shapes and textures from another origin.
//
// Every function here shows its result on a stage, an element that is given to it, and returns what
// JavaScript could find out. It throws if the browser reveals nothing.

/** An error that is known by its name, as those of the browser are. */
class Refused extends Error {
  constructor(name, message, reads = { error: name }) {
    super(message);
    this.name = name;
    this.reads = reads;
  }
}

/** What this browser, or this machine, does not have. */
class Missing extends Error {
  name = "missing";
  reads = {};
}

/** Load a font and make it the page's "Demo" font, in place of any that it had. */
export async function loadFont(url) {
  document.fonts.clear();
  const font = new FontFace("Demo", `url("${url}")`);
  await font.load();
  document.fonts.add(font);
}

/** Show a word in the page's "Demo" font; return its width in pixels. */
export function measureWord(word, size, stage) {
  const shown = document.createElement("span");
  shown.className = "specimen";
  shown.style.fontSize = `${size}px`;
  shown.textContent = word;
  stage.append(shown);
  return Math.round(shown.getBoundingClientRect().width);
}

/** Load an image, with CORS if `crossOrigin` says so, and show it where a stage is given. */
export function loadImage(url, crossOrigin, stage) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.crossOrigin = crossOrigin;
    image.alt = "A quarter of a teal disc";
    image.onload = () => {
      stage?.append(labelled(image, "image"));
      resolve(image);
    };
    image.onerror = () => reject(new Refused("error event", "The image did not load."));
    image.src = url;
  });
}

/** Draw an image on a canvas and read one of its pixels. */
export function readPixel(image, stage) {
  const canvas = newCanvas(image);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  stage.append(labelled(canvas, "canvas"));
  return [...context.getImageData(8, 56, 1, 1).data].join(", ");
}

const TEXT =
  "Text beside a float keeps clear of the float’s box. Given a shape, it keeps clear of the " +
  "shape alone, and the first lines begin above the arc.";

/** Let text flow around the outline of an image; return whether it does. */
export async function wrapText({ url, stage }) {
  const figure = document.createElement("div");
  figure.className = "shape";
  const float = document.createElement("div");
  float.className = "shape-float";
  float.style.shapeOutside = `url("${url}")`;
  const text = document.createElement("p");
  text.textContent = TEXT;
  figure.append(float, text);
  stage.append(figure);

  const followsArc = () => firstLine(text).left < float.getBoundingClientRect().right - 1;
  // No event tells when such an image is there. The browser's list of finished loads does, but it
  // can be a little ahead of the layout.
  await until(() => followsArc() || performance.getEntriesByName(url).length, 5000);
  await until(followsArc, 400);
  const indent = Math.round(firstLine(text).left - figure.getBoundingClientRect().left);
  const reads = { "indent of the first line, in pixels": indent };
  if (!followsArc()) {
    const refused = { "text follows": "the box", ...reads };
    throw new Refused("shape", "The browser has no outline to follow.", refused);
  }
  return { "text follows": "the arc", ...reads };
}

/** Paint an image as a texture and read one pixel of what came out. */
export function drawTexture(image, stage) {
  const canvas = newCanvas(image);
  const gl = canvas.getContext("webgl", { preserveDrawingBuffer: true });
  if (!gl) throw new Missing("WebGL is not available in this browser.");
  gl.useProgram(newProgram(gl));
  // One triangle that is larger than the canvas covers all of it.
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 3, -1, -1, 3]), gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, true);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, image);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
  stage.append(labelled(canvas, "WebGL"));
  const pixel = new Uint8Array(4);
  gl.readPixels(8, 8, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  return [...pixel].join(", ");
}

function newProgram(gl) {
  const program = gl.createProgram();
  const shaders = {
    [gl.VERTEX_SHADER]: `
      attribute vec2 corner;
      varying vec2 place;
      void main() {
        place = corner * 0.5 + 0.5;
        gl_Position = vec4(corner, 0.0, 1.0);
      }`,
    [gl.FRAGMENT_SHADER]: `
      precision mediump float;
      varying vec2 place;
      uniform sampler2D picture;
      void main() { gl_FragColor = texture2D(picture, place); }`,
  };
  for (const [kind, source] of Object.entries(shaders)) {
    const shader = gl.createShader(Number(kind));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.bindAttribLocation(program, 0, "corner");
  gl.linkProgram(program);
  return program;
}

function newCanvas(image) {
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  return canvas;
}

function labelled(shown, caption) {
  const figure = document.createElement("figure");
  const label = document.createElement("figcaption");
  label.textContent = caption;
  figure.append(shown, label);
  return figure;
}

function firstLine(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  return range.getClientRects()[0];
}

async function until(condition, milliseconds) {
  const end = performance.now() + milliseconds;
  while (!condition() && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
