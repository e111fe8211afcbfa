// The scenarios of the page, with the expected outcome of each step.
//
// The expectations are written down here by hand, from the standard. They are not computed from the
// policies of the server, so a change of policy that changes an outcome shows up as a difference.
//
// A scenario has one or more steps. A step either names a request for fetch() and what to read of
// the response, or has a `run` function. A step that throws was blocked. `expected` says:
//   outcome  "allowed" or "blocked"
//   wire     every exchange with the server, in order: method, path, status
//   reads    what JavaScript could read; other values that the step reports are shown, not compared

import { drawTexture, loadFont, loadImage, measureWord, readPixel, wrapText } from "./media.js";

const TEAL = "15, 118, 110, 255"; // the one colour of picture.png
const XML = "<person><name>Arun</name></person>";

// Ready-made pieces for steps that appear more than once.

const statusAndBody = async (response) => ({
  "response.status": response.status,
  "await response.json()": await response.json(),
});

const putJson = { method: "PUT", headers: { "Content-Type": "application/json" }, body: '{"a": 1}' };

const blockedFetch = (...wire) => ({ outcome: "blocked", wire, reads: { error: "TypeError" } });

const imageCode = (address) => `image.crossOrigin = "anonymous";
image.src = "${address}";
context.drawImage(image, 0, 0);
context.getImageData(8, 56, 1, 1).data`;

const plainImageCode = (address) => `// no crossOrigin
image.src = "${address}";
context.drawImage(image, 0, 0);
context.getImageData(8, 56, 1, 1).data`;

const textureCode = (address) => `image.crossOrigin = "anonymous";
image.src = "${address}";
gl.texImage2D(…, image);
gl.readPixels(8, 8, 1, 1, …, pixel)`;

const plainTextureCode = (address) => `// no crossOrigin
image.src = "${address}";
gl.texImage2D(…, image)`;

const fontCode = (address) => `const font = new FontFace(
  "Demo",
  "url(${address})",
);
await font.load();
document.fonts.add(font)`;

const shapeCode = (address) => `float.style.shapeOutside =
  'url("${address}")'`;

async function useFont({ url, stage }) {
  await loadFont(url);
  return { 'width of "CORS" at 40px': measureWord("CORS", 40, stage) };
}

async function useImage({ url, stage }) {
  return { "rgba of pixel (8, 56)": readPixel(await loadImage(url, "anonymous", stage), stage) };
}

async function useTexture({ url, stage }) {
  return { "rgba of pixel (8, 8)": drawTexture(await loadImage(url, "anonymous"), stage) };
}

