// Python in a thread of its own: it takes questions, one at a time, and gives their answers.
//
// The first message names the files that it needs: { files: { name: text, ... } }. The text is what a
// file holds, in gzip and base64; where it is empty, the file is beside this script, in gzip.

const START = "from autograd import *\nimport nn\nfrom nn import *\n";
const ROOM = 1 << 20; // bytes
const TYPES = { wasm: "application/wasm", js: "text/javascript", mjs: "text/javascript" };

async function packed(name, text) {
  if (text) return new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]).stream();
  const answer = await fetch(new URL(`${name}.pack`, import.meta.url));
  if (!answer.ok) throw new Error(`${name}.pack cannot be had: ${answer.status}`);
  return answer.body;
}

// The address of a file, unpacked.
async function unpacked(name, text) {
  const stream = (await packed(name, text)).pipeThrough(new DecompressionStream("gzip"));
  const type = TYPES[name.split(".").pop()] ?? "";
  return URL.createObjectURL(new Blob([await new Response(stream).blob()], { type }));
}

async function load(files) {
  const names = Object.keys(files);
  const addresses = await Promise.all(names.map((name) => unpacked(name, files[name])));
  const at = Object.fromEntries(names.map((name, k) => [name, addresses[k]]));
  const usual = fetch; // Pyodide asks for its files by name
  self.fetch = (asked) => usual(at[String(asked?.url ?? asked).split("/").pop()] ?? asked);
  const bytes = async (name) => new Uint8Array(await (await usual(at[name])).arrayBuffer());
  const scripts = ["pyodide.mjs", "pyodide.asm.mjs", "viz.js"].map((name) => import(at[name]));
  const [own, compiled, drawing] = await Promise.all(scripts);
  const options = { indexURL: "file:///", createPyodideModule: compiled.default };
  if (at["memory.bin"]) {
    const memory = await bytes("memory.bin");
    options._loadSnapshot = memory;
    options.createPyodideModule = async (settings) => {
      const made = await compiled.default(settings);
      while (made.HEAP8.length < memory.length) made._malloc(ROOM); // it does not grow by itself
      return made;
    };
  }
  const [python, viz] = await Promise.all([own.loadPyodide(options), drawing.instance()]);
  const packages = python.runPython("import random, site; random.seed(); site.getsitepackages()[0]");
  python.unpackArchive(await bytes("python.zip"), "zip", { extractDir: packages });
  const draw = (source) => viz.renderString(source, { format: "svg", engine: "dot" });
  python.pyimport("autograd.pictures.layout").use(draw);
  const say = (text) => postMessage({ said: text });
  return python.pyimport("autograd.site.playground").Playground(say, START);
}

let loaded;

onmessage = async ({ data }) => {
  if (data.files) {
    loaded = load(data.files);
    loaded.then(
      () => postMessage({ ready: true }),
      (error) => postMessage({ broken: String(error) }),
    );
    return;
  }
  try {
    const playground = await loaded;
    postMessage({ turn: data.turn, answer: JSON.parse(playground.ask(data.question)) });
  } catch (error) {
    postMessage({ turn: data.turn, broken: String(error) });
  }
};
