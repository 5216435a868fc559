// Python in a thread of its own: it takes questions, one at a time, and gives their answers.

import { loadPyodide } from "./pyodide.mjs";
import { instance } from "./viz.js";

const START = "from autograd import *\nimport nn\nfrom nn import *\n";

async function load() {
  const zip = fetch(new URL("python.zip", import.meta.url)).then((answer) => answer.arrayBuffer());
  const [python, viz] = await Promise.all([loadPyodide(), instance()]);
  const places = python.runPython("import site; site.getsitepackages()[0]");
  python.unpackArchive(await zip, "zip", { extractDir: places });
  const draw = (source) => viz.renderString(source, { format: "svg", engine: "dot" });
  python.pyimport("autograd.pictures.layout").use(draw);
  const say = (text) => postMessage({ said: text });
  return python.pyimport("autograd.site.playground").Playground(say, START);
}

const loaded = load();

onmessage = async ({ data }) => {
  try {
    const playground = await loaded;
    postMessage({ turn: data.turn, answer: JSON.parse(playground.ask(data.question)) });
  } catch (error) {
    postMessage({ turn: data.turn, broken: String(error) });
  }
};

loaded.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ broken: String(error) }),
);