export const groups = [
  {
    title: "What a policy allows",
    scenarios: [
      {
        id: "simple",
        name: "Simple request",
        mdn: "simple_requests",
        says: "The browser sends a plain GET without a preflight. The policy lets any page read the response.",
        policy: '@app.get("/news")\n@cors("public")',
        steps: [
          {
            request: ["/news"],
            read: statusAndBody,
            expected: {
              outcome: "allowed",
              wire: ["GET /news 200"],
              reads: {
                "response.status": 200,
                "await response.json()": { headline: "Any page may read this" },
              },
            },
          },
        ],
      },
      {
        id: "preflighted",
        name: "Preflighted request",
        mdn: "preflighted_requests",
        says: "The request has a custom header and an XML body, so the browser first sends a preflight: an OPTIONS request that names the method and the headers.",
        policy:
          '@app.post("/documents")\n@cors("page", allow_headers=["Content-Type", "X-PINGOTHER"])',
        steps: [
          {
            request: [
              "/documents",
              {
                method: "POST",
                headers: { "Content-Type": "text/xml", "X-PINGOTHER": "pingpong" },
                body: XML,
              },
            ],
            read: statusAndBody,
            expected: {
              outcome: "allowed",
              wire: ["OPTIONS /documents 204", "POST /documents 200"],
              reads: {
                "response.status": 200,
                "await response.json()": { bytes: 34, pingother: "pingpong" },
              },
            },
          },
        ],
      },
      {
        id: "credentials",
        name: "Request with credentials",
        mdn: "requests_with_credentials",
        says: 'With credentials: "include", the browser stores and sends the API’s cookie. JavaScript can read the response only because the policy lists this origin and allows credentials.',
        policy: '@app.get("/visits")\n@cors("page")',
        steps: [
          {
            request: ["/visits", { method: "POST", credentials: "include" }],
            read: statusAndBody,
            expected: {
              outcome: "allowed",
              wire: ["POST /visits 200"],
              reads: { "response.status": 200, "await response.json()": { visits: 1 } },
            },
          },
          {
            request: ["/visits", { credentials: "include" }],
            read: statusAndBody,
            expected: {
              outcome: "allowed",
              wire: ["GET /visits 200"],
              reads: { "response.status": 200, "await response.json()": { visits: 2 } },
            },
          },
        ],
      },
      {
        id: "exposed-headers",
        name: "Exposed headers",
        mdn: "access-control-expose-headers",
        says: "The response has two custom headers. JavaScript can read the one that the view exposes; the browser hides the other.",
        policy: '@app.get("/orders")\n@cors("public", expose_headers=["X-Total-Count"])',
        steps: [
          {
            request: ["/orders"],
            read: async (response) => ({
              'response.headers.get("X-Total-Count")': response.headers.get("X-Total-Count"),
              'response.headers.get("X-Served-By")': response.headers.get("X-Served-By"),
            }),
            expected: {
              outcome: "allowed",
              wire: ["GET /orders 200"],
              reads: {
                'response.headers.get("X-Total-Count")': "42",
                'response.headers.get("X-Served-By")': null,
              },
            },
          },
        ],
      },
      {
        id: "max-age",
        name: "Remembered preflight",
        mdn: "access-control-max-age",
        says: "The browser remembers a successful preflight for max_age seconds, so it sends the second request without a preflight.",
        policy: '@app.put("/settings")\n@cors("page", max_age=600)',
        steps: [
          {
            request: ["/settings", putJson],
            read: statusAndBody,
            expected: {
              outcome: "allowed",
              wire: ["OPTIONS /settings 204", "PUT /settings 200"],
              answered: { "Access-Control-Max-Age": "600" },
              reads: { "response.status": 200, "await response.json()": { saved: { a: 1 } } },
            },
          },
          {
            request: ["/settings", putJson],
            read: statusAndBody,
            expected: {
              outcome: "allowed",
              wire: ["PUT /settings 200"],
              reads: { "response.status": 200, "await response.json()": { saved: { a: 1 } } },
            },
          },
        ],
      },
    ],
  },
  {
    title: "What a policy refuses",
    scenarios: [
      {
        id: "wildcard-credentials",
        name: "Credentials and wildcard",
        mdn: "credentialed_requests_and_wildcards",
        says: "“Any page” and “with cookies” exclude each other: the browser blocks a response to a request with credentials if Access-Control-Allow-Origin is *.",
        policy: '@app.get("/greeting")\n@cors("public")',
        steps: [
          {
            request: ["/greeting", { credentials: "include" }],
            read: statusAndBody,
            expected: blockedFetch("GET /greeting 200"),
          },
        ],
      },
      {
        id: "refused-origin",
        name: "Origin not allowed",
        mdn: "access-control-allow-origin",
        says: "This policy allows only another site. The server receives the request and responds, but without Access-Control-Allow-Origin, so the browser hides the response.",
        policy: '@app.get("/partners")\n@cors("elsewhere")',
        steps: [
          {
            request: ["/partners"],
            read: statusAndBody,
            expected: blockedFetch("GET /partners 200"),
          },
        ],
      },
      {
        id: "refused-method",
        name: "Method not allowed",
        mdn: "access-control-allow-methods",
        says: "The view handles DELETE, but its policy does not allow it. The preflight response lists the allowed methods, and the browser never sends the DELETE.",
        policy:
          '@app.route("/notes", methods=["GET", "POST", "DELETE"])\n@cors("page", allow_methods=["GET", "POST"])',
        steps: [
          {
            request: ["/notes", { method: "DELETE" }],
            read: statusAndBody,
            expected: blockedFetch("OPTIONS /notes 204"),
          },
        ],
      },
      {
        id: "refused-header",
        name: "Header not allowed",
        mdn: "access-control-allow-headers",
        says: "A policy without allow_headers allows only Content-Type. The preflight response does not list X-Debug, so the browser never sends the POST.",
        policy:
          '@app.route("/notes", methods=["GET", "POST", "DELETE"])\n@cors("page", allow_methods=["GET", "POST"])',
        steps: [
          {
            request: ["/notes", { method: "POST", headers: { "X-Debug": "1" } }],
            read: statusAndBody,
            expected: blockedFetch("OPTIONS /notes 204"),
          },
        ],
      },
    ],
  },
  {
    title: "One view, one policy",
    scenarios: [
      {
        id: "two-policies-ours",
        name: "Two policies, both allow",
        mdn: "preflighted_requests",
        says: "Any page may GET this URL, but only this page may PUT it. The policy of the view that handles PUT decides about the preflight, not the policy of the view that handles GET.",
        policy:
          '@app.get("/report")\n@cors("public")\n\n@app.put("/report")\n@cors("page")',
        steps: [
          {
            request: ["/report"],
            read: statusAndBody,
            expected: {
              outcome: "allowed",
              wire: ["GET /report 200"],
              reads: {
                "response.status": 200,
                "await response.json()": { report: "Everybody reads this report" },
              },
            },
          },
          {
            request: ["/report", { ...putJson, credentials: "include" }],
            read: statusAndBody,
            expected: {
              outcome: "allowed",
              wire: ["OPTIONS /report 204", "PUT /report 200"],
              reads: { "response.status": 200, "await response.json()": { saved: { a: 1 } } },
            },
          },
        ],
      },
      {
        id: "two-policies-theirs",
        name: "Two policies, one refuses",
        mdn: "preflighted_requests",
        says: "Any page may GET this URL too, but only another site may PUT it. The * of the GET view does not apply to PUT.",
        policy:
          '@app.get("/ledger")\n@cors("public")\n\n@app.put("/ledger")\n@cors("elsewhere")',
        steps: [
          {
            request: ["/ledger"],
            read: statusAndBody,
            expected: {
              outcome: "allowed",
              wire: ["GET /ledger 200"],
              reads: {
                "response.status": 200,
                "await response.json()": { ledger: "Everybody reads this ledger" },
              },
            },
          },
          {
            request: ["/ledger", putJson],
            read: statusAndBody,
            expected: blockedFetch("OPTIONS /ledger 403"),
          },
        ],
      },
      {
        id: "redirect",
        name: "Redirect after a preflight",
        mdn: "preflighted_requests_and_redirects",
        says: "The router redirects /things to /things/ before any view runs. The preflight and the redirect get the policy of the view at /things/, so the browser can follow.",
        policy: '@app.put("/things/")\n@cors("page")',
        steps: [
          {
            request: ["/things", putJson],
            read: async (response) => ({
              "response.status": response.status,
              "response.redirected": response.redirected,
              "new URL(response.url).pathname": new URL(response.url).pathname,
              "await response.json()": await response.json(),
            }),
            expected: {
              outcome: "allowed",
              wire: [
                "OPTIONS /things 204",
                "PUT /things 308",
                "OPTIONS /things/ 204",
                "PUT /things/ 200",
              ],
              reads: {
                "response.status": 200,
                "response.redirected": true,
                "new URL(response.url).pathname": "/things/",
                "await response.json()": { saved: { a: 1 } },
              },
            },
          },
        ],
      },
      {
        id: "errors",
        name: "Errors that JavaScript can read",
        mdn: "functional_overview",
        says: "Without CORS headers on an error response, JavaScript sees only a network error. Here it can read all three: an abort(409), a 404 and an uncaught exception.",
        policy:
          '@app.get("/reservation")\n@cors("page")\n\n@app.get("/parcels/<int:number>")\n@cors("page")\n\n@app.get("/broken")\n@cors("page")',
        steps: [
          {
            request: ["/reservation"],
            read: statusAndBody,
            expected: {
              outcome: "allowed",
              wire: ["GET /reservation 409"],
              reads: {
                "response.status": 409,
                "await response.json()": {
                  error: "Conflict",
                  message: "Somebody else holds this reservation.",
                },
              },
            },
          },
          {
            request: ["/parcels/12"],
            read: statusAndBody,
            expected: {
              outcome: "allowed",
              wire: ["GET /parcels/12 404"],
              reads: {
                "response.status": 404,
                "await response.json()": {
                  error: "Not Found",
                  message: "There is no parcel 12.",
                },
              },
            },
          },
          {
            request: ["/broken"],
            read: async (response) => ({
              "response.status": response.status,
              "await response.json()": { error: (await response.json()).error },
            }),
            expected: {
              outcome: "allowed",
              wire: ["GET /broken 500"],
              reads: {
                "response.status": 500,
                "await response.json()": { error: "Internal Server Error" },
              },
            },
          },
        ],
      },
    ],
  },
  {
    title: "Fonts, images, shapes and textures",
    scenarios: [
      {
        id: "font-allowed",
        name: "Web font, allowed",
        mdn: "what_requests_use_cors",
        says: "Browsers request fonts with CORS. Each letter of this font is 1.2 em wide, so the width of four letters shows whether the browser uses it.",
        policy: '"/open": Policy(allow_origins=[page_origin])',
        steps: [
          {
            file: "/open/font.woff2",
            code: fontCode,
            run: useFont,
            expected: {
              outcome: "allowed",
              wire: ["GET /open/font.woff2 200"],
              reads: { 'width of "CORS" at 40px': 192 },
            },
          },
        ],
      },
      {
        id: "font-refused",
        name: "Web font, refused",
        mdn: "what_requests_use_cors",
        says: "The same font, at a path whose policy allows only another site. The browser receives the font and discards it. WebKitGTK uses it, because it requests fonts without CORS.",
        policy: '"/closed": Policy(allow_origins=["https://elsewhere.example"])',
        steps: [
          {
            file: "/closed/font.woff2",
            code: fontCode,
            run: useFont,
            expected: {
              outcome: "blocked",
              wire: ["GET /closed/font.woff2 200"],
              reads: { error: "NetworkError" },
            },
          },
        ],
      },
      {
        id: "image-allowed",
        name: "Canvas image, allowed",
        mdn: "what_requests_use_cors",
        says: "JavaScript can draw an image on a canvas and read its pixels if the image was requested with CORS.",
        policy: '"/open": Policy(allow_origins=[page_origin])',
        steps: [
          {
            file: "/open/picture.png",
            code: imageCode,
            run: useImage,
            expected: {
              outcome: "allowed",
              wire: ["GET /open/picture.png 200"],
              reads: { "rgba of pixel (8, 56)": TEAL },
            },
          },
        ],
      },
      {
        id: "image-refused",
        name: "Canvas image, refused",
        mdn: "what_requests_use_cors",
        says: "Requested with CORS, the image does not load. Requested without CORS, it is shown, but JavaScript cannot read a canvas that has this image on it.",
        policy: '"/closed": Policy(allow_origins=["https://elsewhere.example"])',
        steps: [
          {
            file: "/closed/picture.png",
            code: imageCode,
            run: useImage,
            expected: {
              outcome: "blocked",
              wire: ["GET /closed/picture.png 200"],
              reads: { error: "error event" },
            },
          },
          {
            file: "/closed/picture.png",
            code: plainImageCode,
            run: async ({ url, stage }) => ({
              "rgba of pixel (8, 56)": readPixel(await loadImage(url, null, stage), stage),
            }),
            expected: {
              outcome: "blocked",
              wire: ["GET /closed/picture.png 200"],
              reads: { error: "SecurityError" },
            },
          },
        ],
      },
      {
        id: "shape-allowed",
        name: "CSS shape, allowed",
        mdn: "what_requests_use_cors",
        says: "With a CSS shape, text follows the outline of an image. The layout reveals the outline, so the browser requests the image with CORS.",
        policy: '"/open": Policy(allow_origins=[page_origin])',
        steps: [
          {
            file: "/open/picture.png",
            code: shapeCode,
            run: wrapText,
            expected: {
              outcome: "allowed",
              wire: ["GET /open/picture.png 200"],
              reads: { "text follows": "the arc" },
            },
          },
        ],
      },
      {
        id: "shape-refused",
        name: "CSS shape, refused",
        mdn: "what_requests_use_cors",
        says: "The browser may not use the outline of this image, so the text keeps clear of the whole box.",
        policy: '"/closed": Policy(allow_origins=["https://elsewhere.example"])',
        steps: [
          {
            file: "/closed/picture.png",
            code: shapeCode,
            run: wrapText,
            expected: {
              outcome: "blocked",
              wire: ["GET /closed/picture.png 200"],
              reads: { "text follows": "the box" },
            },
          },
        ],
      },
      {
        id: "texture-allowed",
        name: "WebGL texture, allowed",
        mdn: "what_requests_use_cors",
        says: "A shader can reveal the pixels of a texture, so WebGL accepts only images that JavaScript may read.",
        policy: '"/open": Policy(allow_origins=[page_origin])',
        steps: [
          {
            file: "/open/picture.png",
            code: textureCode,
            run: useTexture,
            expected: {
              outcome: "allowed",
              wire: ["GET /open/picture.png 200"],
              reads: { "rgba of pixel (8, 8)": TEAL },
            },
          },
        ],
      },
      {
        id: "texture-refused",
        name: "WebGL texture, refused",
        mdn: "what_requests_use_cors",
        says: "Requested with CORS, the image does not load. Requested without CORS, it loads, but WebGL rejects it.",
        policy: '"/closed": Policy(allow_origins=["https://elsewhere.example"])',
        steps: [
          {
            file: "/closed/picture.png",
            code: textureCode,
            run: useTexture,
            expected: {
              outcome: "blocked",
              wire: ["GET /closed/picture.png 200"],
              reads: { error: "error event" },
            },
          },
          {
            file: "/closed/picture.png",
            code: plainTextureCode,
            run: async ({ url, stage }) => ({
              "rgba of pixel (8, 8)": drawTexture(await loadImage(url, null), stage),
            }),
            expected: {
              outcome: "blocked",
              wire: ["GET /closed/picture.png 200"],
              reads: { error: "SecurityError" },
            },
          },
        ],
      },
    ],
  },
];
