// Python in a thread of its own: it takes questions, one at a time, and gives their answers.
//
// The first message says where its files are: { files: null } for beside this script, else what each
// holds, in gzip and base64.

const START = "from autograd import *\nimport nn\nfrom nn import *\n";
const TYPES = { wasm: "application/wasm", js: "text/javascript", mjs: "text/javascript" };

// The address of each file; what is asked for later is then found under its name alone.
async function places(files) {
  if (!files) return (name) => new URL(name, import.meta.url).href;
  const unpacked = Object.entries(files).map(async ([name, text]) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const content = await new Response(stream).blob();
    const type = TYPES[name.split(".").pop()] ?? "";
    return [name, URL.createObjectURL(new Blob([content], { type }))];
  });
  const known = Object.fromEntries(await Promise.all(unpacked));
  const usual = fetch;
  self.fetch = (asked) => usual(known[String(asked?.url ?? asked).split("/").pop()] ?? asked);
  return (name) => known[name];
}

async function load(files) {
  const at = await places(files);
  const zip = fetch(at("python.zip")).then((answer) => answer.arrayBuffer());
  const names = ["pyodide.mjs", "pyodide.asm.mjs", "viz.js"];
  const [own, compiled, drawing] = await Promise.all(names.map((name) => import(at(name))));
  const [python, viz] = await Promise.all([
    own.loadPyodide({
      indexURL: files ? "file:///" : at("."),
      createPyodideModule: compiled.default,
    }),
    drawing.instance(),
  ]);
  const packages = python.runPython("import site; site.getsitepackages()[0]");
  python.unpackArchive(await zip, "zip", { extractDir: packages });
  const draw = (source) => viz.renderString(source, { format: "svg", engine: "dot" });
  python.pyimport("autograd.pictures.layout").use(draw);
  const say = (text) => postMessage({ said: text });
  return python.pyimport("autograd.site.playground").Playground(say, START);
}

let loaded;

onmessage = async ({ data }) => {
  if ("files" in data) {
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
